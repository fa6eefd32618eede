/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys: a word as it is compared, where one word has several spellings:
 * numbers in words, in digits and in Roman, "Mueller" and "Müller", "lovin'"
 * and "loving", "Pt." and "Part". Articles and "and" come to nothing.
 */
#ifndef MATCH_KEYS_H
#define MATCH_KEYS_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the key of a folded word. *numbered is kept from word to word: in
 * it is remembered that a number of a part is next ("Pt. I"). */
void word_key(const char *word, bool *numbered, struct buf *out);

#endif
