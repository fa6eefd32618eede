/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lock: one run at a time on one library, whatever state folder it has: two
 * that did not know of each other would place every song twice.
 *
 * The lock is flock's on the library's own folder, so that nothing is left in
 * it. A network file system keeps such a lock on this machine only, or has
 * none of folders: there the file .likesync.lock is locked as well, which other
 * machines see, and is removed with the lock. What a killed run leaves of it
 * hinders nobody.
 */
#ifndef LIBRARY_LOCK_H
#define LIBRARY_LOCK_H

#include <stdbool.h>

#include "base/outcome.h"

struct library_lock;

/* Is root on a file system that other machines may use, too? */
bool library_is_remote(const char *root);

/* RUN_LATER with why: another run has the library. DONE also where there is
 * nothing to lock: a library that is missing is told by whoever reads it, and
 * one that can't be written gets nothing placed. remote: as
 * library_is_remote() says. */
enum outcome library_lock(const char *root, bool remote,
    struct library_lock **out, struct error *error);
void library_unlock(struct library_lock *l);	/* NULL allowed */

#endif
