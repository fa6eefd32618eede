/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan: the diff. A pure function of what is liked, what is held, what was
 * tried and what the caps leave, to what is to be done with each track.
 */
#ifndef TYPES_PLAN_H
#define TYPES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/track.h"

enum verdict {
	PLAN_IN_LIBRARY,	/* the library has it */
	PLAN_FETCH,	/* every source is asked */
	PLAN_PLACE,	/* the user's own file, which he pinned, is placed */
	PLAN_WAIT,	/* the user's own folders only, for now: see why */
	PLAN_SKIP	/* nothing is done: see why */
};

/* How a track came to be known as held. */
enum evidence {
	EVIDENCE_NONE, EVIDENCE_ID, EVIDENCE_ISRC, EVIDENCE_NAME,
	    EVIDENCE_PLACED,
	EVIDENCE_PINNED, EVIDENCE_FINGERPRINT, EVIDENCES
};

/* What the user said that a track is, and that is not held yet. */
enum pinned {
	PINNED_NOT,
	PINNED_FILE,		/* outside the library, to be placed */
	PINNED_GONE,		/* a file that is not there any more */
	PINNED_LINK		/* to be fetched, whatever a search says */
};

#define PINNED_BY_YOU "pinned by you"
#define REMOVED_BY_YOU "you removed its file; it is not fetched again"
#define BEHIND_LINK "its file is behind a link to a folder, and those are not " \
	"followed: move that folder into the library, or mount it there"

/* What the index remembers of a track beside its name. */
struct track_state {
	enum evidence in_library;		/* a file that is there now */
	bool removed;			/* was placed, and is gone */
	bool behind_link;		/* not gone: where no scan looks */
	enum pinned pinned;
	int attempts;			/* failed ones, since the last success */
	int64_t next_attempt;		/* Unix time; 0: now */
	char reason[256];		/* of the last failure; "" */
	bool set_back;			/* a source failed for it lately: it is
					   fetched after all others */
};

struct plan_item {
	const struct track *track;	/* borrowed */
	enum verdict verdict;
	enum evidence in_library;
	int64_t next_attempt;		/* PLAN_LOCAL in back-off; else 0 */
	int attempts;
	bool pinned;			/* to a file or a link */
	bool set_back;			/* fetched after those that are not */
	char error[256];			/* "" for PLAN_FETCH on a first try */
};

struct plan {
	struct plan_item *items;	/* in the order of the liked tracks */
	size_t count;
	size_t in_library, fetch, place, local, skip;	/* of each verdict */
};

struct plan_input {
	const struct track *liked;	/* newest first */
	const struct track_state *state;	/* parallel to liked */
	size_t count;
	int64_t now;
	int caps_left;		/* remote fetches that the caps still allow,
				   and the sources */
	const char *caps_why;	/* "daily cap of 200 is used up", for what is
				   over caps_left */
	int limit;		/* at most so many PLAN_FETCH; 0: no limit */
};

void plan_make(const struct plan_input *in, struct plan *out);
void plan_free(struct plan *p);
const char *verdict_name(enum verdict v);	/* "in library", "fetch", ...*/
const char *evidence_name(enum evidence h);	/* "", "id", "isrc", ... */
/* The evidence by which a file counts as a track, in words. Static. */
const char *evidence_text(enum evidence h);

#endif
