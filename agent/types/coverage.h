/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage: which tracks of a list are in the library. run/coverage.h makes it,
 * report/coverage_json.h writes it.
 */
#ifndef TYPES_COVERAGE_H
#define TYPES_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "types/candidate.h"
#include "types/plan.h"
#include "types/track_list.h"

enum coverage_state {
	COVERAGE_IN_LIBRARY,
	COVERAGE_WAITING,	/* liked, followed or queued; not tried yet */
	COVERAGE_MISSING
};

/* Strings are owned. */
struct coverage_entry {
	const struct track *track;	/* of the list */
	enum coverage_state state;
	char *file;		/* path below the library; NULL: none */
	enum evidence how;	/* by which file counts as the track */
	double score;		/* 0..1, how sure that is; 1 unless by name */
	char *reason;		/* why it is not in the library; or NULL */
	int attempts;		/* failed ones */
	int64_t next_attempt;	/* Unix time; 0 */
	struct best_rejected best_rejected;	/* of the sources */
	struct best_rejected nearest_file;	/* of the library */
};

struct coverage {
	struct track_list list;
	struct coverage_entry *entries;	/* one for each of list.tracks */
	size_t in_library, waiting, missing;	/* of each state */
};

void coverage_free(struct coverage *c);

/* "in-library", "waiting", "missing". Static. */
const char *coverage_state_name(enum coverage_state s);

#endif
