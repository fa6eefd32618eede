/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger: the downloads of the last day, by which the caps are enforced. No
 * sliding hour or day has more downloads than its cap, also after kills and
 * with several processes: a download is written to the ledger and synced before
 * it starts.
 *
 * An entry has boot id, CLOCK_BOOTTIME and wall time. Within a boot the first
 * two decide, across boots the wall time. An entry from the future counts as
 * made when it was found, while it is in the future; if the wall clock is set
 * forward, entries of the current boot are corrected. After a loss or damage
 * the caps count as used up for a day; the ledger's size is noted in a file
 * beside it, so that missing lines are found. An incomplete last line is not
 * damage: its download never started. Thread-safe.
 */
#ifndef RECORDS_LEDGER_H
#define RECORDS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/outcome.h"

struct ledger;

/* What the other records show of earlier runs. */
enum ledger_past {
	LEDGER_NEW,		/* none: the ledger may be missing */
	LEDGER_MADE,		/* there were runs: a missing one was lost */
	LEDGER_USED		/* there were downloads: an empty one was lost
				   too, unless its lines expired */
};

/* RUN_FAILED with error: it can't be read or written. */
enum outcome ledger_open(const char *path, enum ledger_past past,
    int per_hour, int per_day, struct ledger **out, struct error *error);
void ledger_close(struct ledger *b);	/* NULL allowed */

/* A source, and the caps of its own within those of all. */
struct ledger_source {
	const char *name;
	int per_hour, per_day;	/* 0: none */
};
enum ledger_reason { LEDGER_ALL = 0, LEDGER_SOURCE };

/* Reserves one download. DONE: it is on stable storage; start.
 * SERVICE_FAILED: a cap is used up; error says which, and until when, and its
 * reason whether it is the source's own. RUN_FAILED. */
enum outcome ledger_reserve(struct ledger *b, const struct ledger_source *source,
    const char *key, struct error *error);
/* Is a cap of the source's own used up, as far as this process has read? Then
 * error says so, as from ledger_reserve. */
bool ledger_is_used_up(struct ledger *b, const struct ledger_source *source,
    struct error *error);

struct ledger_remaining {
	int hour, day;		/* downloads that may still start */
	int64_t frees_at;	/* if none: Unix time of the next one; 0: never,
				   with a cap of 0 */
	char error[128];		/* "" while some are left */
};
void ledger_remaining(struct ledger *b, struct ledger_remaining *out);

/* For readers, beside a run: the same from the file as it is, without locking
 * or creating anything. What can't be read counts as caps used up. */
void ledger_read(const char *path, int per_hour, int per_day,
    struct ledger_remaining *out);

/* For tests: by another clock than the machine's. */
enum outcome ledger_open_by_clock(const char *path, enum ledger_past past,
    int per_hour, int per_day, void (*now)(struct instant *out),
    struct ledger **out, struct error *error);

#endif
