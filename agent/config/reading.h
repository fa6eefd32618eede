/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config_reading: a configuration while it is being read. config.c makes a
 * list of settings out of the lines, config_apply.c a struct config out of
 * the list. Both note whatever is wrong and go on. Private to config*.c.
 */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "config/config.h"

/* One key = value line, in a section that there is. */
struct setting {
	char *section, *key, *value;
	int line;
	bool bad;		/* its value can't be read: told already */
};

/* Kept until the end, to be told in the order of lines. */
struct reading_error {
	int line;			/* 0: about what is not there */
	size_t index;
	char *text;
};

struct reading {
	const char *name;		/* of the file, for errors */
	const char *at, *end;		/* what is left of it */
	int line;
	char *section;			/* that it is in; NULL: none yet */
	bool skipping;			/* there is no such section */
	struct setting *settings;
	size_t n, cap;
	struct reading_error *errors;
	size_t n_errors, cap_errors;
	struct config *config;
};

/* Notes an error; it begins with section.key where it is about one. */
void reading_fail(struct reading *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Keeps the nearer to word of best (which may be NULL) and candidate, if that
 * is near enough to ask "did you mean ...?". */
const char *word_nearer(const char *word, const char *best,
    const char *candidate);

/* Does likesync run for the whole machine: as root, or as its own user? */
bool config_is_system(void);

/* Fills r->config from the settings and the defaults. */
void config_apply(struct reading *r);

#endif
