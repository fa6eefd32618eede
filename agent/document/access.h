/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * access: permissions of the document, which its replacement takes over.
 * Private to document/.
 */
#ifndef DOCUMENT_ACCESS_H
#define DOCUMENT_ACCESS_H

#include <sys/stat.h>

#include "base/outcome.h"

/* Fills error for a system call on path that failed with errnum; verb: "read"
 * or "written". RUN_CONFIG where the user can fix it, else RUN_FAILED. */
enum outcome document_error(const char *path, const char *verb, int errnum,
    struct error *error);

/* DONE if the document can be read and written, or does not exist. */
enum outcome access_check(const char *path, struct error *error);

/*
 * Copies owner, group, mode and extended attributes (access control lists
 * among them) from the old file to the new one. Owner or group that only root
 * could set are left out, unless that would take access from a user who has it
 * now: then RUN_CONFIG.
 */
enum outcome access_copy(int from, const struct stat *old, int to,
    const char *path, struct error *error);

#endif
