/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * commands: the command line. One file per command; main.c has the table. A
 * command parses its options, does its work, prints, and returns an exit status
 * of sysexits.h.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct command_option;
struct config;
struct invocation;
struct json_writer;
struct run_options;

/* A row of the table in main.c. */
struct command {
	const char *name;
	const char *summary;
	int (*run)(struct invocation *v);
	bool needs_config;
};

struct invocation {
	const struct config *cfg;	/* NULL if the command needs none */
	int argc;			/* argv[0] is the command's name */
	char **argv;
	bool quiet, verbose;

	/* Called by command_options() once the options are parsed. Reads the
	 * configuration and sets cfg; returns -1 to go on, else the exit
	 * status. */
	int (*start)(struct invocation *v);
	void *start_ctx;
	/* Not NULL and true when start is called: the command starts a program
	 * of the desktop, which needs the user's full privileges. */
	const bool *for_desktop;
};

int cmd_sync(struct invocation *v);
int cmd_scan(struct invocation *v);
int cmd_merge(struct invocation *v);
int cmd_queue(struct invocation *v);
int cmd_auth(struct invocation *v);
int cmd_analyze(struct invocation *v);
int cmd_match(struct invocation *v);
int cmd_missing(struct invocation *v);
int cmd_playlist(struct invocation *v);
int cmd_export(struct invocation *v);
int cmd_forget(struct invocation *v);
int cmd_place(struct invocation *v);
int cmd_upgrade(struct invocation *v);
int cmd_pin(struct invocation *v);
int cmd_reject(struct invocation *v);
int cmd_status(struct invocation *v);
int cmd_history(struct invocation *v);
int cmd_report(struct invocation *v);
int cmd_backup(struct invocation *v);
int cmd_restore(struct invocation *v);
int cmd_doctor(struct invocation *v);
int cmd_reset(struct invocation *v);
int cmd_config(struct invocation *v);
int cmd_dump(struct invocation *v);
int cmd_source_test(struct invocation *v);

/* An option of a command: --name, or -n if it is one letter, with a value
 * unless flag is set. */
struct command_option {
	const char *name;
	const char *value;	/* its name in the help; NULL: a flag */
	const char *help;
	bool *flag;		/* set when given */
	const char **text;	/* set to the value; or NULL */
};

#define OPTION_JSON(set) \
	{ "json", NULL, "print one JSON object", (set), NULL }

/*
 * Parses argv against the table, options and operands in any order. Up to
 * max_operands operands (-1: any number) are moved to v->argv from 1 on, with a
 * NULL behind them, and counted in v->argc. --help prints usage and the options to stdout. Then calls
 * v->start: v->cfg is NULL before.
 * Returns -1 to go on, else the exit status to end with.
 */
int command_options(struct invocation *v, const char *usage,
    const struct command_option *options, int max_operands);

/* Prints "likesync COMMAND: MESSAGE; see ... --help" to stderr; returns 64. */
int command_usage(const struct invocation *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The value of an option; NULL: it was not given, and *out stays as it is. 0,
 * or -1 with a message. */
/* A whole number within [low, high]. */
int command_number(const struct invocation *v, const char *option,
    const char *text, long low, long high, long *out);
/* "45m", "6h" or "90", in seconds. */
int command_duration(const struct invocation *v, const char *option,
    const char *text, long long *out);

/* A writer with the object that --json prints, and in it the array; NULL:
 * none. */
struct json_writer *command_json(const char *array);
/* Closes what is open in w, prints its text as one line to stdout and frees
 * both. Returns print_end()'s exit status. */
int command_print_json(struct json_writer *w);

/* Prints a failure as {"error": {"scope", "text", "retryAfter"?}} to stdout;
 * scope says how far it reaches: "item", "service" or "run". */
void command_print_failure(enum outcome o, const struct error *error);
/* Prints "likesync COMMAND: ERROR" to stderr and, with json, that object.
 * Returns the exit status for o. */
int command_failed(const struct invocation *v, enum outcome o,
    const struct error *error, bool json);

/* Runs, and prints the summary as JSON if wanted. Returns the exit status. */
int command_run(const struct invocation *v, const struct run_options *opt,
    bool json);

#endif
