/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * single: one step of a run alone, for commands that need it before the first
 * run or between two: under the run lock, without journal, metrics and hooks.
 * RUN_LATER: another run holds the lock.
 */
#ifndef RUN_SINGLE_H
#define RUN_SINGLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "index/index.h"
#include "types/track_list.h"

struct config;
struct map;

/* Has the index names and tags of the whole library? x NULL: no. */
bool run_library_was_read(struct index *x);
/* When it first had them, Unix time; 0: not yet. x NULL: 0. */
int64_t run_library_first_read(struct index *x);
/* Reads them into the index; analyzes nothing. error->text is "" if the failure
 * was logged. */
enum outcome run_read_library(const struct config *cfg, struct error *error);

/* Analyzes the files with these identities that have no analysis yet. error->text
 * as above. */
enum outcome run_analyze(const struct config *cfg,
    const struct map *identities, struct error *error);

/* Stores a playlist that was read, so that it is not read again before it
 * changes. */
enum outcome run_store_list(const struct config *cfg,
    const struct track_list *l, struct error *error);

#endif
