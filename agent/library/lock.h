/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lock: one run at a time on one library, whatever state folders they have:
 * two concurrent runs would place every track twice.
 *
 * The library's folder itself is locked with flock(2), which leaves no file. A
 * network file system keeps such a lock on this machine, or can't lock
 * folders: there the file .likesync.lock is locked as well, which other
 * machines see, and is removed on unlock. A killed run may leave that file,
 * unlocked.
 */
#ifndef LIBRARY_LOCK_H
#define LIBRARY_LOCK_H

#include <stdbool.h>

#include "base/outcome.h"

struct library_lock;

/* Is root on a file system that other machines may use too? */
bool library_is_remote(const char *root);

/* RUN_LATER with error: another run has the library. DONE also if the library
 * is missing or read-only, which later steps report. remote: the result of
 * library_is_remote(). */
enum outcome library_lock(const char *root, bool remote,
    struct library_lock **out, struct error *error);
void library_unlock(struct library_lock *l);	/* NULL allowed */

#endif
