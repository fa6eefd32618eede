/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_move: a document whose library stands somewhere else now: the paths
 * of its entries follow, and every other byte is as it was.
 */
#ifndef DOCUMENT_MOVE_H
#define DOCUMENT_MOVE_H

#include <stddef.h>

#include "base/outcome.h"

struct document_moved {
	size_t entries;		/* in it */
	size_t moved;		/* of them: their path was below old_root */
};

/* Copies the document at the descriptor `from` to `to`. to -1: it is only
 * looked through. old_root NULL: nothing moves. RUN_FAILED with why: it is no
 * whole document, or the disk fails; name stands for it in that. */
enum outcome document_move(const char *name, int from, int to,
    const char *old_root, const char *new_root, struct document_moved *m,
    struct error *error);

#endif
