/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catalog: an inverted index from the words of names to the files of the
 * library, so that a track is compared with a few files only. Built once a run.
 */
#ifndef MATCH_CATALOG_H
#define MATCH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "match/match.h"

/* Raised when the rules of matching change, so that tracks without a match are
 * looked up again. */
#define CATALOG_EDITION 2

struct catalog;

struct catalog *catalog_new(void);
void catalog_free(struct catalog *c);	/* NULL allowed */
/* Copies what it needs. tag: the caller's id of the file. */
void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag);
/* The tag of the file that is the recording, with the reasons in j; SIZE_MAX
 * and j->pick -1 if there is none. Files for which excluded returns true (NULL:
 * none) are skipped. */
size_t catalog_find(const struct catalog *c, const struct track *t,
    bool (*excluded)(void *ctx, size_t tag), void *ctx, struct match_result *j);
/* If there is none: the tag of the best rejected file, with the reason in j;
 * SIZE_MAX if no file has the title. */
size_t catalog_best_rejected(const struct catalog *c, const struct track *t,
    bool (*excluded)(void *ctx, size_t tag), void *ctx, struct match_result *j);

#endif
