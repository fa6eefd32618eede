/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/apple/apple.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <plist/plist.h>

#include "base/map.h"
#include "base/mem.h"

#define MAX_DEPTH 32		/* Music writes 8 */
#define MAX_ELEMENTS 12000000u	/* 100,000 tracks have 6 million; libplist needs
				   about 150 bytes for each */
#define APPLE_EPOCH 978307200	/* 2001-01-01, from which dates count */

bool apple_is_library(const char *text)
{
	return strncmp(text, "<?xml", 5) == 0 ||
	    strncmp(text, "<plist", 6) == 0;
}

/* ---- before libplist ----
 *
 * It frees what it read by recursion, so depth has to be limited before. */

/* The end of what begins with '<' at p: the byte behind its '>'. NULL: it does
 * not end. */
static const char *markup_end(const char *p)
{
	static const struct {
		const char *begin, *end;
	} spans[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" },
		{ "<?", "?>" }, { "<", ">" } };

	for (size_t i = 0;; i++) {
		const char *end;

		if (strncmp(p, spans[i].begin, strlen(spans[i].begin)) != 0)
			continue;
		end = strstr(p + strlen(spans[i].begin), spans[i].end);
		return end != NULL ? end + strlen(spans[i].end) : NULL;
	}
}

/* Why libplist must not read it; NULL: it may. */
static const char *find_fault(const char *text)
{
	size_t depth = 0, elements = 0;
	const char *p = text, *end;

	for (; (p = strchr(p, '<')) != NULL; p = end) {
		end = markup_end(p);
		if (end == NULL)
			break;
		if (p[1] == '!' && p[2] != '-' && p[2] != '[') {
			if (strncmp(p, "<!DOCTYPE", 9) != 0 ||
			    memchr(p, '[', (size_t)(end - p)) != NULL)
				return "declares entities";
			continue;
		}
		if (p[1] == '?' || p[1] == '!')
			continue;
		if (p[1] == '/' && depth-- == 0)
			return "is no well-formed XML";
		if (p[1] == '/')
			continue;
		if (++elements > MAX_ELEMENTS)
			return "has more elements than any library";
		if (end[-2] != '/' && ++depth > MAX_DEPTH)
			return "is nested deeper than any library";
	}
	if (p != NULL || depth > 0)
		return "is cut short";
	return elements > 0 ? NULL : "is no property list";
}

static enum outcome refuse(const char *path, const char *reason,
    struct error *error)
{
	return error_set(error, RUN_CONFIG, "%s: %s: export it again from "
	    "Music: File > Library > Export Library", path, reason);
}

/* ---- values ---- */

static plist_t item_of(plist_t dict, const char *key, plist_type type)
{
	plist_t v = plist_dict_get_item(dict, key);

	return v != NULL && plist_get_node_type(v) == type ? v : NULL;
}

/* Borrowed; NULL: absent or empty. */
static const char *text_of(plist_t dict, const char *key)
{
	plist_t v = item_of(dict, key, PLIST_STRING);
	const char *text = v != NULL ? plist_get_string_ptr(v, NULL) : NULL;

	return text != NULL && *text != '\0' ? text : NULL;
}

/* 0: absent, or more than most. */
static int64_t number_of(plist_t dict, const char *key, int64_t most)
{
	plist_t v = item_of(dict, key, PLIST_UINT);
	uint64_t n = 0;

	if (v != NULL)
		plist_get_uint_val(v, &n);
	return n <= (uint64_t)most ? (int64_t)n : 0;
}

static bool is_set(plist_t dict, const char *key)
{
	plist_t v = item_of(dict, key, PLIST_BOOLEAN);
	uint8_t set = 0;

	if (v != NULL)
		plist_get_bool_val(v, &set);
	return set != 0;
}

static int64_t date_of(plist_t dict, const char *key)
{
	plist_t v = item_of(dict, key, PLIST_DATE);
	int32_t seconds = 0, micro = 0;

	if (v == NULL)
		return 0;
	plist_get_date_val(v, &seconds, &micro);
	return APPLE_EPOCH + (int64_t)seconds > 0 ?
	    APPLE_EPOCH + (int64_t)seconds : 0;
}

/* ---- tracks ---- */

struct library {
	struct tracks all;
	bool *loved;		/* of each */
	size_t loved_cap;
	struct map *by_id;	/* "Track ID" as text -> its place, from 1 */
	unsigned others;	/* podcasts, films */
};

static void library_free(struct library *l)
{
	tracks_free(&l->all);
	free(l->loved);
	map_free(l->by_id, NULL);
}

static bool is_music(plist_t dict)
{
	static const char *const others[] = { "Podcast", "Movie", "TV Show",
		"Has Video", "Audiobook", "iTunesU", NULL };

	for (const char *const *key = others; *key != NULL; key++)
		if (is_set(dict, *key))
			return false;
	return true;
}

static void take_track(struct library *l, const char *id, plist_t dict)
{
	struct track *t;
	int64_t year = number_of(dict, "Year", 9999);

	if (!is_music(dict)) {
		l->others++;
		return;
	}
	t = tracks_add(&l->all);
	track_add_artist(t, text_of(dict, "Artist"));
	t->title = xstrdup(text_of(dict, "Name") != NULL ?
	    text_of(dict, "Name") : "");
	t->album = xstrdup(text_of(dict, "Album"));
	t->album_artist = xstrdup(text_of(dict, "Album Artist"));
	t->duration_ms = number_of(dict, "Total Time", 86400000);
	t->disc_number = (int)number_of(dict, "Disc Number", 999);
	t->track_number = (int)number_of(dict, "Track Number", 9999);
	t->added_at = date_of(dict, "Date Added");
	t->is_explicit = is_set(dict, "Explicit");
	if (year >= 1000)
		t->release_date = xasprintf("%lld", (long long)year);
	l->loved = grow(l->loved, &l->loved_cap, l->all.count - 1,
	    sizeof(*l->loved));
	l->loved[l->all.count - 1] = is_set(dict, "Loved") ||
	    is_set(dict, "Favorited");
	map_put_str(l->by_id, id, (void *)(uintptr_t)l->all.count);
}

static void take_tracks(struct library *l, plist_t tracks)
{
	plist_dict_iter at = NULL;
	plist_t v = NULL;
	char *key = NULL;

	plist_dict_new_iter(tracks, &at);
	for (;;) {
		plist_dict_next_item(tracks, at, &key, &v);
		if (key == NULL)
			break;
		if (plist_get_node_type(v) == PLIST_DICT)
			take_track(l, key, v);
		free(key);
		key = NULL;
	}
	free(at);
}

/* ---- playlists ---- */

static plist_t find_playlist(plist_t playlists, const char *name)
{
	uint32_t count = playlists != NULL ? plist_array_get_size(playlists) :
	    0;

	for (uint32_t i = 0; i < count; i++) {
		plist_t v = plist_array_get_item(playlists, i);
		const char *text = plist_get_node_type(v) == PLIST_DICT ?
		    text_of(v, "Name") : NULL;

		if (text != NULL && strcasecmp(text, name) == 0)
			return v;
	}
	return NULL;
}

static void take_playlist(struct library *l, plist_t playlist,
    struct track_list *out)
{
	plist_t items = item_of(playlist, "Playlist Items", PLIST_ARRAY);
	uint32_t count = items != NULL ? plist_array_get_size(items) : 0;
	char id[24];

	out->name = xstrdup(text_of(playlist, "Name"));
	for (uint32_t i = 0; i < count; i++) {
		plist_t v = plist_array_get_item(items, i);
		size_t place;
		struct track *t;

		if (plist_get_node_type(v) != PLIST_DICT)
			continue;
		snprintf(id, sizeof(id), "%lld", (long long)number_of(v,
		    "Track ID", INT64_MAX));
		out->rows++;
		place = (size_t)(uintptr_t)map_get_str(l->by_id, id);
		if (place == 0) {
			out->episodes++;
			continue;
		}
		t = tracks_add(&out->tracks);
		track_copy(t, &l->all.items[place - 1]);
		t->position = (unsigned)out->rows;
		track_set_key(t);
	}
}

static enum outcome choose(const char *path, plist_t root,
    struct library *l, const char *which, struct track_list *out,
    struct error *error)
{
	plist_t playlist = find_playlist(item_of(root, "Playlists",
	    PLIST_ARRAY), which);

	if (strcmp(which, APPLE_LOVED) != 0 && strcmp(which, APPLE_ALL) != 0) {
		if (playlist == NULL)
			return error_set(error, ITEM_FAILED, "%s: no playlist "
			    "\"%s\"", path, which);
		take_playlist(l, playlist, out);
		return DONE;
	}
	out->rows = out->episodes = l->others;
	return apple_choose(path, &l->all, l->loved, which, out, error);
}

enum outcome apple_read_library(const char *path, const char *text,
    size_t len, const char *which, struct track_list *out,
    struct error *error)
{
	const char *fault = strlen(text) == len ? find_fault(text) :
	    "contains zero bytes";
	struct library l = { .by_id = NULL };
	plist_t root = NULL, tracks;
	enum outcome o;

	if (fault != NULL)
		return refuse(path, fault, error);
	plist_from_xml(text, (uint32_t)len, &root);
	if (root == NULL)
		return refuse(path, "is no property list", error);
	tracks = plist_get_node_type(root) == PLIST_DICT ?
	    item_of(root, "Tracks", PLIST_DICT) : NULL;
	if (tracks == NULL) {
		o = refuse(path, "contains no Tracks", error);
	} else {
		l.by_id = map_new();
		take_tracks(&l, tracks);
		o = choose(path, root, &l, which, out, error);
		library_free(&l);
	}
	plist_free(root);
	return o;
}
