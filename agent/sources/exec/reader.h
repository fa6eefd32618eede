/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader: what a source program says, as docs/sources.md specifies it: bytes
 * into messages, one line of JSON each. It knows the form of each message, not
 * what was asked.
 */
#ifndef SOURCES_EXEC_READER_H
#define SOURCES_EXEC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "types/candidate.h"

#define EXEC_PROTOCOL 1
#define EXEC_MAX_LINE (1u << 20)	/* 100 candidates need 100 KB */
#define EXEC_MAX_UNASKED (8u << 20)	/* bytes between two answers: progress
					   of many fetches needs far less */
#define EXEC_MAX_REF 1024		/* bytes of a reference or a name */
#define EXEC_MAX_PARALLEL 16
#define EXEC_MAX_RETRY_AFTER (7 * 86400)

enum exec_type {
	EXEC_HELLO, EXEC_CANDIDATES, EXEC_PROGRESS, EXEC_DONE, EXEC_ERROR
};

enum exec_code {
	EXEC_NOT_FOUND,		/* it has no such thing */
	EXEC_UNAVAILABLE,	/* this one can't be had */
	EXEC_RATE_LIMITED,	/* the service wants to be left alone */
	EXEC_AUTH,		/* a person must log in, or pay */
	EXEC_TEMPORARY		/* no network, or the service fails */
};

struct exec_message {
	enum exec_type type;
	int64_t id;			/* of the request; positive */
	/* EXEC_HELLO */
	char *name, *version;		/* never NULL, may be "" */
	bool search, isrc, link, track, lossless, counted;	/* capabilities */
	int parallel;			/* 1..EXEC_MAX_PARALLEL */
	/* EXEC_CANDIDATES: those that are valid; refs are the program's own */
	struct candidates candidates;
	size_t dropped;			/* invalid ones */
	/* EXEC_DONE */
	char *file;			/* as the program wrote it */
	/* EXEC_ERROR, and EXEC_PROGRESS with text only */
	enum exec_code code;
	char *text;			/* for people; secrets hidden; or NULL */
	int retry_after;		/* seconds; 0: not said */
};
void exec_message_free(struct exec_message *m);

/* One line without its newline. DONE, or SERVICE_FAILED with error: it is no
 * message of the protocol. m is filled, or empty. */
enum outcome exec_message_parse(const char *line, size_t len,
    struct exec_message *m, struct error *error);

/* May keep what m holds by emptying it. False: it wants no more. */
typedef bool exec_on_message(void *ctx, struct exec_message *m);

/* Starts as { 0 }; exec_reader_free. */
struct exec_reader {
	struct buf line;	/* its beginning */
	size_t unasked;		/* bytes; set it to 0 at each answer */
};

/* The next piece of output; calls on_message for each whole line. Empty lines
 * count as none. DONE, or SERVICE_FAILED with error: a line that is no message
 * or too long, or too much output; or STOPPED: on_message returned false. No
 * call may follow a failure. */
enum outcome exec_reader_feed(struct exec_reader *r, const char *data,
    size_t len, exec_on_message *on_message, void *ctx, struct error *error);
void exec_reader_free(struct exec_reader *r);

#endif
