/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_merge: what a merge holds while it works, and how long it bears
 * with other writers. Private to the document.
 */
#ifndef DOCUMENT_MERGE_H
#define DOCUMENT_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/document.h"
#include "document/read.h"
#include "document/swap.h"

/* How the last call left the document: its note, read. */
struct known {
	bool any;		/* there was a last call */
	int64_t size, mtime_ns, inode;	/* 0 where there was no document */
	size_t entries, ours;
};

struct merge {
	struct document *d;
	struct catalogue c;
	struct swap s;
	struct known known;
};

/* Reads the document, and reads it again while it is somebody's half-done
 * write. DONE: r can be merged; if it is missing or blank, and that is no
 * half-done write, with our entries alone. To be closed in any case. */
enum outcome document_await(const struct merge *m, struct reading *r,
    struct error *error);

/* Looks at a file that came out until it may be removed or put back. Returns
 * whether the document is another one now and must be merged again. leftover:
 * it is of an earlier run. */
bool document_finish_interrupted(struct merge *m, const struct outgoing *out,
    bool leftover);

#endif
