/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outcome: how a step ended, named by how far a failure reaches.
 *
 * A failure is told once, where it is noticed: a function that fails either
 * fills the struct why that it was given (a failure that is remembered with a
 * track or shown by a command) or logs, never both, and the caller passes the
 * outcome on. A message begins with the object, then says what is wrong, then
 * what to do where a person can do something.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

enum outcome {
	DONE = 0,
	ITEM_FAILED,	/* this track, file or candidate; the rest goes on */
	SERVICE_FAILED,	/* this source or service is not asked again this run */
	STOPPED,	/* by SIGTERM or the deadline: no failure */
	RUN_LATER,	/* this run can't go on now, a later one can: exit 75 */
	RUN_ACT,	/* a person must act on the machine (disk full, program
			   missing); the steps that don't need it go on:
			   exit 78 */
	RUN_AUTH,	/* a person must authorize: exit 77 */
	RUN_CONFIG,	/* a person must fix the configuration: exit 78 */
	RUN_FAILED	/* this run is broken: exit 1 */
};

#define WHY_MAX 384

/* The reason for a failure in words, cut at a whole character if too long. */
struct error {
	char text[WHY_MAX];
	int reason;	/* a finer name for it, where there is one (enum reason
			   of types/reason.h, of a source: enum source_reason);
			   0: none */
	int retry_after;	/* seconds, where a service says when it may be
				   asked again; 0 */
};

/* Fills why (which may be NULL) and returns o, so that a failing function
 * ends with `return why_set(why, TRACK_FAILED, "%s: ...", name)`. What is not
 * printable (utf8.h) is replaced and secrets are hidden (secret.h): the text is
 * fit for a log line, a record or a page. */
enum outcome error_set(struct error *error, enum outcome o, const char *fmt,
    ...)
	__attribute__((format(printf, 3, 4)));

/* The exit status that the manual promises for o, as sysexits.h names them. */
int outcome_exit_status(enum outcome o);

/* "done", "track", "service", ...: for logs and JSON. Static. */
const char *outcome_name(enum outcome o);

#endif
