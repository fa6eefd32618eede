/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tags: what a file says of itself, from the names that the formats and the
 * taggers use to struct tags. Where the names and values come from is the
 * caller's: libavformat (decoder_tag), or TagLib for what that does not give.
 */
#ifndef WORKER_TAGS_TAGS_H
#define WORKER_TAGS_TAGS_H

struct tags;

#define TAG_MAX 1024	/* bytes of one text; names have a hundred */

/* The value of a tag by name, whatever its case, or NULL. */
typedef const char *(*tag_finder)(void *ctx, const char *name);

/* Fills t anew. Texts are made valid UTF-8 without control characters, and
 * cut at TAG_MAX; what is not plausible is left out. tags_free. */
void tags_read(struct tags *t, tag_finder find, void *ctx);

#endif
