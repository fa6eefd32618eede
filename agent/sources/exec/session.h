/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session: one source program, from its start to its end. A thread of its own
 * runs the program in a sandbox and with limits, and hands its answers to the
 * threads that wait for them. A program that ends, writes what is no message,
 * does not answer or writes too much is ended: every call fails from then on,
 * with the same error.
 *
 * Order: exec_session_start, exec_session_ask from any threads,
 * exec_session_end.
 */
#ifndef SOURCES_EXEC_SESSION_H
#define SOURCES_EXEC_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "sources/exec/reader.h"

struct config;
struct exec_session;

struct exec_settings {
	const struct config *cfg;	/* for the sandbox; or NULL */
	const char *name;		/* [source.NAME] */
	const char *command;		/* found by $PATH */
	const char *args;		/* split at blanks; or NULL */
	const char *const *words;	/* after these, as they are, NULL-ended;
					   paths in them can be read; or NULL */
	const char *state;		/* its own folder, absolute; made here */
	const char *tmp;		/* in which its work folder is made */
	uint64_t max_size;		/* bytes of a file that it delivers */
	int parallel;			/* requests at once that may come */
};

/* DONE when the program has said hello: settings are borrowed until the end.
 * SERVICE_FAILED with error, STOPPED. */
enum outcome exec_session_start(const struct exec_settings *settings,
    struct exec_session **out, struct error *error);

/* What the program said at the start. */
const struct exec_message *exec_session_hello(const struct exec_session *s);
/* The folder in which it may write; for requests. */
const char *exec_session_folder(const struct exec_session *s);

/* Makes the line of a request; see request.h. */
typedef char *exec_make_request(void *ctx, int64_t id);

/*
 * Asks and waits for the answer: a message of type wanted, or EXEC_ERROR
 * (exec_message_free). SERVICE_FAILED with error: there is none; a program that
 * took longer than timeout_ms, and answered when it was told to cancel, may be
 * asked again (SOURCE_OUTAGE), any other may not (SOURCE_UNUSABLE). STOPPED.
 */
enum outcome exec_session_ask(struct exec_session *s, exec_make_request *make,
    void *ctx, enum exec_type wanted, int64_t timeout_ms,
    struct exec_message *answer, struct error *error);

/* Ends the program for a reason that the caller found: returns SERVICE_FAILED
 * with error, as every later call does. */
enum outcome exec_session_put_out(struct exec_session *s, const char *text,
    struct error *error);

/* Closes the program's input and waits a few seconds for its end; then kills
 * it. Frees s (NULL allowed), and removes its work folder. False with error: it
 * had to be killed, or did not exit with 0. */
bool exec_session_end(struct exec_session *s, struct error *error);

#endif
