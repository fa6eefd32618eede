/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program: what the sources that start a program share: its command line and
 * environment, and the files that it can reach.
 */
#ifndef SOURCES_PROGRAM_H
#define SOURCES_PROGRAM_H

#include <stddef.h>

struct config;

/* A command line or environment under construction, of borrowed words and
 * owned ones. Words beyond PROGRAM_MAX_ARGS are dropped. { .n = 0 } is empty
 * and ends with arguments_free. */
#define PROGRAM_MAX_ARGS 80
struct arguments {
	const char *argv[PROGRAM_MAX_ARGS];
	size_t n;
	char *owned[PROGRAM_MAX_ARGS];
	size_t n_owned;
};
void arguments_add(struct arguments *w, const char *word);
void arguments_add_all(struct arguments *w, const char *const *words); /* NULL-ended */
void arguments_add_owned(struct arguments *w, char *word);	/* takes word */
void arguments_add_split(struct arguments *w, const char *text); /* at blanks; NULL
							    adds nothing */
void arguments_free(struct arguments *w);

/* The full path of a program that a source names: as the PATH finds it, else one
 * that is installed with likesync. Caller frees; NULL with errno as of
 * process_find. */
char *program_find(const char *name);

/* Adds what a program needs to find others and the network. */
void program_env(struct arguments *env, const char *home, const char *tmp);

/* System files, the program's own, and the absolute paths in args (may be
 * NULL), to read; the path of the option updates (NULL: none) also to
 * overwrite. cfg may be NULL. NULL if the kernel has no Landlock.
 * landlock_free. */
struct landlock *program_sandbox(const struct config *cfg, const char *program,
    const char *args, const char *updates);

#endif
