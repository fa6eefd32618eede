/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * availability: can a source be asked now? A failure of the source itself (no
 * network, a refusal, a stale program) says nothing about a track. After
 * failures for several different tracks with no delivery between them, or when
 * the service says when to come back, the source is unavailable: it is not
 * asked for a while, longer each time, and then tested with one track first.
 *
 * This is kept across runs in state/sources.json. Without that file every
 * source is available; losing it costs one test of each.
 */
#ifndef TYPES_AVAILABILITY_H
#define TYPES_AVAILABILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

#define AVAILABILITY_NAME 64	/* bytes of a source's name, NUL included */
#define AVAILABILITY_KEY 40	/* of a track's key */
#define AVAILABILITY_TRACKS 8	/* tracks that are remembered */
#define OUTAGE_TRACKS 3		/* different tracks in a row: an outage */
#define UNCLEAR_TRACKS 5	/* the same of unclear failures: all candidates
				   of a few tracks can be gone */
#define COOLDOWN_FIRST_S 300
#define COOLDOWN_LAST_S (6 * 3600)
#define COOLDOWN_MAX_S 86400	/* also where a service asks for more */

struct availability {
	char name[AVAILABILITY_NAME];	/* [source.NAME] */
	int failures;		/* tests that failed in a row, the first outage
				   included; 0: available */
	int64_t since;		/* Unix time: unavailable since; 0: it is not */
	int64_t until;		/* Unix time: not asked before; 0: now */
	bool must_act;		/* until a person does what reason says */
	bool refused;		/* by the service, for example as a robot; a
				   person may end it */
	int64_t worked;		/* last delivery after a failure; 0: unknown */
	char reason[ERROR_MAX];	/* of the last failure; "" */
	int streak;		/* different tracks in a row that failed */
	bool searching;		/* all of them while searching */
	/* Tracks that failed lately, the latest last. They are tried after all
	 * others, so that a track with a fault of its own is not the one that
	 * tests the source. */
	char tracks[AVAILABILITY_TRACKS][AVAILABILITY_KEY];
	size_t n_tracks;
};

enum availability_state {
	SOURCE_AVAILABLE,
	SOURCE_COOLING,		/* not asked before until */
	SOURCE_UNTESTED		/* the next run asks it for one track first */
};
enum availability_state availability_state(const struct availability *a,
    int64_t now);
/* "unavailable for 20 min: no network", for people. false if available: out
 * is "" then. */
bool availability_text(const struct availability *a, int64_t now, char *out,
    size_t size);
/* Has it failed for this track lately? */
bool availability_failed_for(const struct availability *a, const char *key);

/* A failure of a source. */
struct outage {
	int64_t retry_after;	/* seconds, as the service says; 0: unknown */
	bool must_act;		/* a person has to do something */
	bool refused;		/* the service refuses us */
	bool at_once;		/* it concerns all tracks alike */
	bool searching;		/* a search failed; else a download */
	bool unclear;		/* it may be due to the candidates alone */
	const char *reason;
};
/* Notes an outage during work on the track. Returns whether the source is now
 * unavailable. */
bool availability_fail(struct availability *a, const char *key,
    const struct outage *o, int64_t now);
/* The program of the source can't be started at all. Returns whether anything
 * changed, as the next does. */
bool availability_close(struct availability *a, const char *reason,
    int64_t now);
/* The program can be started again. */
bool availability_reopen(struct availability *a);
/* It delivered a file, or else answered a search, which ends only an outage of
 * searches. Returns whether anything changed. */
bool availability_succeed(struct availability *a, bool delivered,
    int64_t now);

/* All sources that are known of. */
struct availabilities {
	struct availability *items;
	size_t count, cap;
};
/* As the last run saved it; safe while a run is active. Empty if the file can't
 * be read. */
void availability_load(const char *state_dir, struct availabilities *list);
/* DONE, or RUN_FAILED with error. */
enum outcome availability_save(const char *state_dir,
    const struct availabilities *list, struct error *error);
void availabilities_free(struct availabilities *list);
/* NULL: unknown, and so available. */
const struct availability *availability_of(const struct availabilities *list,
    const char *name);
/* The same, added if it is missing; valid until the next call. NULL: the name
 * is too long, or there are too many. */
struct availability *availability_add(struct availabilities *list,
    const char *name);

#endif
