/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * work: titles of classical music, "Symphony No. 5 in C Minor, Op. 67: I.
 * Allegro con brio": form and number, key, catalogue numbers, movement. They are
 * compared part by part, since no two labels write one in the same way.
 */
#ifndef MATCH_WORK_H
#define MATCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/text.h"

#define MAX_CATALOGUES 4	/* of a work: "Op. 8 No. 1, RV 269" */

struct catalogue_number {
	const char *system;	/* "op", "bwv", ... */
	int number, sub;	/* "Op. 27 No. 2"; sub 0: none */
};

struct work {
	struct catalogue_number catalogue[MAX_CATALOGUES];
	size_t catalogues;
	int number;		/* of its form: "Symphony No. 5"; 0: none */
	int key;		/* 1 + semitones above C, + 12 for minor; 0:
				   none */
	int movement;		/* 0: none */
	size_t part;		/* first word of the movement's name; the count
				   of words if there is none */
	bool form;		/* has the word of one: "Sonata" */
	uint8_t token[MAX_WORDS];	/* words of the above; of form words
					   too */
};

/* Reads the words that skip, if not NULL, does not exclude. */
void work_read(struct work *work, const struct words *w, const uint8_t *skip);
/* "sonata", "symphonies" */
bool is_form(const char *word);
/* Whether it says enough to be a work of classical music. */
bool work_is_known(const struct work *work);

/* Whether both are the same work and movement; else *why says what differs. a
 * says what is searched. Sets the roles of b's words: those that the two share,
 * and those that say nothing. */
bool work_same(const struct work *a, const struct words *aw,
    const struct work *b, const struct words *bw, uint8_t *role,
    const char **why);

/* Whether the words are a composer's name; whether a word is a surname of
 * one. */
bool is_composer(const struct words *name);
bool is_composer_word(const char *key);

#endif
