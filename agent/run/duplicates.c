/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * duplicates: one recording under two ids or names. A downloaded file is
 * compared by its fingerprint with the library: a recording that is there
 * already is not placed again; the track is linked to that file. Fingerprints
 * of rejected files keep the same recording from being taken under another
 * link.
 */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "records/overrides.h"

/* ---- rejected files ---- */

struct fingerprints {
	struct fingerprint *items;
	size_t count, cap;
};

static struct fingerprint *add(struct fingerprints *u)
{
	u->items = grow(u->items, &u->cap, u->count, sizeof(*u->items));
	return &u->items[u->count++];
}

static int add_pinned(void *ctx, const struct pin *pin)
{
	if (pin->sound.count > 0)
		fingerprint_copy(add(ctx), &pin->sound);
	return 0;
}

/* The file that we placed for the track, if the user rejected it. */
static void add_rejected_file(struct run_context *run, const char *key,
    struct fingerprints *u)
{
	const struct origin *o = provenance_of_track(run->provenance, key);

	if (o == NULL || overrides_allow(run->pins, run->provenance, key,
	    o->identity))
		return;
	if (index_get_fingerprint(run->index, o->identity, add(u)) != DONE)
		u->count--;
}

struct fingerprint *rejected_fingerprints(struct run_context *run,
    const char *key, const char *const *rejected, size_t *count)
{
	struct fingerprints u = { .count = 0 };

	/* Links and paths among them have no fingerprint. */
	for (; *rejected != NULL; rejected++)
		if (index_get_fingerprint(run->index, *rejected,
		    add(&u)) != DONE)
			u.count--;
	pins_each_rejection(run->pins, key, add_pinned, &u);
	add_rejected_file(run, key, &u);
	*count = u.count;
	return u.items;
}

/* ---- files in the library ---- */

struct search {
	struct run_context *run;
	const struct track *track;
	const struct fingerprint *sound;
	struct file *found;
};

/* Is a file linked to a song that the matcher says is another one? */
struct song_check {
	struct run_context *run;
	const struct track *track;
	bool is_another;
};

static int compare_song(void *ctx, const struct song *s)
{
	struct song_check *q = ctx;
	const struct track *t = &s->track;
	struct candidate c = { .views = -1, .isrc = t->isrc,
		.title = t->title,
		.duration_s = (double)t->duration_ms / 1000 };
	struct match_result j;

	if (strcmp(t->key, q->track->key) == 0)
		return 0;
	c.artist = track_artists_text(t);
	q->run->matcher.accept(q->run->matcher.self, q->track, &c, &j);
	q->is_another = j.pick != 0;
	if (q->is_another)
		log_warning("%s - %s: has the same audio as %s: one of them "
		    "may be the wrong recording", c.artist, t->title,
		    q->track->title);
	free(c.artist);
	return q->is_another;
}

/* Is the file linked to a song of another name? Then one of the two is
 * wrong, and only the user can tell which. */
static bool is_another_song(struct run_context *run, const struct track *track,
    const char *identity)
{
	struct song_check q = { .run = run, .track = track };

	index_each_song_of(run->index, identity, compare_song, &q);
	return q.is_another;
}

static int check_fingerprint(void *ctx, const char *identity,
    const struct fingerprint *f)
{
	struct search *s = ctx;

	if (!fingerprint_same(f, s->sound) ||
	    !overrides_allow(s->run->pins, s->run->provenance, s->track->key,
	    identity))
		return 0;
	if (index_find_identity(s->run->index, identity, s->found) == DONE &&
	    !is_another_song(s->run, s->track, identity))
		return 1;
	file_free(s->found);
	return 0;
}

bool find_duplicate(struct run_context *run, const struct track *track,
    const struct fingerprint *sound, struct file *found)
{
	struct search s = { .run = run, .track = track, .sound = sound,
		.found = found };

	file_init(found);
	return sound->count > 0 && index_each_alike(run->index, sound->duration,
	    check_fingerprint, &s) != 0;
}
