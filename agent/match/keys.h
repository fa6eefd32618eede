/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys: the form of a word that is compared, one for several spellings: numbers
 * in words, digits and Roman numerals, "Mueller" and "Müller", "lovin'" and
 * "loving", "Pt." and "Part". Articles and "and" have an empty key.
 */
#ifndef MATCH_KEYS_H
#define MATCH_KEYS_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the key of a folded word. *numbered, kept from word to word, is true
 * if the number of a part may follow ("Pt. I"). */
void word_key(const char *word, bool *numbered, struct buf *out);
bool word_is_number(const char *word);	/* digits only */

#endif
