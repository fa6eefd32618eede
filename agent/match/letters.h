/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * letters: what Unicode's foldings leave apart though people take it for the
 * same: letters with a stroke, small capitals, letters of another script that
 * look alike, and other scripts spelt in Latin letters. Tables and nothing
 * else; code points are those of text that is decomposed and case-folded.
 */
#ifndef MATCH_LETTERS_H
#define MATCH_LETTERS_H

#include <stdint.h>

enum script {
	SCRIPT_NONE,		/* digits and signs: belong to any */
	SCRIPT_LATIN, SCRIPT_GREEK, SCRIPT_CYRILLIC, SCRIPT_HEBREW,
	SCRIPT_ARABIC, SCRIPT_HANGUL, SCRIPT_CJK /* no blanks between words */,
	SCRIPT_OTHER
};

enum script letter_script(int32_t c);

/* What a Latin keyboard writes for it: "o" for ø; NULL: itself. */
const char *letter_plain(int32_t c);
/* The Latin letter that a Cyrillic or Greek one looks like, and the Cyrillic
 * one that a Latin one looks like; 0: none. */
int32_t letter_latin_alike(int32_t c);
int32_t letter_cyrillic_alike(int32_t c);
/* Its usual spelling in Latin letters, "" for signs that have no sound; NULL
 * if there is none, as for Han. */
const char *letter_latin(int32_t c);

#endif
