/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sounds: compares names that are written in two scripts, by their Latin
 * transliteration. Where spellings differ (vowels, similar consonants) the
 * consonants must agree.
 */
#ifndef MATCH_SOUNDS_H
#define MATCH_SOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "match/text.h"

#define MIN_SOUND 3	/* consonants of a name; fewer are in many names */
#define MIN_GUEST_SOUND 2	/* of a guest of both titles */
#define MIN_LATIN 4	/* letters, if all of them agree */

/* Some of the words of a name. */
struct span {
	const struct words *w;
	size_t from, to;
};

/* Whether the two are in different scripts and have the same sound: min
 * consonants or more, or all letters. False for scripts without
 * transliteration. */
bool sounds_same(struct span a, struct span b, size_t min);

#endif
