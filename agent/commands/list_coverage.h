/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * list_coverage: a list that the command line names, read and compared with the
 * library, for `playlist` and `export`. Works beside a run, and before the
 * first one: then names and tags of the library are read under the run lock.
 */
#ifndef COMMANDS_LIST_COVERAGE_H
#define COMMANDS_LIST_COVERAGE_H

#include "commands/commands.h"
#include "commands/state_reader.h"
#include "spotify/link.h"
#include "types/coverage.h"

struct list_operand {
	const char *text;	/* a link or a file */
	const char *name;	/* of a playlist in a file; NULL: all */
	struct spotify_link link;
	bool json;		/* a failure is printed as JSON too */
};

/* EX_OK, or EX_USAGE with a message: text is neither a link nor a file. text
 * and name are borrowed. Frees what it has made on failure. */
int list_operand_parse(const struct invocation *v, const char *text,
    const char *name, struct list_operand *out);
void list_operand_free(struct list_operand *list);

/* EX_OK, and the caller frees out by coverage_free; else the exit status, after
 * a message. */
int list_coverage_make(const struct invocation *v, struct list_operand *list,
    struct coverage *out);

/* Opens r with an index that has the library, which is read if need be. EX_OK,
 * and the caller closes r; else the exit status, after a message. */
int list_open_library(const struct invocation *v, struct state_reader *r);

#endif
