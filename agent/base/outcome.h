/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outcome: how a step ended, named by how far a failure reaches.
 *
 * A failure is reported once, where it is noticed: the function either fills
 * its struct error (for a failure that is stored with a track or printed by a
 * command) or logs, never both, and callers pass the outcome on. A message
 * names the object, then what is wrong, then what to do if a user can do
 * something.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

enum outcome {
	DONE = 0,
	ITEM_FAILED,	/* this track, file or candidate; others continue */
	SERVICE_FAILED,	/* this source or service, for the rest of the run */
	STOPPED,	/* by SIGTERM or the deadline: no failure */
	RUN_LATER,	/* this run can't continue, a later one can: exit 75 */
	RUN_ACT,	/* a person must act on the machine (disk full, program
			   missing); the steps that don't need it go on:
			   exit 78 */
	RUN_AUTH,	/* a person must authorize: exit 77 */
	RUN_CONFIG,	/* a person must fix the configuration: exit 78 */
	RUN_FAILED	/* this run is broken: exit 1 */
};

#define ERROR_MAX 384

/* The reason for a failure in words, cut at a whole character if too long. */
struct error {
	char text[ERROR_MAX];
	int reason;	/* a finer name for it, where there is one (enum reason
			   of types/reason.h, of a source: enum source_reason);
			   0: none */
	int retry_after;	/* seconds, where a service says when it may be
				   asked again; 0 */
};

/* Fills error (may be NULL) and returns o, so that a failing function ends with
 * `return error_set(error, ITEM_FAILED, "%s: ...", name)`. Unprintable
 * characters are replaced (utf8.h) and secrets hidden (secret.h): the text is
 * safe in logs, records and pages. */
enum outcome error_set(struct error *error, enum outcome o, const char *fmt,
    ...)
	__attribute__((format(printf, 3, 4)));

/* The exit status that the manual promises for o, as sysexits.h names them. */
int outcome_exit_status(enum outcome o);

/* "done", "track", "service", ...: for logs and JSON. Static. */
const char *outcome_name(enum outcome o);

#endif
