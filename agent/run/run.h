/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run: one execution of `sync`, `scan` or `queue run`, from taking the locks to writing
 * metrics. Calls the steps in their order and passes results on.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/plan.h"
#include "types/summary.h"

struct config;
struct shard;
struct tracks;

/* What a run does if another one holds the lock. */
enum run_if_locked {
	RUN_FAIL,		/* end with RUN_LATER */
	RUN_SKIP,		/* end with DONE, and say nothing */
	RUN_WAIT		/* wait for it */
};

struct run_options {
	bool dry_run;		/* plan only; write nothing */
	bool scan_only;		/* `scan`: no Spotify, no source */
	bool queue_only;	/* `queue run`: tracks of jobs only */
	const char *job;	/* with queue_only: of this job; NULL: all */
	const struct tracks *wanted;	/* with dry_run: as if these were
					   queued; NULL: none */
	enum run_if_locked if_locked;
	bool accept_unlikes;	/* many tracks may be wanted no longer */
	bool accept_removals;	/* many files may vanish from the library */
	int limit;		/* at most so many tracks or files; 0: all */
	int64_t max_runtime;	/* seconds; 0: as configured */
	int workers;		/* 0: as configured */
	int parallel;		/* downloads at a time; 0: as configured */
	const struct shard *shard;	/* run_shard: its slice; NULL: none */
	const char *part;	/* likewise: the file to write */
	char *const *parts;	/* `merge`: NULL-ended; nothing is analyzed,
				   these are taken. NULL: none */
	/* Called when the plan is made; may be NULL. */
	void (*on_plan)(void *ctx, const struct plan *plan);
	/* A track of a job is in the library (reason NULL), or has failed; may
	 * be NULL. */
	void (*on_track)(void *ctx, const struct track *t, const char *reason);
	void *ctx;
};

/* Fills sum, also on failure; returns the worst outcome, which is also in sum.
 * Logs failures. */
enum outcome run(const struct config *cfg, const struct run_options *opt,
    struct summary *sum);

/*
 * Analyzes the slice opt->shard of the library and writes opt->part, with a
 * state of its own below [state] dir: nothing of the library, the document or
 * the records is written, or locked. RUN_LATER: the part is written, but is not
 * complete, since a limit, the deadline or a signal ended the run; or another
 * process has this shard. Otherwise as run().
 */
enum outcome run_shard(const struct config *cfg, const struct run_options *opt,
    struct summary *sum);

/* A new run's id: 12 hex digits. */
void run_new_id(char out[RUN_ID_LEN + 1]);

#endif
