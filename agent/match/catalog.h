/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catalog: the library's names, arranged so that the few files that could be
 * a track are found without comparing it with all of them: an inverted index
 * of folded title words. Build once a run, ask often.
 */
#ifndef MATCH_CATALOG_H
#define MATCH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "match/match.h"

/* Raised when the judgement is another: what was found in vain is asked for
 * again then. */
#define CATALOG_EDITION 2

struct catalog;

struct catalog *catalog_new(void);
void catalog_free(struct catalog *c);	/* NULL allowed */
/* Copies what it needs. tag is given back by catalog_find. */
void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag);
/* The tag of the file that is the recording, with the reasons; -1 as
 * j->pick and SIZE_MAX when there is none. A file of which barred says true
 * (NULL: of none) is passed over as if it were not there. */
size_t catalog_find(const struct catalog *c, const struct track *t,
    bool (*barred)(void *ctx, size_t tag), void *ctx, struct match_result *j);
/* When there is none: the tag of the file that comes nearest, with why it is
 * not the recording; SIZE_MAX if none has the title. */
size_t catalog_nearest(const struct catalog *c, const struct track *t,
    bool (*barred)(void *ctx, size_t tag), void *ctx, struct match_result *j);

#endif
