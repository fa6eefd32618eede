/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tags: fills struct tags from the names that formats and taggers use. The
 * caller looks the values up: with libavformat (decoder_tag), or with TagLib
 * (tag_reader_find) for tags that libavformat does not read.
 */
#ifndef WORKER_TAGS_TAGS_H
#define WORKER_TAGS_TAGS_H

struct tags;

#define TAG_MAX 1024	/* bytes of one text; names have a hundred */

/* The value of a tag by name, whatever its case, or NULL. */
typedef const char *(*tag_finder)(void *ctx, const char *name);

/* Overwrites t. Texts are made valid UTF-8 without control characters and cut
 * at TAG_MAX; implausible values are left out. Caller frees with tags_free. */
void tags_read(struct tags *t, tag_finder find, void *ctx);

#endif
