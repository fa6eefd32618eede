/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * patch: changes members of one JSON object in its text and leaves all other
 * bytes as they are. Private to document/.
 */
#ifndef DOCUMENT_PATCH_H
#define DOCUMENT_PATCH_H

#include <stddef.h>

#include "base/buf.h"
#include "document/entry.h"

struct json;

/* Parses an entry as the first pass does, its inner containers empty, and calls
 * use with it. -1 if text is no JSON value. */
int entry_parse(const char *text, size_t len,
    void (*use)(void *ctx, const struct json *entry), void *ctx);

/* Appends text, an object, to out with the edits made: an existing member gets
 * its new value (of several with one name the last, which is the valid one); a
 * new member is added at the end, spaced like the others. -1 if text is no
 * object; out is unchanged then. */
int entry_patch(const char *text, size_t len, const struct edits *edits,
    struct buf *out);

#endif
