/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_access: who may read and write the document, before and after its
 * file is another one. Private to the document.
 */
#ifndef DOCUMENT_ACCESS_H
#define DOCUMENT_ACCESS_H

#include <sys/stat.h>

#include "base/outcome.h"

/* Fills why for a system call on path that failed; verb: "read", "written".
 * RUN_CONFIG where a person can mend it, else RUN_FAILED. */
enum outcome document_refused(const char *path, const char *verb, int errnum,
    struct error *error);

/* May a document that is there be written by us at all? */
enum outcome access_check(const char *path, struct error *error);

/*
 * Gives the new file owner, group, mode and extended attributes (access
 * control lists are such) of the old. Where only root could give it the owner
 * or group, that is left out, unless somebody who may use the document now
 * could not any more: then RUN_CONFIG.
 */
enum outcome access_copy(int from, const struct stat *old, int to,
    const char *path, struct error *error);

#endif
