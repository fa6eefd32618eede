/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * write: copies the document byte by byte, except entries that are dropped or
 * changed, new entries at the end, and generatedAt, totalFiles and
 * analyzedTracks at the top. Private to document/.
 */
#ifndef DOCUMENT_WRITE_H
#define DOCUMENT_WRITE_H

#include <stdbool.h>

#include "document/document.h"
#include "document/read.h"

/* Finds the files that get a new entry, and counts in report what a merge of r
 * changes; false if nothing. */
bool merge_count(const struct reading *r, const struct file_table *files,
    struct document_report *report);

/* A second file that gets the same bytes. */
struct copy {
	int fd;			/* or -1 */
	int error;		/* errno of the first failure; 0 */
};

/* Writes the merged document to `to`, and to copy. Then r describes what was
 * written, except fd and st. Returns 0, or -1 with errno set; EAGAIN: r's file
 * is not what was read, or what the map says. */
int merge_write(struct reading *r, const struct file_table *files, int to,
    struct copy *copy);

#endif
