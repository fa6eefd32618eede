/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text: splits names into words for comparison. Folding is that of Unicode
 * (NFKC, case folding, accents dropped, by utf8proc), then the tables of
 * letters.h. Characters other than letters and digits separate words; brackets
 * and dashes also separate segments, commas and the like also names. A segment
 * of signs only keeps them, so that no name becomes empty. In scripts without
 * blanks each character is a word. "C#" is two words, "c" and "sharp".
 */
#ifndef MATCH_TEXT_H
#define MATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/letters.h"

#define MAX_WORDS 96	/* of a name; further ones are ignored */
#define MAX_SEGMENTS 24	/* of a name; further ones are part of the last */

struct word {
	const char *text;	/* folded */
	const char *key;	/* for comparison (keys.h); the text if all
				   keys of the name are empty */
	uint8_t segment;
	bool joint;		/* a sign that separates names precedes it */
	bool separator;		/* not a part of adjacent names; set by
				   offer_fold */
	bool glued;		/* to the sign: no blank between */
	char sign;		/* the last one before it, since the word
				   before: '.' ':' '@' ...; 0: none */
	enum script script;
};

/* A part between dashes, or a bracket. Words after a bracket belong to the
 * segment that it interrupted. */
struct name_segment {
	bool bracket;		/* (..), [..], 「..」 ... */
	bool square;		/* [..]: often labels and ids */
};

struct words {
	struct word word[MAX_WORDS];
	size_t count;
	struct name_segment segment[MAX_SEGMENTS];
	size_t segments;
	char *text;		/* holds the strings; owned */
};

void words_fold(struct words *w, const char *name);	/* NULL: none */
void words_free(struct words *w);

/* A name without blanks, since spellings differ in them. */
struct piece {
	char key[256];		/* "" if it has no words; cut if too many */
};

/* words from to to - 1 */
void piece_make(struct piece *p, const struct words *w, size_t from,
    size_t to);
void piece_of(struct piece *p, const char *name);
bool piece_same(const struct piece *a, const struct piece *b);

/* The number of words from word at on that form the piece; 0: they do not. A
 * star within a word matches any character. */
size_t words_run(const struct words *w, size_t at, const struct piece *p);
bool words_has(const struct words *w, const char *key);
/* The index after the last consecutive word of the segment of word from. */
size_t words_segment_end(const struct words *w, size_t from);
/* The first script among words from to to - 1. */
enum script words_script(const struct words *w, size_t from, size_t to);

#endif
