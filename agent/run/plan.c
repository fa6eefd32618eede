/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* NULL: the track can be fetched or placed. */
static const char *reason_to_skip(const struct track *t,
    const struct track_state *st)
{
	if (st->removed)
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
	const char *skip = reason_to_skip(item->track, st);
	char wait[32];

	item->in_library = st->in_library;
	item->attempts = st->attempts;
	item->pinned = st->pinned != PINNED_NOT;
	if (st->in_library != EVIDENCE_NONE) {
		item->action = PLAN_IN_LIBRARY;
	} else if (skip != NULL) {
		item->action = PLAN_SKIP;
		snprintf(item->reason, sizeof(item->reason), "%s", skip);
	} else if (st->pinned == PINNED_FILE) {
		item->action = PLAN_PLACE;
		snprintf(item->reason, sizeof(item->reason), "%s",
		    PINNED_BY_YOU);
	} else if (st->next_attempt > in->now) {
		item->action = PLAN_WAIT;
		item->next_attempt = st->next_attempt;
		duration_to_text(st->next_attempt - in->now, wait,
		    sizeof(wait));
		snprintf(item->reason, sizeof(item->reason),
		    "next try in %s: %.200s", wait, st->reason);
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

static void plan_all(const struct plan_input *in, bool source_failed,
    struct plan *out)
{
	for (size_t i = 0; i < in->count; i++) {
		struct plan_item *item = &out->items[i];

		if (in->state[i].source_failed != source_failed)
			continue;
		item->track = &in->liked[i];
		item->source_failed = source_failed;
		decide(item, &in->state[i], in, out);
		out->in_library += item->action == PLAN_IN_LIBRARY;
		out->fetch += item->action == PLAN_FETCH;
		out->place += item->action == PLAN_PLACE;
		out->wait += item->action == PLAN_WAIT;
		out->skip += item->action == PLAN_SKIP;
	}
}

void plan_make(const struct plan_input *in, struct plan *out)
{
	memset(out, 0, sizeof(*out));
	out->items = xcalloc(in->count > 0 ? in->count : 1,
	    sizeof(*out->items));
	out->count = in->count;
	/* The remaining caps, and the first request to a source that may work
	 * again, go to tracks that no source failed for lately. */
	plan_all(in, false, out);
	plan_all(in, true, out);
}
