/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reading: a configuration while it is read. config.c turns lines into
 * settings, apply.c settings into a struct config. Both note every error and
 * continue. Private to config/.
 */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "config/config.h"

/* One key = value line of a known section. */
struct setting {
	char *section, *key, *value;
	int line;
	bool bad;		/* no readable value; the error is noted */
};

/* Kept until the end and printed in the order of lines. */
struct reading_error {
	int line;			/* 0: about something missing */
	size_t index;
	char *text;
};

struct reading {
	const char *name;		/* of the file, for errors */
	int line;
	char *section;			/* current; NULL: none yet */
	bool skipping;			/* the section is unknown */
	struct setting *settings;
	size_t n, cap;
	struct reading_error *errors;
	size_t n_errors, cap_errors;
	struct config *config;
};

/* Notes an error, which begins with section.key if it is about one. */
void reading_fail(struct reading *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The closer to word of best (may be NULL) and candidate, if close enough for
 * "did you mean ...?". */
const char *closer_word(const char *word, const char *best,
    const char *candidate);

/* True if likesync runs as root or as the user likesync. */
bool config_is_system(void);

/* Fills r->config from the settings and the defaults. */
void config_apply(struct reading *r);

#endif
