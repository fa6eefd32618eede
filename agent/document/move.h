/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * move: rewrites the paths of a document's entries for a library in another
 * folder; all other bytes are copied unchanged.
 */
#ifndef DOCUMENT_MOVE_H
#define DOCUMENT_MOVE_H

#include <stddef.h>

#include "base/outcome.h"

struct document_moved {
	size_t entries;		/* in it */
	size_t moved;		/* of them: path was below old_root */
};

/* Copies the document from descriptor `from` to `to`; -1: only counts. old_root
 * NULL: no path changes. RUN_FAILED with error, which begins with name: it is
 * not a whole document, or reading or writing failed. */
enum outcome document_move(const char *name, int from, int to,
    const char *old_root, const char *new_root, struct document_moved *m,
    struct error *error);

#endif
