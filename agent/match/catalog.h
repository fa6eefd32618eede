/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catalog: the files of the library by the words of their names, so that a
 * track is compared with a few files only. It holds nothing itself: whoever
 * keeps the files lists each under its catalog_words, and answers the questions
 * of struct catalog. Files are known by numbers.
 */
#ifndef MATCH_CATALOG_H
#define MATCH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/match.h"

/* Raised when the rules of matching or the words change, so that the lists are
 * made anew and tracks without a match are looked up again. */
#define CATALOG_EDITION 4

/* Calls add for each word that a file with this name is listed under; a word
 * may come several times. None begins with a control character. */
void catalog_words(const struct library_name *name,
    void (*add)(void *ctx, const char *word), void *ctx);

struct catalog {
	void *ctx;
	/* How many files have the word. */
	size_t (*count)(void *ctx, const char *word);
	bool (*has)(void *ctx, const char *word, uint32_t file);
	/* The files with the word, in rising order, into *files, which the
	 * caller frees; returns how many. */
	size_t (*list)(void *ctx, const char *word, uint32_t **files);
	/* The file's name, borrowed until the query is answered. False: the
	 * file may not be the track's, or does not exist. */
	bool (*name)(void *ctx, uint32_t file, struct library_name *out);
};

#define CATALOG_NONE 0		/* no file has this number */

/* The file that is the recording, with the reasons in j. If there is none,
 * CATALOG_NONE and j->pick -1; then, unless rejected is NULL, *rejected is the
 * best rejected file, with the reason in j, and CATALOG_NONE if no file has the
 * title. */
uint32_t catalog_find(const struct catalog *c, const struct track *t,
    uint32_t *rejected, struct match_result *j);

#endif
