/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan: compares the wanted tracks with the library. A pure function of the
 * tracks, what is known of each, and the remaining caps.
 */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "types/plan.h"

#define PINNED_BY_YOU "pinned by you"

/* What the user pinned a track to, if that is not in the library. */
enum pinned {
	PINNED_NOT,
	PINNED_FILE,		/* a file outside the library: place it */
	PINNED_GONE,		/* a file that does not exist any more */
	PINNED_LINK		/* fetch it, without a search */
};

/* What index and records know of a track. */
struct track_state {
	enum evidence in_library;	/* of a file that exists now */
	bool forgotten;		/* by the user, for good */
	bool removed;		/* its file was placed and is gone */
	bool behind_link;	/* with removed: the file is below a folder
				   that became a link, where no scan looks */
	enum pinned pinned;
	int attempts;		/* failed, since the last success */
	int64_t next_attempt;	/* Unix time; 0: now */
	char reason[256];	/* of the last failure; "" */
	bool source_failed;	/* a source failed for this track lately */
	unsigned turn;		/* its place among the tracks of its job that
				   wait, from 1; 0: it is in no job */
};

struct plan_input {
	const struct track *wanted;	/* liked ones newest first, then others
					   of jobs */
	const struct track_state *state;	/* parallel to wanted */
	size_t count;
	int64_t now;		/* Unix time */
	int caps_left;		/* downloads that caps and sources allow now */
	const char *caps_error;	/* why there are no more of them */
	int limit;		/* most PLAN_FETCH; 0: no limit */
	bool queue_only;	/* fetch and place nothing that is in no job */
};

/* Why nothing is done for a track that is not in the library; NULL: it can be
 * fetched or placed. Static. */
const char *plan_reason_to_skip(const struct track *t,
    const struct track_state *st);

/*
 * A track of a job is tried whenever it last failed, and although its file was
 * deleted: somebody asked for it. Tracks of jobs and others take turns by
 * download, tracks of several jobs by their turn. After all of these, in the
 * same way, come tracks that a source failed for lately.
 *
 * Items refer to in->wanted, which must outlive them. plan_free.
 */
void plan_make(const struct plan_input *in, struct plan *out);

#endif
