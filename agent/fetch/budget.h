/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget: the caps, enforced by the ledger. No sliding hour or day holds more
 * remote fetches than its cap, whatever crashes and however many processes
 * share the ledger: a fetch is written to it, and synced, before it starts.
 *
 * An entry carries boot id, CLOCK_BOOTTIME and wall time. Within a boot the
 * first two decide; across boots wall time does, and an entry from the future
 * counts. A ledger that is lost or damaged counts as used up for a day.
 * Thread-safe.
 */
#ifndef FETCH_BUDGET_H
#define FETCH_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/outcome.h"

struct budget;

/* expected: this is not the first run here, so a missing ledger is a lost
 * one. RUN_FAILED with why: it can't be read or written. */
enum outcome budget_open(const char *path, bool expected, int per_hour,
    int per_day, struct budget **out, struct why *why);
void budget_close(struct budget *b);	/* NULL allowed */

/* Reserves one fetch. DONE: it is on stable storage, start. SERVICE_FAILED:
 * a cap is used up, why says which and when it frees. RUN_FAILED. */
enum outcome budget_reserve(struct budget *b, const char *source,
    const char *key, struct why *why);

struct budget_left {
	int hour, day;		/* fetches that may still start */
	int64_t frees_at;	/* Unix time of the next free one, if none is */
	char why[128];		/* "" while some are left */
};
void budget_left(struct budget *b, struct budget_left *out);

/* For tests: replaces the clock; NULL: the real one. */
void budget_set_clock(struct budget *b, void (*now)(struct instant *out));

#endif
