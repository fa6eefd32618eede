/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run: one execution of `sync` or `scan`, from an empty hand to metrics. This
 * is where the rooms meet: each is asked in turn, and what one room says is
 * carried to the next.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/plan.h"
#include "types/summary.h"

struct config;

struct run_options {
	bool dry_run;		/* say what would be done; write nothing */
	bool scan_only;		/* `scan`: no Spotify, no source */
	bool accept_removals;	/* many files may vanish from the library */
	int limit;		/* at most so many tracks or files; 0: all */
	int64_t max_runtime;	/* seconds; 0: as configured */
	int workers;		/* 0: as configured */
	/* Is given the plan once it is made; may be NULL. */
	void (*on_plan)(void *ctx, const struct plan *plan);
	void *ctx;
};

/* Does all of it and fills sum, also when it fails; returns the worst that
 * happened, which is also in sum. Failures are logged by it. */
enum outcome run(const struct config *cfg, const struct run_options *opt,
    struct summary *sum);

/* A new run's id: 12 hex digits. */
void run_new_id(char out[RUN_ID_LEN + 1]);

#endif
