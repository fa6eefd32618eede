/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cold: files that were replaced, until the next good run: in the library's
 * folder .likesync-cold, which scans leave out, by the run that put them there
 * and with their paths. Being on the same file system, they are renamed, never
 * copied.
 */
#ifndef RUN_COLD_H
#define RUN_COLD_H

#include "base/outcome.h"

struct run_context;

#define COLD_FOLDER ".likesync-cold"

/* Moves the library's file there. Follows no link, overwrites nothing. DONE also
 * if there is no such file. ITEM_FAILED: it can't be moved. */
enum outcome cold_take(struct run_context *run, const char *path,
    struct error *error);

/* Removes what earlier runs put there. Failures are logged. */
void cold_clear(struct run_context *run);

#endif
