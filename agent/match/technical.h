/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * technical: the words of a name that programs, shops and sites add and that say
 * nothing about the recording: track and catalogue numbers, key and tempo, ids,
 * dates with a time, lengths, sizes, domains.
 */
#ifndef MATCH_TECHNICAL_H
#define MATCH_TECHNICAL_H

#include "match/text.h"

/* Gives those of the open words the role ROLE_NUMBER. Numbers beside the title
 * belong to it, unless no title ends in such a number. */
void technical_mark(const struct words *w, uint8_t *role,
    size_t title_segment, bool is_file);

#endif
