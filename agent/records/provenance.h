/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * provenance: where each placed file came from, and which candidates are not a
 * track. A journal apart from the index, because it can't be rebuilt. After a
 * kill or a loss of the index it tells a file that the user deleted from one
 * that was never placed.
 *
 * A file is placed in this order: provenance_placing, the file gets its name,
 * the index is updated, provenance_placed, the original is removed if it was to
 * be moved, provenance_move_finished. After a kill in between the next run
 * finishes the rest.
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
	char *error;		/* the matcher's reasons */
	char *run;		/* the run that placed it */
	char *job;		/* that the track waited in; "": none, a like */
	int64_t at;		/* Unix time */
	bool placed;		/* false: placing was started only */
	struct leftover leftover;
	bool settled;		/* there is no original to remove */
	/* The file that it replaces; NULL: none. */
	char *replaces;		/* its identity */
	char *replaces_path;	/* relative */
	bool replaced;		/* that file is gone, or there is none */
};

void origin_free(struct origin *o);	/* what it holds; not o itself */

/* read_only: see keyed_journal.h. RUN_FAILED with error: the journal can't be
 * read. */
enum outcome provenance_open(const char *path, bool read_only,
    struct provenance **out, struct error *error);
void provenance_close(struct provenance *p);	/* NULL allowed */

enum outcome provenance_placing(struct provenance *p, const struct origin *o,
    struct error *error);
enum outcome provenance_placed(struct provenance *p, const char *key,
    const char *identity, struct error *error);
enum outcome provenance_move_finished(struct provenance *p, const char *key,
    const char *identity, struct error *error);

/* The file that this one replaces is gone. */
enum outcome provenance_replaced(struct provenance *p, const char *key,
    const char *identity, struct error *error);

/* The latest origin of a track; NULL: none. Borrowed, until the
 * next change. */
const struct origin *provenance_of_track(const struct provenance *p,
    const char *key);
/* The one of this track and this file. */
const struct origin *provenance_origin(const struct provenance *p,
    const char *key, const char *identity);
/* Every origin, by track, until each returns non-zero, which is returned. */
int provenance_each(const struct provenance *p, int (*each)(void *ctx,
    const struct origin *o), void *ctx);

/* A candidate that is another recording than the track. */
struct rejected {
	char *source, *ref, *reason;
	char *identity;		/* of the downloaded file; or NULL */
	int64_t at;
};

/* DONE when it is on stable storage, with the current time. */
enum outcome provenance_reject(struct provenance *p, const char *key,
    const struct rejected *what, struct error *error);
bool provenance_is_rejected(const struct provenance *p, const char *key,
    const char *ref);
int provenance_each_rejection(const struct provenance *p, const char *key,
    int (*each)(void *ctx, const struct rejected *what), void *ctx);

#endif
