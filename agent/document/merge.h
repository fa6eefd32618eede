/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merge: the state of a merge, and how it copes with concurrent writers.
 * Private to document/.
 */
#ifndef DOCUMENT_MERGE_H
#define DOCUMENT_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/document.h"
#include "document/read.h"
#include "document/swap.h"

/* The document after the last call, from document.seen. */
struct last_merge {
	bool any;		/* there was a last call */
	int64_t size, mtime_ns, inode;	/* 0 where there was no document */
	size_t entries, ours;
	int64_t files;		/* digest of the library's files */
};

struct merge {
	struct document *d;
	struct file_table files;
	char *folder;		/* for large tables, or NULL */
	struct swap s;
	struct last_merge last;
};

/* Reads the document; while another program has not finished writing it, waits
 * and reads again. DONE: r can be merged; a document that is missing or blank,
 * and not about to be written, gets our entries alone. Close r in any case. */
enum outcome document_await(struct merge *m, struct reading *r,
    struct error *error);

/* Deals with the file that came out of an exchange: removes it if its content
 * is in the document, puts it back if it is newer, keeps it aside if it is
 * broken. Returns whether the document must be merged again. leftover: the
 * exchange was made by an earlier run. */
bool document_finish_interrupted(struct merge *m, const struct outgoing *out,
    bool leftover);

#endif
