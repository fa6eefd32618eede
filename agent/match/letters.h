/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * letters: tables of equivalences beyond Unicode's foldings: letters with a
 * stroke, small capitals, similar letters of other scripts, and transliteration
 * to Latin. Code points are those of decomposed, case-folded text.
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

/* Its plain Latin form: "o" for ø; NULL: itself. */
const char *letter_plain(int32_t c);
/* The letter of script that looks like it: a Latin one for a Cyrillic or Greek
 * one, a Cyrillic one for a Latin one; 0: none. */
int32_t letter_alike(int32_t c, enum script script);
/* Its usual transliteration, "" for silent signs; NULL if there is none, as for
 * Han. */
const char *letter_latin(int32_t c);

#endif
