/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * commands: how a person or a script gets in. One file a command; main.c's
 * table names them. A command parses its own options, asks the rooms, prints,
 * and returns an exit status of sysexits.h.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct command_option;
struct config;
struct invocation;

/* One of main.c's table. */
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
	const struct command *commands;	/* all there are, for completion */
	size_t n_commands;

	/* What a command needs beside its words: called by command_options()
	 * once they are understood. Sets cfg; returns -1 to go on, else the
	 * exit status. */
	int (*start)(struct invocation *v);
	void *start_ctx;
	/* Not NULL and set when start is called: the command starts a program
	 * of the desktop, which is to have the user's own privileges. */
	const bool *for_desktop;

	/* Not NULL: the command is not to run. command_options() tells this
	 * what it would take, and says to end. A command with verbs calls each
	 * of them, with verb set. */
	void (*describe)(void *ctx, const char *verb, const char *usage,
	    const struct command_option *options);
	void *describe_ctx;
	const char *verb;
};

int cmd_sync(struct invocation *v);
int cmd_scan(struct invocation *v);
int cmd_auth(struct invocation *v);
int cmd_analyze(struct invocation *v);
int cmd_match(struct invocation *v);
int cmd_missing(struct invocation *v);
int cmd_pin(struct invocation *v);
int cmd_reject(struct invocation *v);
int cmd_status(struct invocation *v);
int cmd_history(struct invocation *v);
int cmd_report(struct invocation *v);
int cmd_backup(struct invocation *v);
int cmd_restore(struct invocation *v);
int cmd_doctor(struct invocation *v);
int cmd_config(struct invocation *v);
int cmd_completion(struct invocation *v);

/* An option of a command: --name, or -n if it is one letter, with a value
 * unless flag is set. */
struct command_option {
	const char *name;
	const char *value;	/* what the help calls it; NULL: a flag */
	const char *help;
	bool *flag;		/* set when given */
	const char **text;	/* set to the value; or NULL */
};

/*
 * Parses argv against the table, in any order, up to max_operands operands
 * (-1: any number), which are moved to the front of v->argv from 1 on and
 * counted in v->argc. --help prints usage and the options to stdout. Then
 * starts the command: v->cfg is NULL before this was called.
 * Returns -1 to go on, else the exit status to end with.
 */
int command_options(struct invocation *v, const char *usage,
    const struct command_option *options, int max_operands);

/* "-" before a name of one letter, else "--". */
const char *command_dashes(const struct command_option *o);

/* "likesync COMMAND: what is wrong" on stderr; returns 64. */
int command_usage(const struct invocation *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A whole number within [low, high]; -1 with a message if text is none. */
int command_number(const struct invocation *v, const char *option,
    const char *text, long low, long high, long *out);
/* "45m", "6h", "90": seconds. */
int command_duration(const struct invocation *v, const char *option,
    const char *text, long long *out);

/* Prints a JSON text and a newline to stdout, frees it; exit status 0, or 1
 * if it could not be written. */
int command_print_json(char *text);

/* The summary of a run, likewise. */
struct summary;
int command_print_summary(const struct summary *s);

#endif
