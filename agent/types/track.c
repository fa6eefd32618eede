/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/track.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_ARTISTS 100	/* an orchestra's album names about thirty */

void track_init(struct track *t)
{
	memset(t, 0, sizeof(*t));
}

void track_free(struct track *t)
{
	free(t->key);
	free(t->id);
	free(t->isrc);
	for (size_t i = 0; i < t->n_artists; i++)
		free(t->artists[i]);
	free(t->artists);
	free(t->title);
	free(t->album);
	free(t->release_date);
	free(t->cover_url);
	track_init(t);
}

void track_copy(struct track *to, const struct track *from)
{
	struct track copy = *from;

	copy.key = xstrdup(from->key);
	copy.id = xstrdup(from->id);
	copy.isrc = xstrdup(from->isrc);
	copy.title = xstrdup(from->title);
	copy.album = xstrdup(from->album);
	copy.release_date = xstrdup(from->release_date);
	copy.cover_url = xstrdup(from->cover_url);
	copy.artists = NULL;
	copy.n_artists = 0;
	for (size_t i = 0; i < from->n_artists; i++)
		track_add_artist(&copy, from->artists[i]);
	*to = copy;
}

void track_add_artist(struct track *t, const char *name)
{
	if (name == NULL || *name == '\0' || t->n_artists >= MAX_ARTISTS)
		return;
	t->artists = xrealloc(t->artists,
	    (t->n_artists + 1) * sizeof(*t->artists));
	t->artists[t->n_artists++] = xstrdup(name);
}

/* Appends text with ASCII case and runs of white space evened out, which is
 * as much as a key may fold: two keys for one song cost a look-up, one key for
 * two songs would lose one. */
static void append_folded(struct buf *b, const char *text)
{
	bool space = false;

	for (const char *p = text; *p != '\0'; p++) {
		if (isspace((unsigned char)*p)) {
			space = b->len > 0;
			continue;
		}
		if (space)
			buf_putc(b, ' ');
		space = false;
		buf_putc(b, (char)tolower((unsigned char)*p));
	}
}

void track_set_key(struct track *t)
{
	struct buf name = BUF_INIT;
	uint8_t digest[SHA256_LEN];
	char hex[33];

	free(t->key);
	if (t->id != NULL) {
		t->key = xstrdup(t->id);
		return;
	}
	for (size_t i = 0; i < t->n_artists; i++) {
		append_folded(&name, t->artists[i]);
		buf_putc(&name, '\n');
	}
	append_folded(&name, t->title != NULL ? t->title : "");
	sha256_of(buf_str(&name), name.len, digest);
	hex_encode(digest, 16, hex);
	t->key = xasprintf("~%s", hex);
	buf_free(&name);
}

char *track_artists_text(const struct track *t)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < t->n_artists; i++) {
		if (i > 0)
			buf_puts(&b, i + 1 < t->n_artists ? ", " : " & ");
		buf_puts(&b, t->artists[i]);
	}
	return buf_take(&b);
}

char *track_label(const struct track *t)
{
	char *artists = track_artists_text(t);
	const char *title = t->title != NULL ? t->title : "";
	char *label;

	if (*artists == '\0' && *title == '\0')
		label = xstrdup(t->key != NULL ? t->key : "(no name)");
	else
		label = xasprintf("%s - %s", artists, title);
	free(artists);
	return label;
}

bool track_has_name(const struct track *t)
{
	return t->n_artists > 0 && t->title != NULL && *t->title != '\0';
}

void track_to_json(const struct track *t, struct json_writer *w,
    const char *key)
{
	char when[ISO_TIME_LEN];

	json_open_object(w, key);
	json_put_string_if(w, "id", t->id);
	json_put_string_if(w, "isrc", t->isrc);
	json_open_array(w, "artists");
	for (size_t i = 0; i < t->n_artists; i++)
		json_put_string(w, NULL, t->artists[i]);
	json_close(w);
	json_put_string(w, "title", t->title != NULL ? t->title : "");
	json_put_string_if(w, "album", t->album);
	json_put_string_if(w, "release_date", t->release_date);
	json_put_string_if(w, "cover_url", t->cover_url);
	if (t->duration_ms > 0)
		json_put_int(w, "duration_ms", t->duration_ms);
	if (t->disc_number > 0)
		json_put_int(w, "disc_number", t->disc_number);
	if (t->track_number > 0)
		json_put_int(w, "track_number", t->track_number);
	if (t->is_explicit)
		json_put_bool(w, "explicit", true);
	if (t->is_local)
		json_put_bool(w, "local", true);
	if (t->added_at > 0) {
		time_to_iso(t->added_at, when);
		json_put_string(w, "added_at", when);
	}
	json_close(w);
}

static char *dup_nonempty(const char *s)
{
	return s != NULL && *s != '\0' ? xstrdup(s) : NULL;
}

/* An int of the ordinary kind, or 0. */
static int small_int(const struct json *v, const char *key)
{
	int64_t n = json_get_int(v, key, 0);

	return n > 0 && n < 100000 ? (int)n : 0;
}

int track_from_json(struct track *t, const struct json *v)
{
	const struct json *artists = json_get(v, "artists");
	const char *id = json_get_string(v, "id");
	const char *isrc = json_get_string(v, "isrc");
	const char *added = json_get_string(v, "added_at");
	char code[ISRC_LEN + 1];

	track_init(t);
	if (id != NULL && spotify_id_is_valid(id))
		t->id = xstrdup(id);
	if (isrc != NULL && isrc_parse(isrc, code) == 0)
		t->isrc = xstrdup(code);
	for (size_t i = 0; i < json_count(artists); i++)
		track_add_artist(t, json_string(json_at(artists, i)));
	t->title = xstrdup(json_get_string(v, "title"));
	if (t->title == NULL)
		t->title = xstrdup("");
	t->album = dup_nonempty(json_get_string(v, "album"));
	t->release_date = dup_nonempty(json_get_string(v, "release_date"));
	t->cover_url = dup_nonempty(json_get_string(v, "cover_url"));
	t->duration_ms = json_get_int(v, "duration_ms", 0);
	if (t->duration_ms < 0)
		t->duration_ms = 0;
	t->disc_number = small_int(v, "disc_number");
	t->track_number = small_int(v, "track_number");
	t->is_explicit = json_get_bool(v, "explicit", false);
	t->is_local = json_get_bool(v, "local", false);
	if (added == NULL || time_from_iso(added, &t->added_at) != 0)
		t->added_at = 0;
	track_set_key(t);
	return t->id != NULL || track_has_name(t) ? 0 : -1;
}

static bool is_base62(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]))
			return false;
	return true;
}

bool spotify_id_is_valid(const char *id)
{
	return strlen(id) == SPOTIFY_ID_LEN && is_base62(id, SPOTIFY_ID_LEN);
}

int spotify_id_parse(const char *text, char out[SPOTIFY_ID_LEN + 1])
{
	static const char *const marks[] = { "spotify:track:", "/track/" };
	const char *id = text;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *found = strstr(text, marks[i]);

		if (found != NULL)
			id = found + strlen(marks[i]);
	}
	if (strlen(id) < SPOTIFY_ID_LEN || !is_base62(id, SPOTIFY_ID_LEN))
		return -1;
	if (isalnum((unsigned char)id[SPOTIFY_ID_LEN]))
		return -1;
	memcpy(out, id, SPOTIFY_ID_LEN);
	out[SPOTIFY_ID_LEN] = '\0';
	return 0;
}

int isrc_parse(const char *text, char out[ISRC_LEN + 1])
{
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '-' || c == ' ')
			continue;
		if (n == ISRC_LEN || !(isalpha(c) || isdigit(c)))
			return -1;
		/* Two letters of the country, three letters or digits of
		 * the registrant, then year and number (ISO 3901). */
		if ((n < 2 && !isalpha(c)) || (n >= 5 && !isdigit(c)))
			return -1;
		out[n++] = (char)toupper(c);
	}
	out[n] = '\0';
	return n == ISRC_LEN ? 0 : -1;
}

struct track *tracks_add(struct tracks *list)
{
	struct track *t;

	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	t = &list->items[list->count++];
	track_init(t);
	return t;
}

void tracks_free(struct tracks *list)
{
	for (size_t i = 0; i < list->count; i++)
		track_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
