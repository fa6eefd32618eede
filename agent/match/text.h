/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text: names as words that can be compared. Folding is Unicode's (NFKC, case
 * folding, accents dropped, by utf8proc), then the tables of letters.h. What
 * is no letter or digit separates words; some signs separate more than that:
 * brackets and dashes set segments apart, commas and the like stand between
 * names. No name folds to nothing: a segment that is all signs keeps them.
 * Scripts without blanks have a word for each character.
 */
#ifndef MATCH_TEXT_H
#define MATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/letters.h"

#define MAX_WORDS 96	/* of a name; what is behind them decides nothing */
#define MAX_SEGMENTS 24	/* likewise: more are taken as one */

struct word {
	const char *text;	/* folded */
	const char *key;	/* as it is compared, by keys.h; the text if
				   all words of the name had none */
	uint8_t segment;
	bool joint;		/* a sign that separates names is before it */
	bool parts;		/* it can't be a part of a name beside it; set
				   by who looks for names */
	enum script script;
};

/* A stretch between dashes, or a bracket. What follows a bracket belongs to
 * the segment that the bracket interrupted. */
struct stretch {
	bool bracket;		/* (..), [..], 「..」 ... */
	bool square;		/* [..]: labels and ids like it */
};

struct words {
	struct word word[MAX_WORDS];
	size_t count;
	struct stretch segment[MAX_SEGMENTS];
	size_t segments;
	char *text;		/* holds the strings; owned */
};

void words_fold(struct words *w, const char *name);	/* NULL: none */
void words_free(struct words *w);

/* A name in one piece, to be looked for: spaces come and go. */
struct piece {
	char key[256];		/* "" if it has no words; cut if too many */
};

/* words from to to - 1 */
void piece_make(struct piece *p, const struct words *w, size_t from,
    size_t to);
void piece_of(struct piece *p, const char *name);
bool piece_same(const struct piece *a, const struct piece *b);

/* How many words from word at on are the piece; 0: they are not. A star
 * within a word stands for any one character. */
size_t words_run(const struct words *w, size_t at, const struct piece *p);
bool words_has(const struct words *w, const char *key);
/* The word behind the stretch of one segment that word from begins. */
size_t words_stretch_end(const struct words *w, size_t from);
/* The first script among words from to to - 1. */
enum script words_script(const struct words *w, size_t from, size_t to);

/* The consonants of words from to to - 1 as they sound in Latin letters,
 * for names that are spelt in two scripts; false if nobody can say. */
#define MIN_SOUND 3	/* consonants; fewer are in many names */
bool words_sound(const struct words *w, size_t from, size_t to, char *out,
    size_t size);

#endif
