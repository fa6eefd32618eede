/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * budget: the caps, enforced by the ledger. No sliding hour or day holds more
 * remote fetches than its cap, whatever crashes and however many processes
 * share the ledger: a fetch is written to it, and synced, before it starts.
 *
 * An entry carries boot id, CLOCK_BOOTTIME and wall time. Within a boot the
 * first two decide; across boots wall time does. An entry from the future
 * counts, as if it were from when it was met so, for as long as it is one; and
 * where the clock was set forward within a boot, entries of that boot follow.
 * A ledger that is lost or damaged counts as used up for a day. So that lines
 * that are gone are missed, its size is noted in a file beside it. A torn last
 * line was never promised: that is no damage.
 * Thread-safe.
 */
#ifndef RECORDS_LEDGER_H
#define RECORDS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/outcome.h"

struct ledger;

/* What earlier runs are known to have done. */
enum ledger_past {
	LEDGER_NEW,		/* nothing: it may be missing */
	LEDGER_MADE,		/* they made it: a missing one was lost */
	LEDGER_USED		/* they downloaded: so was an empty one, unless
				   its lines grew old and were dropped */
};

/* RUN_FAILED with why: it can't be read or written. */
enum outcome ledger_open(const char *path, enum ledger_past past,
    int per_hour, int per_day, struct ledger **out, struct error *error);
void ledger_close(struct ledger *b);	/* NULL allowed */

/* Reserves one fetch. DONE: it is on stable storage, start. SERVICE_FAILED:
 * a cap is used up, why says which and when it frees. RUN_FAILED. */
enum outcome ledger_reserve(struct ledger *b, const char *source,
    const char *key, struct error *error);

struct ledger_remaining {
	int hour, day;		/* fetches that may still start */
	int64_t frees_at;	/* Unix time of the next free one, if none is;
				   0: a cap of 0 never frees */
	char error[128];		/* "" while some are left */
};
void ledger_remaining(struct ledger *b, struct ledger_remaining *out);

/* For tests: by another clock than the machine's. */
enum outcome ledger_open_by_clock(const char *path, enum ledger_past past,
    int per_hour, int per_day, void (*now)(struct instant *out),
    struct ledger **out, struct error *error);

#endif
