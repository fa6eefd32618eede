/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/liked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "spotify/session.h"

#define PAGE 50			/* the most that Spotify gives */
#define MAX_PAGES 2000		/* 100,000 likes */
#define MAX_WALKS 3		/* begun anew because the total changed */
#define MAX_GARBLED 2		/* times one page may come broken */

/* One page, as it streams in. */
struct page {
	struct json_stream *stream;
	struct tracks tracks;
	unsigned rows, unusable;
	int64_t total;		/* -1: not told */
	struct why why;		/* it is none */
};

/* ---- rows ---- */

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

	t->album = name != NULL && *name != '\0' ? xstrdup(name) : NULL;
	t->release_date = date != NULL && *date != '\0' ? xstrdup(date) :
	    NULL;
	t->cover_url = xstrdup(json_get_string(json_at(json_get(album,
	    "images"), 0), "url"));
}

static int positive(const struct json *v, const char *key)
{
	int64_t n = json_get_int(v, key, 0);

	return n > 0 && n < 100000 ? (int)n : 0;
}

/* A row's track; -1 if there is none in it that could be fetched or named. */
static int take_track(struct track *t, const struct json *row)
{
	const struct json *v = json_get(row, "track"), *artists;
	const char *id, *title, *added = json_get_string(row, "added_at");

	if (json_type(v) != JSON_OBJECT)
		v = json_get(row, "item");
	if (json_type(v) != JSON_OBJECT)
		return -1;
	id = json_get_string(v, "id");
	title = json_get_string(v, "name");
	artists = json_get(v, "artists");
	if (id != NULL && spotify_id_is_valid(id))
		t->id = xstrdup(id);
	t->title = xstrdup(title != NULL ? title : "");
	for (size_t i = 0; i < json_count(artists); i++)
		track_add_artist(t, json_get_string(json_at(artists, i),
		    "name"));
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
	struct page *p = ctx;
	struct track *t = tracks_add(&p->tracks);

	(void)begin, (void)end;
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
	struct page *p = ctx;

	(void)begin, (void)end;
	if (strcmp(key, "total") == 0)
		p->total = json_int(value, -1);
	return 0;
}

/* ---- pages ---- */

static void begin_page(void *ctx)
{
	struct page *p = ctx;
	const struct json_stream_handler h = { .array = "items",
		.on_element = take_row, .on_member = take_member, .ctx = p };

	json_stream_free(p->stream);
	tracks_free(&p->tracks);
	p->stream = json_stream_new(&h);
	p->rows = p->unusable = 0;
	p->total = -1;
}

static void end_page(struct page *p)
{
	json_stream_free(p->stream);
	tracks_free(&p->tracks);
	p->stream = NULL;
}

static int feed_page(void *ctx, const char *data, size_t len)
{
	struct page *p = ctx;

	return json_stream_feed(p->stream, data, len, &p->why);
}

/* A 200 whose body is no page is asked for once more. */
static enum outcome get_page(struct session *s, int64_t offset,
    struct page *p, struct why *why)
{
	const struct session_sink sink = { .on_body = feed_page,
		.on_restart = begin_page, .ctx = p };
	char url[80];
	enum outcome o;

	snprintf(url, sizeof(url), "me/tracks?limit=%d&offset=%lld", PAGE,
	    (long long)offset);
	for (int i = 0; i < MAX_GARBLED; i++) {
		o = session_get(s, url, &sink, why);
		if (o != DONE && o != TRACK_FAILED)
			return o;
		if (o == TRACK_FAILED ||
		    json_stream_finish(p->stream, &p->why) != 0)
			continue;
		if (p->total >= 0)
			return DONE;
		why_set(&p->why, RUN_LATER, "there is no total in it");
	}
	return why_set(why, RUN_LATER, "spotify: Liked Songs came garbled: "
	    "%s", p->why.text);
}

/* ---- the walk ---- */

struct walk {
	const struct liked_query *q;
	struct liked *out;
	struct map *met;	/* keys: pages shift, rows come twice */
	int64_t rows;		/* gone by */
	int64_t fresh;		/* tracks that were not known */
	bool last;		/* a total that changes is put up with */
};

/* Takes the page's tracks over; tells whether all of its rows were known. */
static bool take_page(struct walk *w, struct page *p)
{
	bool all_known = p->rows > 0 && p->unusable == 0;

	for (size_t i = 0; i < p->tracks.count; i++) {
		struct track *t = &p->tracks.items[i];

		if (map_has_str(w->met, t->key))
			continue;
		if (!w->q->knows(w->q->ctx, t->key)) {
			all_known = false;
			w->fresh++;
		}
		map_put_str(w->met, t->key, w);
		*tracks_add(&w->out->tracks) = *t;
		track_init(t);
	}
	w->out->unusable += p->unusable;
	w->rows += p->rows;
	return all_known;
}

/* Rows without a track in them are never known, but no news either. */
static bool may_stop(const struct walk *w, const struct page *p,
    bool all_known)
{
	bool known = all_known || (p->rows > 0 && w->fresh == 0);

	return !w->q->full_walk && known && w->q->known_rows >= 0 &&
	    p->total == w->q->known_rows + w->fresh;
}

/* The rows are all that there are, if the total was the same to the end and
 * is what came: a total that lies must not make tracks unliked. */
static bool is_complete(const struct walk *w, bool changed)
{
	return !changed && w->rows == w->out->rows;
}

/* DONE when the walk ended; TRACK_FAILED: the total changed on the way. */
static enum outcome walk_pages(struct session *s, struct walk *w,
    struct page *p, struct why *why)
{
	bool changed = false;

	for (int n = 0; n < MAX_PAGES; n++) {
		enum outcome o = get_page(s, w->rows, p, why);
		bool all_known;

		if (o != DONE)
			return o;
		w->out->pages++;
		changed |= n > 0 && p->total != w->out->rows;
		if (changed && !w->last)
			return TRACK_FAILED;
		w->out->rows = p->total;
		all_known = take_page(w, p);
		if (may_stop(w, p, all_known))
			return DONE;
		if (w->rows >= p->total || p->rows == 0) {
			w->out->complete = is_complete(w, changed);
			return DONE;
		}
	}
	return DONE;
}

static void begin_walk(struct walk *w)
{
	map_free(w->met, NULL);
	w->met = map_new();
	tracks_free(&w->out->tracks);
	w->out->unusable = 0;
	w->out->complete = false;
	w->rows = w->fresh = 0;
}

enum outcome liked_pull(struct session *s, const struct liked_query *q,
    struct liked *out, struct why *why)
{
	struct walk w = { .q = q, .out = out };
	struct page p = { .stream = NULL };
	enum outcome o = TRACK_FAILED;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < MAX_WALKS && o == TRACK_FAILED; i++) {
		begin_walk(&w);
		w.last = i + 1 == MAX_WALKS;
		o = walk_pages(s, &w, &p, why);
	}
	end_page(&p);
	map_free(w.met, NULL);
	return o;
}

void liked_free(struct liked *l)
{
	tracks_free(&l->tracks);
	memset(l, 0, sizeof(*l));
}
