/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/liked.h"

#include <string.h>

#include "base/map.h"
#include "spotify/list_page.h"

#define MAX_PAGES 2000		/* 100,000 likes */
#define MAX_WALKS 3		/* restarts because the total changed */

struct walk {
	const struct liked_query *q;
	struct track_list *out;
	struct map *met;	/* keys: pages shift, entries come twice */
	int64_t rows;		/* entries read */
	int64_t fresh;		/* tracks that were not known */
	bool last;		/* accept a total that changes */
};

/* Takes the page's tracks; returns whether all of its entries were known. */
static bool take_page(struct walk *w, struct list_page *p)
{
	bool all_known = p->rows > 0 && p->tracks.count == p->rows;

	for (size_t i = 0; i < p->tracks.count; i++) {
		struct track *t = &p->tracks.items[i];
		bool known = w->q->knows(w->q->ctx, t->key);

		if (!track_list_take(w->out, w->met, t) || known)
			continue;
		all_known = false;
		w->fresh++;
	}
	w->out->unusable += p->unusable + p->episodes;
	w->rows += p->rows;
	return all_known;
}

/* Entries without a track are never known, but not new either. */
static bool may_stop(const struct walk *w, const struct list_page *p,
    bool all_known)
{
	bool known = all_known || (p->rows > 0 && w->fresh == 0);

	return !w->q->full_walk && known && w->q->known_rows >= 0 &&
	    p->total == w->q->known_rows + w->fresh;
}

/* DONE when the walk ended; ITEM_FAILED: the total changed meanwhile. */
static enum outcome walk_pages(struct session *s, struct walk *w,
    struct list_page *p, struct error *error)
{
	bool changed = false;

	for (int n = 0; n < MAX_PAGES; n++) {
		enum outcome o = list_page_get(s, "Liked Songs", "me/tracks",
		    w->rows, p, error);

		if (o != DONE)
			return o;
		w->out->pages++;
		changed |= n > 0 && p->total != w->out->rows;
		if (changed && !w->last)
			return ITEM_FAILED;
		w->out->rows = p->total;
		if (may_stop(w, p, take_page(w, p)))
			return DONE;
		if (w->rows < p->total && p->rows > 0)
			continue;
		/* Complete only if the total was the same to the end and is
		 * the number of entries: a wrong total must not make tracks
		 * unliked. */
		w->out->complete = !changed && w->rows == p->total;
		return DONE;
	}
	return DONE;
}

enum outcome liked_pull(struct session *s, const struct liked_query *q,
    struct track_list *out, struct error *error)
{
	struct list_page p = { .stream = NULL };
	enum outcome o = ITEM_FAILED;

	memset(out, 0, sizeof(*out));
	for (int i = 1; i <= MAX_WALKS && o == ITEM_FAILED; i++) {
		struct walk w = { .q = q, .out = out, .met = map_new(),
			.last = i == MAX_WALKS };

		tracks_free(&out->tracks);
		out->unusable = 0;
		o = walk_pages(s, &w, &p, error);
		map_free(w.met, NULL);
	}
	list_page_free(&p);
	return o;
}
