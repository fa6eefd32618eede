/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * archive: reads audio members of zip, tar, 7z and rar files, by libarchive.
 * Members are streamed to a descriptor; their names are never used as paths.
 */
#ifndef SOURCES_ARCHIVE_H
#define SOURCES_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"

#define ARCHIVE_MAX_MEMBERS 10000	/* a label's whole catalogue is less */
#define ARCHIVE_MAX_TOTAL (20ull << 30)	/* the largest purchase, unpacked */
#define ARCHIVE_MAX_RATIO 200		/* audio hardly packs at all; a bomb */
#define ARCHIVE_RATIO_FROM (64ull << 20) /* packs a thousandfold, from here */

bool archive_name_is_one(const char *name);

/* Calls each with every audio member's name; non-zero ends the walk. Within
 * it, archive_extract_current writes the member to a descriptor. */
struct archive_walk;
typedef int archive_each(void *ctx, struct archive_walk *w,
    const char *member);
/* ITEM_FAILED with error: damaged, encrypted, or over a limit. */
enum outcome archive_each_audio(const char *path, uint64_t max_member,
    archive_each *each, void *ctx, struct error *error);
enum outcome archive_extract_current(struct archive_walk *w, int fd,
    struct error *error);

#endif
