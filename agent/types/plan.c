/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[PLAN_IN_LIBRARY] = "in library", [PLAN_FETCH] = "fetch",
		[PLAN_PLACE] = "place",
		[PLAN_WAIT] = "wait", [PLAN_SKIP] = "skip",
	};

	return names[v];
}

const char *evidence_name(enum evidence h)
{
	static const char *const names[] = {
		[EVIDENCE_NONE] = "", [EVIDENCE_ID] = "id",
		    [EVIDENCE_ISRC] = "isrc",
		[EVIDENCE_NAME] = "name", [EVIDENCE_PLACED] = "fetched",
		[EVIDENCE_PINNED] = "pinned", [EVIDENCE_FINGERPRINT] = "sound",
	};

	return names[h];
}

const char *evidence_text(enum evidence h)
{
	static const char *const texts[] = {
		[EVIDENCE_NONE] = "no evidence",
		[EVIDENCE_ID] = "its tags have the track's Spotify id",
		[EVIDENCE_ISRC] = "its tags have the track's ISRC",
		[EVIDENCE_NAME] = "its name or tags, and its length, agree",
		[EVIDENCE_PLACED] = "placed by likesync",
		[EVIDENCE_PINNED] = "pinned by you",
		[EVIDENCE_FINGERPRINT] = "its audio fingerprint is the same",
	};

	return texts[h];
}

/* Why nothing can be done with this track at all; NULL if something can. */
static const char *reason_to_skip(const struct track *t,
    const struct track_state *st)
{
	if (st->removed)
		return st->behind_link ? BEHIND_LINK : REMOVED_BY_YOU;
	if (st->pinned == PINNED_GONE)
		return "the file that you pinned no longer exists: pin "
		    "another, or unpin it";
	/* A pin says what a name does not. */
	if (st->pinned != PINNED_NOT)
		return NULL;
	if (t->is_local)
		return "a local file in Spotify";
	if (!track_has_name(t))
		return "Spotify no longer has an artist or title for it";
	return NULL;
}

static void wait_for_next_try(struct plan_item *item,
    const struct track_state *st, int64_t now)
{
	char wait[32];

	duration_to_text(st->next_attempt - now, wait, sizeof(wait));
	item->verdict = PLAN_WAIT;
	item->next_attempt = st->next_attempt;
	snprintf(item->error, sizeof(item->error), "next try in %s: %.200s",
	    wait, st->reason);
}

static void decide(struct plan_item *item, const struct track_state *st,
    const struct plan_input *in, const struct plan *so_far)
{
	const char *skip = reason_to_skip(item->track, st);

	item->in_library = st->in_library;
	item->attempts = st->attempts;
	item->pinned = st->pinned != PINNED_NOT;
	if (st->in_library != EVIDENCE_NONE) {
		item->verdict = PLAN_IN_LIBRARY;
	} else if (skip != NULL) {
		item->verdict = PLAN_SKIP;
		snprintf(item->error, sizeof(item->error), "%s", skip);
	} else if (st->pinned == PINNED_FILE) {
		item->verdict = PLAN_PLACE;
		snprintf(item->error, sizeof(item->error), "%s", PINNED_BY_YOU);
	} else if (st->next_attempt > in->now) {
		wait_for_next_try(item, st, in->now);
	} else if (in->limit > 0 && so_far->fetch >= (size_t)in->limit) {
		item->verdict = PLAN_WAIT;
		snprintf(item->error, sizeof(item->error), "over --limit %d",
		    in->limit);
	} else if (so_far->fetch >= (size_t)in->caps_left) {
		item->verdict = PLAN_WAIT;
		snprintf(item->error, sizeof(item->error), "%s", in->caps_why);
	} else {
		item->verdict = PLAN_FETCH;
		snprintf(item->error, sizeof(item->error), "%s",
		    st->reason[0] == '\0' && st->pinned == PINNED_LINK ?
		    PINNED_BY_YOU : st->reason);
	}
}

/* Those that a source did not fail for come first: what the caps leave, and the
 * test of a source that was unavailable, are theirs. */
static void plan_all(const struct plan_input *in, bool set_back,
    struct plan *out)
{
	for (size_t i = 0; i < in->count; i++) {
		struct plan_item *item = &out->items[i];

		if (in->state[i].set_back != set_back)
			continue;
		item->track = &in->liked[i];
		item->set_back = set_back;
		decide(item, &in->state[i], in, out);
		out->in_library += item->verdict == PLAN_IN_LIBRARY;
		out->fetch += item->verdict == PLAN_FETCH;
		out->place += item->verdict == PLAN_PLACE;
		out->local += item->verdict == PLAN_WAIT;
		out->skip += item->verdict == PLAN_SKIP;
	}
}

void plan_make(const struct plan_input *in, struct plan *out)
{
	memset(out, 0, sizeof(*out));
	out->items = xcalloc(in->count > 0 ? in->count : 1,
	    sizeof(*out->items));
	out->count = in->count;
	plan_all(in, false, out);
	plan_all(in, true, out);
}

void plan_free(struct plan *p)
{
	free(p->items);
	memset(p, 0, sizeof(*p));
}
