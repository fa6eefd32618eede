/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_patch: changes members of one JSON object in its text, and leaves
 * every other byte as it is. Private to the document.
 */
#ifndef DOCUMENT_PATCH_H
#define DOCUMENT_PATCH_H

#include <stddef.h>

#include "base/buf.h"
#include "document/entry.h"

struct json;

/* Parses text (an entry) as the first pass saw it and hands it to use: inner
 * containers are empty. -1 if it is no JSON value. */
int entry_view(const char *text, size_t len,
    void (*use)(void *ctx, const struct json *entry), void *ctx);

/* Appends text, an object, with the edits made to out: a member that is there
 * gets its new value (of several of one name the last, which is what counts),
 * another comes last, spaced as its neighbours are. -1 if text is no object;
 * out is as it was then. */
int entry_patch(const char *text, size_t len, const struct edits *edits,
    struct buf *out);

#endif
