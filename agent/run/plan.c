/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

const char *plan_reason_to_skip(const struct track *t,
    const struct track_state *st)
{
	if (st->forgotten)
		return FORGOTTEN_BY_YOU;
	if (st->removed && st->turn == 0)
		return st->behind_link ? BEHIND_LINK : REMOVED_BY_YOU;
	if (st->pinned == PINNED_GONE)
		return "the file that you pinned no longer exists: pin "
		    "another, or unpin it";
	/* A pin needs no name to search for. */
	if (st->pinned != PINNED_NOT)
		return NULL;
	if (t->is_local)
		return "a local file in Spotify";
	if (!track_has_name(t))
		return "Spotify no longer has an artist or title for it";
	return NULL;
}

static void decide(struct plan_item *item, const struct track_state *st,
    const struct plan_input *in, const struct plan *so_far)
{
	const char *skip = plan_reason_to_skip(item->track, st);
	bool is_served = !in->queue_only || st->turn > 0;
	char wait[32];

	item->in_library = st->in_library;
	item->attempts = st->attempts;
	item->pinned = st->pinned != PINNED_NOT;
	item->turn = st->turn;
	if (st->in_library != EVIDENCE_NONE) {
		item->action = PLAN_IN_LIBRARY;
	} else if (skip != NULL) {
		item->action = PLAN_SKIP;
		snprintf(item->reason, sizeof(item->reason), "%s", skip);
	} else if (st->pinned == PINNED_FILE && is_served) {
		item->action = PLAN_PLACE;
		snprintf(item->reason, sizeof(item->reason), "%s",
		    PINNED_BY_YOU);
	} else if (st->next_attempt > in->now && st->turn == 0) {
		item->action = PLAN_WAIT;
		item->next_attempt = st->next_attempt;
		duration_to_text(st->next_attempt - in->now, wait,
		    sizeof(wait));
		snprintf(item->reason, sizeof(item->reason),
		    "next try in %s: %.200s", wait, st->reason);
	} else if (!is_served) {
		item->action = PLAN_WAIT;
		snprintf(item->reason, sizeof(item->reason),
		    "waits for the next `likesync sync`");
	} else if (in->limit > 0 && so_far->fetch >= (size_t)in->limit) {
		item->action = PLAN_WAIT;
		snprintf(item->reason, sizeof(item->reason), "over --limit %d",
		    in->limit);
	} else if (so_far->fetch >= (size_t)in->caps_left) {
		item->action = PLAN_WAIT;
		snprintf(item->reason, sizeof(item->reason), "%s",
		    in->caps_error);
	} else {
		item->action = PLAN_FETCH;
		snprintf(item->reason, sizeof(item->reason), "%s",
		    st->reason[0] == '\0' && st->pinned == PINNED_LINK ?
		    PINNED_BY_YOU : st->reason);
	}
}

/* Wanted tracks in the order in which they are tried. */
struct lane {
	struct place {
		unsigned turn;
		size_t at;
	} *places;
	size_t count, next;
	size_t fetch;		/* downloads planned from this lane */
};

static int by_turn(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static struct lane lane_make(const struct plan_input *in, bool source_failed,
    bool of_jobs)
{
	struct lane lane = { .places = xcalloc(in->count + 1,
	    sizeof(*lane.places)) };

	for (size_t i = 0; i < in->count; i++)
		if (in->state[i].source_failed == source_failed &&
		    (in->state[i].turn > 0) == of_jobs)
			lane.places[lane.count++] = (struct place){
				in->state[i].turn, i };
	qsort(lane.places, lane.count, sizeof(*lane.places), by_turn);
	return lane;
}

static void plan_next(const struct plan_input *in, struct lane *lane,
    size_t position, struct plan *out)
{
	size_t i = lane->places[lane->next++].at;
	struct plan_item *item = &out->items[i];

	item->track = &in->wanted[i];
	item->source_failed = in->state[i].source_failed;
	decide(item, &in->state[i], in, out);
	out->order[position] = i;
	lane->fetch += item->action == PLAN_FETCH;
	out->in_library += item->action == PLAN_IN_LIBRARY;
	out->fetch += item->action == PLAN_FETCH;
	out->place += item->action == PLAN_PLACE;
	out->wait += item->action == PLAN_WAIT;
	out->skip += item->action == PLAN_SKIP;
}

/* Returns the position behind the last item. */
static size_t plan_all(const struct plan_input *in, bool source_failed,
    size_t position, struct plan *out)
{
	struct lane jobs = lane_make(in, source_failed, true);
	struct lane others = lane_make(in, source_failed, false);

	while (jobs.next < jobs.count || others.next < others.count) {
		bool take_job = others.next == others.count ||
		    (jobs.next < jobs.count && jobs.fetch <= others.fetch);

		plan_next(in, take_job ? &jobs : &others, position++, out);
	}
	free(jobs.places);
	free(others.places);
	return position;
}

void plan_make(const struct plan_input *in, struct plan *out)
{
	size_t position;

	memset(out, 0, sizeof(*out));
	out->items = xcalloc(in->count + 1, sizeof(*out->items));
	out->order = xcalloc(in->count + 1, sizeof(*out->order));
	out->count = in->count;
	/* The remaining caps, and the first request to a source that may work
	 * again, go to tracks that no source failed for lately. */
	position = plan_all(in, false, 0, out);
	plan_all(in, true, position, out);
}
