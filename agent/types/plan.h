/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan: what a run does with each liked track, and why. run/plan.h makes it.
 */
#ifndef TYPES_PLAN_H
#define TYPES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/track.h"

enum plan_action {
	PLAN_IN_LIBRARY,	/* a file of the library is this track */
	PLAN_FETCH,		/* search all sources */
	PLAN_PLACE,		/* place the user's own file, which is pinned */
	PLAN_WAIT,		/* search the user's own folders only; reason
				   says why */
	PLAN_SKIP		/* do nothing; reason says why */
};

/* By what a file of the library counts as a track. Kept in the index. */
enum evidence {
	EVIDENCE_NONE,		/* no file does */
	EVIDENCE_ID, EVIDENCE_ISRC, EVIDENCE_NAME, EVIDENCE_PLACED,
	EVIDENCE_PINNED, EVIDENCE_FINGERPRINT,
	EVIDENCES
};

#define REMOVED_BY_YOU "you removed its file; it is not fetched again"
#define FORGOTTEN_BY_YOU "you forgot it; it is never fetched again"
#define BEHIND_LINK "its file is behind a link to a folder, and those are " \
	"not followed: move that folder into the library, or mount it there"

struct plan_item {
	const struct track *track;	/* borrowed */
	enum plan_action action;
	enum evidence in_library;
	int64_t next_attempt;	/* Unix time, if PLAN_WAIT is for that; else 0 */
	int attempts;
	bool pinned;		/* to a file or a link */
	bool source_failed;	/* fetched after the items without this */
	unsigned turn;		/* of a track of a job; 0: it is in none */
	char reason[256];	/* "" for PLAN_FETCH on a first attempt */
};

struct plan {
	struct plan_item *items;	/* in the order of the wanted tracks */
	size_t *order;		/* their positions, in the order of the work */
	size_t count;
	size_t in_library, fetch, place, wait, skip;	/* of each action */
};

void plan_free(struct plan *p);
const char *plan_action_name(enum plan_action a);	/* "in library", ... */
const char *evidence_name(enum evidence e);	/* "", "id", "isrc", ... */
const char *evidence_text(enum evidence e);	/* for people; static */

#endif
