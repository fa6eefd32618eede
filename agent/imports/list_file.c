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
#include "imports/csv.h"
#include "imports/encoding.h"

#define MAX_FILE (256u << 20)	/* 12,000 likes are 3 MB */

/* Leaves out what was there before: an export may name a song twice. And what
 * can't be asked for: a cell of separators alone names no artist. */
static void drop_useless(struct track_list *l)
{
	struct map *met = map_new();
	size_t kept = 0;

	for (size_t i = 0; i < l->tracks.count; i++) {
		struct track *t = &l->tracks.items[i];

		bool nameless = t->id == NULL && !track_has_name(t);

		if (nameless || map_has_str(met, t->key)) {
			l->unusable += nameless;
			track_free(t);
			continue;
		}
		map_put_str(met, t->key, l);
		if (kept != i)
			l->tracks.items[kept] = *t;
		kept++;
	}
	l->tracks.count = kept;
	map_free(met, NULL);
}

/* ---- YourLibrary.json ---- */

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

static int take_library_track(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	struct track_list *out = ctx;
	struct track *t = tracks_add(&out->tracks);
	const char *uri = json_get_string(v, "uri");
	char *artist = name_of(json_get(v, "artist"));
	char id[SPOTIFY_ID_LEN + 1];

	(void)begin, (void)end;
	if (uri != NULL && spotify_id_parse(uri, id) == 0)
		t->id = xstrdup(id);
	t->is_local = uri != NULL && strncmp(uri, "spotify:local:", 14) == 0;
	if (artist != NULL)
		track_add_artist(t, artist);
	t->title = name_of(json_get(v, "track"));
	if (t->title == NULL)
		t->title = xstrdup("");
	t->album = name_of(json_get(v, "album"));
	track_set_key(t);
	free(artist);
	out->rows++;
	if (t->id == NULL && !track_has_name(t)) {
		track_free(t);
		out->tracks.count--;
		out->unusable++;
	}
	return 0;
}

static int found_tracks(void *ctx, off_t begin, off_t end)
{
	bool *found = &((struct track_list *)ctx)->complete;

	(void)begin, (void)end;
	*found = true;
	return 0;
}

static enum outcome read_library(const char *path, const char *text,
    size_t len, struct track_list *out, struct error *error)
{
	const struct json_stream_handler h = { .array = "tracks",
		.on_element = take_library_track, .on_array = found_tracks,
		.ctx = out };
	struct json_stream *s = json_stream_new(&h);
	struct error wrong;
	int failed = json_stream_feed(s, text, len, &wrong) ||
	    json_stream_finish(s, &wrong);

	json_stream_free(s);
	if (failed)
		return error_set(error, RUN_CONFIG, "%s: %s; download the "
		    "export again", path, wrong.text);
	if (!out->complete)
		return error_set(error, RUN_CONFIG, "%s: has no list of tracks "
		    "in it: YourLibrary.json of the account export is wanted",
		    path);
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

	if (strstr(line, "spotify") != NULL && spotify_id_parse(line, id) == 0)
		t->id = xstrdup(id);
	if (t->title == NULL && t->id == NULL)
		name_by_path(t, line);
	if (t->title == NULL)
		t->title = xstrdup("");
	track_set_key(t);
	out->rows++;
	if (t->id == NULL && !track_has_name(t)) {
		out->unusable++;
		track_free(t);
		return;
	}
	*tracks_add(&out->tracks) = *t;
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
		} else if (*line != '\0' && *line != '#') {
			end_m3u_track(out, &t, line);
		}
	}
	track_free(&t);
}

/* ---- which is it? ---- */

static bool ends_with(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);

	return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* Tells them apart. */
static enum outcome read_text(const char *path, char *text, size_t len,
    struct track_list *out, struct error *error)
{
	const char *p = text + strspn(text, " \t\r\n");

	/* Nothing at all is somebody's half-done write: taken for a list, it
	 * would say that everything was unliked. */
	if (*p == '\0')
		return error_set(error, RUN_CONFIG, "%s: is empty; [spotify] "
		    "liked names the file with your Liked Songs", path);
	if (*p == '{')
		return read_library(path, text, len, out, error);
	if (strncmp(p, "#EXTM3U", 7) != 0 && !ends_with(path, ".m3u") &&
	    !ends_with(path, ".m3u8"))
		return csv_read(path, text, len, out, error);
	read_m3u(text, out);
	return DONE;
}

enum outcome list_file_read(const char *path, struct track_list *out,
    struct error *error)
{
	struct buf text = BUF_INIT;
	enum outcome o;

	memset(out, 0, sizeof(*out));
	if (file_read(path, MAX_FILE, &text) != 0) {
		o = error_set(error, RUN_CONFIG, "%s: %s; [spotify] liked "
		    "names the file with your Liked Songs", path,
		    file_strerror(errno));
		buf_free(&text);
		return o;
	}
	o = export_text(path, &text, error);
	buf_puts(&text, "");	/* so that there is a text even of nothing */
	if (o == DONE)
		o = read_text(path, text.data, text.len, out, error);
	buf_free(&text);
	if (o != DONE) {
		track_list_free(out);
		return o;
	}
	drop_useless(out);
	out->complete = true;
	return DONE;
}
