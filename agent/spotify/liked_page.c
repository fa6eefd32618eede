/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/liked_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"

static void take_isrc(struct track *t, const struct json *v)
{
	const char *isrc = json_get_string(json_get(v, "external_ids"),
	    "isrc");
	char code[ISRC_LEN + 1];

	if (isrc != NULL && isrc_parse(isrc, code) == 0)
		t->isrc = xstrdup(code);
}

static void take_album(struct track *t, const struct json *album)
{
	const char *name = json_get_string(album, "name");
	const char *date = json_get_string(album, "release_date");

	t->album = name != NULL && *name != '\0' ? secret_hide_copy(name) :
	    NULL;
	t->release_date = date != NULL && *date != '\0' ? xstrdup(date) :
	    NULL;
	t->cover_url = xstrdup(json_get_string(json_at(json_get(album,
	    "images"), 0), "url"));
}

/* A name may be what the service was asked with: see base/secret.h. */
static void take_artists(struct track *t, const struct json *artists)
{
	for (size_t i = 0; i < json_count(artists); i++) {
		char *name = secret_hide_copy(json_get_string(
		    json_at(artists, i), "name"));

		track_add_artist(t, name);
		free(name);
	}
}

static int positive(const struct json *v, const char *key)
{
	int64_t n = json_get_int(v, key, 0);

	return n > 0 && n < 100000 ? (int)n : 0;
}

/* A row's track; -1 if there is none in it that could be fetched or named. */
static int take_track(struct track *t, const struct json *row)
{
	const struct json *v = json_get(row, "track");
	const char *id, *title, *added = json_get_string(row, "added_at");

	if (json_type(v) != JSON_OBJECT)
		v = json_get(row, "item");
	if (json_type(v) != JSON_OBJECT)
		return -1;
	id = json_get_string(v, "id");
	title = json_get_string(v, "name");
	if (id != NULL && spotify_id_is_valid(id))
		t->id = xstrdup(id);
	t->title = secret_hide_copy(title != NULL ? title : "");
	take_artists(t, json_get(v, "artists"));
	take_isrc(t, v);
	take_album(t, json_get(v, "album"));
	t->duration_ms = json_get_int(v, "duration_ms", 0);
	if (t->duration_ms < 0)
		t->duration_ms = 0;
	t->track_number = positive(v, "track_number");
	t->disc_number = positive(v, "disc_number");
	t->is_explicit = json_get_bool(v, "explicit", false);
	t->is_local = json_get_bool(v, "is_local", false);
	if (added == NULL || time_from_iso(added, &t->added_at) != 0)
		t->added_at = 0;
	track_set_key(t);
	return t->id != NULL || track_has_name(t) ? 0 : -1;
}

static int take_row(void *ctx, const struct json *row, off_t begin, off_t end)
{
	struct liked_page *p = ctx;
	struct track *t;

	(void)begin, (void)end;
	if (p->rows == LIKED_PAGE_ROWS) {
		error_set(&p->error, RUN_LATER, "a page has more than the %d "
		    "songs that were asked for", LIKED_PAGE_ROWS);
		return -1;
	}
	t = tracks_add(&p->tracks);
	p->rows++;
	if (take_track(t, row) != 0) {
		track_free(t);
		p->tracks.count--;
		p->unusable++;
	}
	return 0;
}

static int take_member(void *ctx, const char *key, const struct json *value,
    off_t begin, off_t end)
{
	struct liked_page *p = ctx;

	(void)begin, (void)end;
	if (strcmp(key, "total") == 0)
		p->total = json_int(value, -1);
	return 0;
}

void liked_page_begin(void *ctx)
{
	struct liked_page *p = ctx;
	const struct json_stream_handler h = { .array = "items",
		.on_element = take_row, .on_member = take_member, .ctx = p };

	json_stream_free(p->stream);
	tracks_free(&p->tracks);
	p->stream = json_stream_new(&h);
	p->rows = p->unusable = 0;
	p->total = -1;
}

int liked_page_feed(struct liked_page *p, const char *data, size_t len)
{
	return json_stream_feed(p->stream, data, len, &p->error);
}

int liked_page_finish(struct liked_page *p)
{
	if (json_stream_finish(p->stream, &p->error) != 0)
		return -1;
	if (p->total >= 0)
		return 0;
	error_set(&p->error, RUN_LATER, "there is no total in it");
	return -1;
}

void liked_page_free(struct liked_page *p)
{
	json_stream_free(p->stream);
	tracks_free(&p->tracks);
	p->stream = NULL;
}
