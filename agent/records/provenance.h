/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * provenance: where each file that we placed came from, and which candidates
 * turned out not to be a track. A journal, apart from the index, because nobody
 * else knows: it is what tells a file that the user removed from one that never
 * was, after the index was lost and after a kill.
 *
 * A file is placed in this order: provenance_placing, the file gets its name,
 * the index knows it, provenance_placed, the origin is removed if it was to be
 * moved, provenance_move_finished. Whatever the process died between, the next
 * run finds out from this what is left to be done.
 */
#ifndef RECORDS_PROVENANCE_H
#define RECORDS_PROVENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/stamp.h"
#include "types/media.h"

struct provenance;

/* The user's own file that is removed once its copy is placed. */
struct leftover {
	char *path;		/* absolute; NULL: nothing to remove */
	struct stamp stamp;	/* of the descriptor that was copied */
};

struct origin {
	char *key;		/* the track's */
	char *identity;
	char *path;		/* where it was placed, relative */
	char *source;		/* the source's name */
	char *ref;		/* the link or path there */
	char *error;		/* the judge's reasons */
	char *run;		/* the run that placed it */
	int64_t at;		/* Unix time */
	bool placed;		/* false: it was only about to be */
	struct leftover leftover;
	bool settled;		/* nothing is left to be removed */
};

void origin_free(struct origin *o);	/* what it holds; not o itself */

enum outcome provenance_open(const char *path, struct provenance **out,
    struct error *error);
void provenance_close(struct provenance *p);

enum outcome provenance_placing(struct provenance *p, const struct origin *o,
    struct error *error);
enum outcome provenance_placed(struct provenance *p, const char *key,
    const char *identity, struct error *error);
enum outcome provenance_move_finished(struct provenance *p, const char *key,
    const char *identity, struct error *error);

/* The latest origin of a track; NULL: none. Borrowed, until the
 * next change. */
const struct origin *provenance_of_track(const struct provenance *p,
    const char *key);
/* The one of this track and this file. */
const struct origin *provenance_origin(const struct provenance *p,
    const char *key, const char *identity);
int provenance_each(const struct provenance *p, int (*each)(void *ctx,
    const struct origin *o), void *ctx);

/* This candidate is not that track. */
struct rejected {
	char *source, *ref, *reason;
	char *identity;		/* of the file that came, if it was another
				   recording; or NULL */
	int64_t at;
};

/* DONE when it is on stable storage; its time is set to now. */
enum outcome provenance_reject(struct provenance *p, const char *key,
    const struct rejected *what, struct error *error);
bool provenance_is_rejected(const struct provenance *p, const char *key,
    const char *ref);
int provenance_each_rejection(const struct provenance *p, const char *key,
    int (*each)(void *ctx, const struct rejected *what), void *ctx);

#endif
