/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forget: takes a track out of the library for good. Its file, at every path
 * that has the same audio, is removed, its fingerprint is kept, and neither the
 * track nor a file that sounds the same is ever fetched again. Provenance stays.
 *
 * What is to be done is recorded first; a run finishes what a kill interrupted.
 */
#ifndef RUN_FORGET_H
#define RUN_FORGET_H

#include <stddef.h>

#include "base/outcome.h"

struct config;

/* identity: of the track's file, as it was shown to the user; NULL: it has
 * none. *removed: how many files. ITEM_FAILED: a file could not be removed; the
 * next run tries again. RUN_LATER: another run holds the lock. error->text is ""
 * if the failure was logged. */
enum outcome run_forget(const struct config *cfg, const char *key,
    const char *label, const char *identity, size_t *removed,
    struct error *error);
/* Allows the track again. ITEM_FAILED: it was not forgotten. */
enum outcome run_remember(const struct config *cfg, const char *key,
    struct error *error);

#endif
