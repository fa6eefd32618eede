/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/list_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/integer.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "imports/apple/apple.h"
#include "imports/csv.h"
#include "imports/encoding.h"

#define MAX_FILE (256u << 20)	/* 12,000 likes are 3 MB */

/* A file, and what is wanted of it. */
struct import {
	const char *path;
	bool as_playlist;	/* also Playlist1.json; no local files */
	const char *playlist;	/* of Playlist1.json, or which of Apple Music's
				   library; NULL: all */
	size_t playlists;	/* of that name */
	struct buf names;	/* of all playlists, for a message */
	struct track_list *out;
};

static struct track *add_entry(struct track_list *out)
{
	struct track *t = tracks_add(&out->tracks);

	t->position = (unsigned)++out->rows;
	return t;
}

/* Keeps each track once; drops what has no name to search for (a cell of
 * separators alone names no artist), and local files from playlists. */
static void drop_useless(const struct import *in)
{
	struct track_list *l = in->out;
	struct tracks all = l->tracks;
	struct map *met = map_new();

	memset(&l->tracks, 0, sizeof(l->tracks));
	for (size_t i = 0; i < all.count; i++) {
		struct track *t = &all.items[i];

		if (t->is_local && in->as_playlist)
			l->local++;
		else if (t->id == NULL && !track_has_name(t))
			l->unusable++;
		else
			track_list_take(l, met, t);
	}
	tracks_free(&all);
	map_free(met, NULL);
}

/* ---- account exports ---- */

/* A name; older exports have numbers where an album is called 1989. */
static char *name_of(const struct json *v)
{
	const char *text = json_string(v);

	if (text != NULL)
		return *text != '\0' ? xstrdup(text) : NULL;
	if (json_type(v) == JSON_NUMBER)
		return xasprintf("%.0f", json_double(v, 0));
	return NULL;
}

/* What the members of a track are called in a file. */
struct members {
	const char *uri, *artist, *title, *album;
};

static void take_track(struct track_list *out, const struct json *v,
    const struct members *m)
{
	struct track *t = add_entry(out);
	const char *uri = json_get_string(v, m->uri);
	char *artist = name_of(json_get(v, m->artist));
	char id[SPOTIFY_ID_LEN + 1];

	if (uri != NULL && spotify_id_parse(uri, id) == 0)
		t->id = xstrdup(id);
	t->is_local = uri != NULL && strncmp(uri, "spotify:local:", 14) == 0;
	track_add_artist(t, artist);
	t->title = name_of(json_get(v, m->title));
	if (t->title == NULL)
		t->title = xstrdup("");
	t->album = name_of(json_get(v, m->album));
	track_set_key(t);
	free(artist);
}

static int take_library_track(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	static const struct members members = { "uri", "artist", "track",
		"album" };
	struct import *in = ctx;

	(void)begin, (void)end;
	take_track(in->out, v, &members);
	return 0;
}

/* An entry has one of "track", "episode", "localTrack", "audiobook"; the
 * others are null. */
static void take_playlist_entry(struct track_list *out, const struct json *v)
{
	static const struct members members = { "trackUri", "artistName",
		"trackName", "albumName" };
	const struct json *track = json_get(v, "track");

	if (json_type(track) == JSON_OBJECT) {
		take_track(out, track, &members);
		return;
	}
	out->rows++;
	if (json_type(json_get(v, "localTrack")) == JSON_OBJECT)
		out->local++;
	else if (json_type(json_get(v, "episode")) == JSON_OBJECT)
		out->episodes++;
	else
		out->unusable++;
}

static int take_playlist(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	const char *name = json_get_string(v, "name");
	const struct json *items = json_get(v, "items");
	struct import *in = ctx;

	(void)begin, (void)end;
	if (name == NULL)
		name = "";
	buf_printf(&in->names, "%s%s", in->names.len > 0 ? ", " : "", name);
	if (in->playlist != NULL && strcasecmp(in->playlist, name) != 0)
		return 0;
	if (in->playlists++ == 0)
		in->out->name = xstrdup(name);
	if (items == NULL)
		items = json_get(v, "tracks");
	for (size_t i = 0; i < json_count(items); i++)
		take_playlist_entry(in->out, json_at(items, i));
	return 0;
}

static int found_list(void *ctx, off_t begin, off_t end)
{
	(void)begin, (void)end;
	((struct import *)ctx)->out->complete = true;
	return 0;
}

/* Does the object begin with that member? */
static bool begins_with(const char *text, const char *member)
{
	text += 1 + strspn(text + 1, " \t\r\n");
	return strncmp(text, member, strlen(member)) == 0;
}

static enum outcome read_export(struct import *in, const char *text,
    size_t len, struct error *error)
{
	bool playlists = in->as_playlist && begins_with(
	    text + strspn(text, " \t\r\n"), "\"playlists\"");
	const struct json_stream_handler h = {
		.array = playlists ? "playlists" : "tracks",
		.on_element = playlists ? take_playlist : take_library_track,
		.on_array = found_list, .ctx = in };
	struct json_stream *s = json_stream_new(&h);
	struct error wrong;
	int failed = json_stream_feed(s, text, len, &wrong) ||
	    json_stream_finish(s, &wrong);

	json_stream_free(s);
	if (failed)
		return error_set(error, RUN_CONFIG, "%s: %s; download the "
		    "export again", in->path, wrong.text);
	if (!in->out->complete)
		return error_set(error, RUN_CONFIG, "%s: contains no list of "
		    "tracks: give YourLibrary.json%s of the account export",
		    in->path, in->as_playlist ? " or Playlist1.json" : "");
	if (playlists && in->playlist != NULL && in->playlists == 0)
		return error_set(error, ITEM_FAILED, "%s: no playlist \"%s\"; "
		    "it contains: %s", in->path, in->playlist,
		    buf_str(&in->names));
	/* Several: the file is the list. */
	if (in->playlists > 1)
		str_replace(&in->out->name, NULL);
	return DONE;
}

/* ---- M3U ---- */

/* "Artist - Title", as players write it. */
static void take_label(struct track *t, const char *label)
{
	const char *dash = strstr(label, " - ");
	char *artist;

	if (dash == NULL) {
		t->title = xstrdup(label);
		return;
	}
	artist = xstrndup(label, (size_t)(dash - label));
	track_add_artist(t, artist);
	t->title = xstrdup(dash + 3);
	free(artist);
}

/* "#EXTINF:215,Artist - Title" */
static void take_extinf(struct track *t, const char *line)
{
	const char *comma = strchr(line, ',');
	int64_t seconds;

	if (int_prefix(&line, 1, 86399, &seconds) == 0)
		t->duration_ms = seconds * 1000;
	if (comma != NULL)
		take_label(t, comma + 1 + strspn(comma + 1, " "));
}

static void name_by_path(struct track *t, const char *line)
{
	char *name = xstrdup(path_base(line)), *dot = strrchr(name, '.');

	if (dot != NULL && dot != name)
		*dot = '\0';
	take_label(t, name);
	free(name);
}

static void end_m3u_track(struct track_list *out, struct track *t,
    const char *line)
{
	char id[SPOTIFY_ID_LEN + 1];
	struct track *entry = add_entry(out);

	if (strstr(line, "spotify") != NULL && spotify_id_parse(line, id) == 0)
		t->id = xstrdup(id);
	if (t->title == NULL && t->id == NULL)
		name_by_path(t, line);
	if (t->title == NULL)
		t->title = xstrdup("");
	track_set_key(t);
	t->position = entry->position;
	*entry = *t;
	track_init(t);
}

static void read_m3u(char *text, struct track_list *out)
{
	char *rest = text, *line;
	struct track t;

	track_init(&t);
	while ((line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " \t\r");
		line[strcspn(line, "\r")] = '\0';
		if (strncmp(line, "#EXTINF:", 8) == 0) {
			track_free(&t);
			take_extinf(&t, line + 8);
		} else if (strncmp(line, "#PLAYLIST:", 10) == 0) {
			str_replace(&out->name, line + 10 +
			    strspn(line + 10, " "));
		} else if (*line != '\0' && *line != '#') {
			end_m3u_track(out, &t, line);
		}
	}
	track_free(&t);
}

/* ---- any file ---- */

static bool ends_with(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);

	return n > m && strcasecmp(path + n - m, ending) == 0;
}

static enum outcome read_text(struct import *in, char *text, size_t len,
    struct error *error)
{
	const char *p = text + strspn(text, " \t\r\n");

	/* A file that is being written: as a list, it would say that all tracks
	 * were unliked. */
	if (*p == '\0')
		return error_set(error, RUN_CONFIG, "%s: is empty", in->path);
	if (*p == '{')
		return read_export(in, text, len, error);
	if (*p == '[')
		return apple_read_export(in->path, text, len,
		    in->playlist != NULL ? in->playlist : APPLE_ALL, in->out,
		    error);
	if (apple_is_library(p))
		return apple_read_library(in->path, text, len,
		    in->playlist != NULL ? in->playlist : APPLE_ALL, in->out,
		    error);
	if (strncmp(p, "#EXTM3U", 7) != 0 && !ends_with(in->path, ".m3u") &&
	    !ends_with(in->path, ".m3u8"))
		return csv_read(in->path, text, len, in->out, error);
	read_m3u(text, in->out);
	return DONE;
}

static enum outcome read_file(struct import *in, struct error *error)
{
	struct buf text = BUF_INIT;
	enum outcome o;

	memset(in->out, 0, sizeof(*in->out));
	if (file_read(in->path, MAX_FILE, &text) != 0) {
		o = error_set(error, RUN_CONFIG, "%s: %s", in->path,
		    file_strerror(errno));
		buf_free(&text);
		return o;
	}
	o = apple_unpack(in->path, &text, error);
	if (o == DONE)
		o = export_text(in->path, &text, error);
	buf_puts(&text, "");	/* so that there is a text even of nothing */
	if (o == DONE)
		o = read_text(in, text.data, text.len, error);
	buf_free(&text);
	buf_free(&in->names);
	if (o != DONE) {
		track_list_free(in->out);
		return o;
	}
	drop_useless(in);
	in->out->complete = true;
	in->out->kind = xstrdup("file");
	if (in->out->name == NULL)
		in->out->name = xstrdup(path_base(in->path));
	return DONE;
}

enum outcome list_file_read(const char *path, const char *which,
    struct track_list *out, struct error *error)
{
	struct import in = { .path = path, .playlist = which, .out = out };
	enum outcome o = read_file(&in, error);

	return o == DONE ? DONE : error_set(error, RUN_CONFIG, "%s; [spotify] liked "
	    "names the file with your Liked Songs", error->text);
}

enum outcome list_file_read_playlist(const char *path, const char *name,
    struct track_list *out, struct error *error)
{
	struct import in = { .path = path, .as_playlist = true,
		.playlist = name, .out = out };

	return read_file(&in, error);
}
