/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text: names as words that can be compared. Folding is Unicode's (NFKC, case
 * folding, marks stripped, by utf8proc), then a table of letters that do not
 * decompose; what is no letter or digit separates words. No name folds to
 * nothing: one that is all signs keeps its signs.
 */
#ifndef MATCH_TEXT_H
#define MATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_WORDS 64	/* of a name; what is behind them decides nothing */

struct words {
	char *text;			/* holds them all; owned */
	const char *word[MAX_WORDS];
	size_t count;
};

void words_fold(struct words *w, const char *name);
void words_free(struct words *w);
bool words_has(const struct words *w, const char *word);

/* Compatibility forms resolved (full-width brackets, mathematical letters),
 * case and everything else kept; caller frees. For what is parsed first and
 * folded after. */
char *text_normalize(const char *name);

/* Is it all signs, such as "+++"? */
bool words_are_signs(const struct words *w);

/* A file's name as a title: without folders, extension, track numbers, keys
 * and bit rates that programs and shops put into it; caller frees. */
char *text_of_path(const char *path);

#endif
