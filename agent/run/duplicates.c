/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * twins: one recording under two ids or names. What came is compared, by its
 * fingerprint, with what the library holds: a recording that is there already
 * is not placed a second time, and the song is held by the file that is. And
 * it is compared with what was rejected for the song, so that this is not
 * taken under another link.
 */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "records/overrides.h"

/* ---- what was rejected ---- */

struct unwanted {
	struct fingerprint *items;
	size_t count, cap;
};

static struct fingerprint *add(struct unwanted *u)
{
	u->items = grow(u->items, &u->cap, u->count, sizeof(*u->items));
	return &u->items[u->count++];
}

static int add_said(void *ctx, const struct pin *pin)
{
	if (pin->sound.count > 0)
		fingerprint_copy(add(ctx), &pin->sound);
	return 0;
}

/* Of a link that he rejected, the file that came of it. */
static void add_placed(struct run_context *h, const char *key, struct unwanted *u)
{
	const struct origin *o = provenance_of_track(h->provenance, key);

	if (o == NULL || overrides_allow(h->pins, h->provenance, key, o->identity))
		return;
	if (index_get_fingerprint(h->index, o->identity, add(u)) != DONE)
		u->count--;
}

struct fingerprint *rejected_fingerprints(struct run_context *h, const char *key,
    const char *const *rejected, size_t *count)
{
	struct unwanted u = { .count = 0 };

	/* Links and paths among them have no fingerprint. */
	for (; *rejected != NULL; rejected++)
		if (index_get_fingerprint(h->index, *rejected, add(&u)) != DONE)
			u.count--;
	pins_each_rejection(h->pins, key, add_said, &u);
	add_placed(h, key, &u);
	*count = u.count;
	return u.items;
}

/* ---- what is there already ---- */

struct search {
	struct run_context *h;
	const struct track *track;
	const struct fingerprint *sound;
	struct file *found;
};

/* Who else holds a file, as the judge would have it. */
struct holder {
	struct run_context *h;
	const struct track *track;
	const char *identity;
	bool is_another;
};

static int ask_holder(void *ctx, const struct song *s)
{
	struct holder *q = ctx;
	const struct track *t = &s->track;
	struct candidate c = { .views = -1, .isrc = t->isrc,
		.title = t->title, .duration_s = (double)t->duration_ms / 1000 };
	struct match_result j;

	if (strcmp(s->identity, q->identity) != 0 || t->title == NULL ||
	    strcmp(t->key, q->track->key) == 0)
		return 0;
	c.artist = track_artists_text(t);
	q->h->matcher.accept(q->h->matcher.self, q->track, &c, &j);
	q->is_another = j.pick != 0;
	if (q->is_another)
		log_warning("%s - %s: sounds the same as %s: one of them may "
		    "be the wrong recording", c.artist, t->title,
		    q->track->title);
	free(c.artist);
	return q->is_another;
}

/* Does it hold another song, by a name that is not this one's? Then one of
 * the two is wrong, and nobody but the user can say which. */
static bool holds_another(struct run_context *h, const struct track *track,
    const char *identity)
{
	struct holder q = { .h = h, .track = track, .identity = identity };

	index_each_song(h->index, ask_holder, &q);
	return q.is_another;
}

static int look_at(void *ctx, const char *identity,
    const struct fingerprint *f)
{
	struct search *s = ctx;

	if (!fingerprint_same(f, s->sound) ||
	    !overrides_allow(s->h->pins, s->h->provenance, s->track->key,
	    identity))
		return 0;
	if (index_find_identity(s->h->index, identity, s->found) == DONE &&
	    !holds_another(s->h, s->track, identity))
		return 1;
	file_free(s->found);
	return 0;
}

bool find_duplicate(struct run_context *h, const struct track *track,
    const struct fingerprint *sound, struct file *found)
{
	struct search s = { .h = h, .track = track, .sound = sound,
		.found = found };

	file_init(found);
	return sound->count > 0 &&
	    index_each_alike(h->index, sound->duration, look_at, &s) != 0;
}
