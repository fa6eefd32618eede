/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alerts: when a failure that may be temporary was last reported to a person: a
 * source that is outdated or refuses requests, and runs that do not succeed.
 * Reported at once, then once a day, not by every run. Kept in
 * state/alerts.json; without that file, one report is repeated.
 */
#ifndef REPORT_ALERTS_H
#define REPORT_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

#define ALERT_KEY 80		/* bytes, NUL included */
#define MAX_ALERTS 32
/* A day, for runs that are six hours apart and start up to an hour late. */
#define ALERT_DAY_S (23 * 3600)

struct alerts {
	int64_t failing_since;	/* Unix time of the first run that failed, since
				   one succeeded; 0: the last one did */
	struct {
		char key[ALERT_KEY];
		int64_t at;	/* Unix time */
	} told[MAX_ALERTS];
	size_t count;		/* of these */
	bool changed;		/* since alerts_load */
};

void alerts_load(const char *state_dir, struct alerts *a, int64_t now);
/* DONE, also where nothing has changed; or RUN_FAILED with why. */
enum outcome alerts_save(const char *state_dir, const struct alerts *a,
    struct error *error);

/* Is it to be reported now? If so, notes that it was. */
bool alerts_tell(struct alerts *a, const char *key, int64_t now);
/* Notes how a run ended. True: none has succeeded for a day, and nothing else
 * was reported in that time. */
bool alerts_note_run(struct alerts *a, bool succeeded, int64_t now);

#endif
