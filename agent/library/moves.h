/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * moves: which names files get when they move to the paths that they should
 * have, and in which order, so that no step needs a name that is taken. Files
 * that should have the same path are numbered, as by place_free_name; one that
 * has such a name already keeps it. In a circle, one file waits under a name of
 * its own, which ends in " [moving]".
 *
 * The result is the same whichever of the steps have been made before, so that
 * moves that were interrupted are finished by making the plan again.
 *
 * Add the files with moves_add, then moves_plan, once.
 */
#ifndef LIBRARY_MOVES_H
#define LIBRARY_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Paths are relative to the library and owned. */
struct move {
	char *from;
	char *wanted;		/* where it should be */
	char *to;		/* where it will be; NULL: it stays */
	char *identity;		/* of its audio */
	int64_t added_at;	/* Unix time: who comes first among equals */
	const struct move *original;	/* a file with the same audio, which is
				   moved or in place instead; or NULL */
};

struct move_step {
	size_t move;		/* its number */
	char *from, *to;
};

struct moves {
	struct move *items;
	size_t count, cap;
	struct move_step *steps;	/* in order */
	size_t n_steps, cap_steps;
};

/* The returned one holds copies. Valid until the next call. */
struct move *moves_add(struct moves *m, const char *from, const char *wanted,
    const char *identity, int64_t added_at);
/* Sorts the files by wanted, and fills to, original and the steps. taken: has
 * something this name that is not the file at by itself? */
void moves_plan(struct moves *m, bool (*taken)(void *ctx, const char *path,
    const char *by), void *ctx);
void moves_free(struct moves *m);

#endif
