/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catalog: the library's names, arranged so that the few files that could be
 * a track are found without comparing it with all of them: an inverted index
 * of folded title words. Build once a run, ask often.
 */
#ifndef MATCH_CATALOG_H
#define MATCH_CATALOG_H

#include <stddef.h>

#include "match/match.h"

struct catalog;

struct catalog *catalog_new(void);
void catalog_free(struct catalog *c);	/* NULL allowed */
/* Copies what it needs. tag is given back by catalog_find. */
void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag);
/* The tag of the file that is the recording, with the reasons; -1 as
 * j->pick and SIZE_MAX when there is none. */
size_t catalog_find(const struct catalog *c, const struct track *t,
    struct judgement *j);

#endif
