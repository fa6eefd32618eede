/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/liked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "spotify/liked_page.h"
#include "spotify/session.h"

#define MAX_PAGES 2000		/* 100,000 likes */
#define MAX_WALKS 3		/* begun anew because the total changed */
#define MAX_GARBLED 2		/* times one page may come broken */

/* ---- pages ---- */

static int feed(void *ctx, const char *data, size_t len)
{
	return liked_page_feed(ctx, data, len);
}

/* A 200 whose body is no page is asked for once more. */
static enum outcome get_page(struct session *s, int64_t offset,
    struct liked_page *p, struct error *error)
{
	const struct session_sink sink = { .on_body = feed,
		.on_restart = liked_page_begin, .ctx = p };
	char url[80];
	enum outcome o;

	snprintf(url, sizeof(url), "me/tracks?limit=%d&offset=%lld",
	    LIKED_PAGE_ROWS, (long long)offset);
	for (int i = 0; i < MAX_GARBLED; i++) {
		o = session_get(s, url, &sink, error);
		if (o != DONE && o != ITEM_FAILED)
			return o;
		if (o == DONE && liked_page_finish(p) == 0)
			return DONE;
	}
	return error_set(error, RUN_LATER, "spotify: Liked Songs came garbled: "
	    "%s", p->error.text);
}

/* ---- the walk ---- */

struct walk {
	const struct liked_query *q;
	struct track_list *out;
	struct map *met;	/* keys: pages shift, rows come twice */
	int64_t rows;		/* gone by */
	int64_t fresh;		/* tracks that were not known */
	bool last;		/* a total that changes is put up with */
};

/* Takes the page's tracks over; tells whether all of its rows were known. */
static bool take_page(struct walk *w, struct liked_page *p)
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
static bool may_stop(const struct walk *w, const struct liked_page *p,
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
    struct liked_page *p, struct error *error)
{
	bool changed = false;

	for (int n = 0; n < MAX_PAGES; n++) {
		enum outcome o = get_page(s, w->rows, p, error);
		bool all_known;

		if (o != DONE)
			return o;
		w->out->pages++;
		changed |= n > 0 && p->total != w->out->rows;
		if (changed && !w->last)
			return ITEM_FAILED;
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
    struct track_list *out, struct error *error)
{
	struct walk w = { .q = q, .out = out };
	struct liked_page p = { .stream = NULL };
	enum outcome o = ITEM_FAILED;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < MAX_WALKS && o == ITEM_FAILED; i++) {
		begin_walk(&w);
		w.last = i + 1 == MAX_WALKS;
		o = walk_pages(s, &w, &p, error);
	}
	liked_page_free(&p);
	map_free(w.met, NULL);
	return o;
}

