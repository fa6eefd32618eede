/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runs: the journal of runs, the counters that outlast them, and the run that
 * is active. Apart from the index, because they can't be rebuilt.
 */
#ifndef RECORDS_RUNS_H
#define RECORDS_RUNS_H

#include <stdint.h>

#include "base/outcome.h"
#include "types/summary.h"

struct json;

/* Totals since the state folder was created, for the metrics. */
struct counters {
	uint64_t runs, runs_failed;
	uint64_t fetched, not_found, failed, rejected, downloads, searches;
	uint64_t upscaled;
	double fetch_seconds;
	uint64_t analyzed, analysis_failed, reanalyzed;
	uint64_t hooks_failed;	/* pings included; not in the summary */
	int64_t last_success;	/* Unix time; 0: never */
	int64_t document_current;	/* when it was so; 0: never */
	/* By source: what the metrics label with it. */
	struct source_counters {
		char name[64];
		uint64_t got, not_found, failed, downloads;
		double seconds;
	} source[MAX_SOURCES];
	size_t n_sources;
};

/* All zero if there are none yet. */
void counters_load(const char *state_dir, struct counters *c);
void counters_add(struct counters *c, const struct summary *s);
enum outcome counters_save(const char *state_dir, const struct counters *c,
    struct error *error);

/* The active run, from the content of its lock. */
struct running {
	long pid;
	char run[RUN_ID_LEN + 1];	/* "": a restore */
	int64_t since;		/* Unix time; 0: unknown */
	char doing[96];		/* "fetching 12 of 40" */
};

/* Is a run or a restore active? Does not wait or write. */
bool runs_now(const char *state_dir, struct running *r);
/* "pid 12, run 0a1b2c3d4e5f, since 2026-11-21T15:00:00Z: fetching" */
void running_print(const struct running *r, char *out, size_t size);

/* Appends a run; DONE or RUN_FAILED with error. */
enum outcome runs_append(const char *state_dir, const struct summary *s,
    struct error *error);
/* The health that the last run counted which got so far; h->known says whether
 * there is one. */
void runs_health(const char *state_dir, struct health *h);
/* Calls each for the last `last` runs, oldest first. */
void runs_each(const char *state_dir, size_t last,
    void (*each)(void *ctx, const struct json *run), void *ctx);

#endif
