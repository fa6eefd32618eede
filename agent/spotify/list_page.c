/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/list_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "spotify/session.h"

#define MAX_REQUESTS 2	/* for a page that arrives broken */

static void take_album(struct track *t, const struct json *album)
{
	const char *name = json_get_string(album, "name");
	const char *date = json_get_string(album, "release_date");
	const char *artist = json_get_string(json_at(json_get(album,
	    "artists"), 0), "name");

	t->album_artist = artist != NULL && *artist != '\0' ?
	    secret_hide_copy(artist) : NULL;
	t->album = name != NULL && *name != '\0' ? secret_hide_copy(name) :
	    NULL;
	t->release_date = date != NULL && *date != '\0' ? xstrdup(date) :
	    NULL;
	t->cover_url = xstrdup(json_get_string(json_at(json_get(album,
	    "images"), 0), "url"));
}

/* A name may contain a secret of the request: see base/secret.h. */
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

/* Fills t; -1 if it has neither an id nor a name. */
static int take_track(struct track *t, const struct json *v)
{
	const char *id = json_get_string(v, "id");
	const char *title = json_get_string(v, "name");
	const char *isrc = json_get_string(json_get(v, "external_ids"),
	    "isrc");
	char code[ISRC_LEN + 1];

	if (id != NULL && spotify_id_is_valid(id))
		t->id = xstrdup(id);
	if (isrc != NULL && isrc_parse(isrc, code) == 0)
		t->isrc = xstrdup(code);
	t->title = secret_hide_copy(title != NULL ? title : "");
	take_artists(t, json_get(v, "artists"));
	take_album(t, json_get(v, "album"));
	t->duration_ms = json_get_int(v, "duration_ms", 0);
	if (t->duration_ms < 0)
		t->duration_ms = 0;
	t->track_number = positive(v, "track_number");
	t->disc_number = positive(v, "disc_number");
	t->is_explicit = json_get_bool(v, "explicit", false);
	t->is_local = json_get_bool(v, "is_local", false);
	track_set_key(t);
	return t->id != NULL || track_has_name(t) ? 0 : -1;
}

void list_page_add(struct list_page *p, const struct json *entry)
{
	const char *type, *added = json_get_string(entry, "added_at");
	const struct json *v = json_get(entry, "item");
	struct track *t;

	p->rows++;
	if (json_type(v) != JSON_OBJECT)
		v = json_get(entry, "track");
	if (json_type(v) != JSON_OBJECT)
		v = entry;
	type = json_get_string(v, "type");
	if (type != NULL && strcmp(type, "episode") == 0) {
		p->episodes++;
		return;
	}
	t = tracks_add(&p->tracks);
	t->position = (unsigned)p->offset + p->rows;
	if (added == NULL || time_from_iso(added, &t->added_at) != 0)
		t->added_at = 0;
	if (take_track(t, v) != 0) {
		track_free(t);
		p->tracks.count--;
		p->unusable++;
	}
}

static int take_row(void *ctx, const struct json *row, off_t begin, off_t end)
{
	struct list_page *p = ctx;

	(void)begin, (void)end;
	if (p->rows == LIST_PAGE_LIMIT) {
		error_set(&p->error, RUN_LATER, "a page has more than the %d "
		    "entries that were requested", LIST_PAGE_LIMIT);
		return -1;
	}
	list_page_add(p, row);
	return 0;
}

static int take_member(void *ctx, const char *key, const struct json *value,
    off_t begin, off_t end)
{
	struct list_page *p = ctx;

	(void)begin, (void)end;
	if (strcmp(key, "total") == 0)
		p->total = json_int(value, -1);
	return 0;
}

void list_page_free(struct list_page *p)
{
	json_stream_free(p->stream);
	tracks_free(&p->tracks);
	p->stream = NULL;
	p->rows = p->episodes = p->unusable = 0;
	p->total = -1;
}

void list_page_begin(void *ctx)
{
	struct list_page *p = ctx;
	const struct json_stream_handler h = { .array = "items",
		.on_element = take_row, .on_member = take_member, .ctx = p };

	list_page_free(p);
	p->stream = json_stream_new(&h);
}

int list_page_feed(void *page, const char *data, size_t len)
{
	struct list_page *p = page;

	return json_stream_feed(p->stream, data, len, &p->error);
}

int list_page_finish(struct list_page *p)
{
	if (json_stream_finish(p->stream, &p->error) != 0)
		return -1;
	if (p->total >= 0)
		return 0;
	error_set(&p->error, RUN_LATER, "it has no total");
	return -1;
}

bool list_page_take_object(struct list_page *p, const struct json *page)
{
	const struct json *items = json_get(page, "items");

	list_page_free(p);
	p->offset = 0;
	p->total = json_get_int(page, "total", -1);
	if (json_type(items) != JSON_ARRAY || p->total < 0)
		return false;
	for (size_t i = 0; i < json_count(items); i++)
		list_page_add(p, json_at(items, i));
	return true;
}

enum outcome list_page_get(struct session *s, const char *what,
    const char *path, int64_t offset, struct list_page *p,
    struct error *error)
{
	const struct session_sink sink = { .on_body = list_page_feed,
		.on_restart = list_page_begin, .ctx = p };
	char *url = xasprintf("%s?limit=%d&offset=%lld", path, LIST_PAGE_LIMIT,
	    (long long)offset);
	enum outcome o = ITEM_FAILED;

	p->offset = offset;
	for (int i = 0; i < MAX_REQUESTS && o == ITEM_FAILED; i++) {
		o = session_get(s, url, &sink, error);
		if (o == DONE && list_page_finish(p) != 0)
			o = ITEM_FAILED;
	}
	free(url);
	if (o != ITEM_FAILED)
		return o;
	return error_set(error, RUN_LATER, "spotify: %s: unexpected answer: %s",
	    what, p->error.text);
}
