/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * takedowns: which tracks' files were taken out of the library by likesync, and
 * why: the user forgot the track, which is never fetched again, or it is no
 * longer liked, and its file is in the cold folder. A journal, because it can't
 * be rebuilt.
 *
 * Each change is two lines: what is about to be done, with all that is needed to
 * finish it after a kill, and that it is done. Reading is thread-safe while
 * nothing is written.
 */
#ifndef RECORDS_TAKEDOWNS_H
#define RECORDS_TAKEDOWNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/fingerprint.h"

struct takedowns;

enum takedown_state {
	TAKEDOWN_FORGETTING,	/* its files are to be removed */
	TAKEDOWN_FORGOTTEN,
	TAKEDOWN_REMEMBERED,	/* it may be fetched again */
	TAKEDOWN_COOLING,	/* its file is to be moved to `cold` */
	TAKEDOWN_COLD,
	TAKEDOWN_RETURNING,	/* and back to the library */
	TAKEDOWN_RETURNED,
	TAKEDOWN_STATES
};

struct takedown {
	char *key;		/* the track's */
	enum takedown_state state;
	char *label;		/* "Artist - Title" */
	char *identity;		/* of its file; NULL: it had none */
	struct fingerprint sound;	/* likewise; count 0: unknown */
	char *path;		/* of the file below the library, or NULL */
	char *cold;		/* its absolute path in the cold folder */
	char *doc_id;		/* of its entry in the document; or NULL */
	int64_t added_at;	/* the file, to the library; Unix time */
	int64_t at;		/* of the last line; Unix time */
};

/* read_only: see keyed_journal.h. RUN_FAILED with error. */
enum outcome takedowns_open(const char *path, bool read_only,
    struct takedowns **out, struct error *error);
void takedowns_close(struct takedowns *t);	/* NULL allowed */

/* A line with all of these, and the current time. Copied. */
enum outcome takedowns_begin(struct takedowns *t, const struct takedown *what,
    struct error *error);
/* The track's state is another one now; the rest stays. */
enum outcome takedowns_end(struct takedowns *t, const char *key,
    enum takedown_state state, struct error *error);

/* All take t NULL as empty; borrowed until the next change. NULL: the track
 * was never taken down. */
const struct takedown *takedowns_of(const struct takedowns *t,
    const char *key);
/* Did the user forget the track? */
bool takedowns_forbid(const struct takedowns *t, const char *key);
/* Is the track's file in the cold folder, or on its way there or back? */
bool takedowns_is_cold(const struct takedowns *t, const char *key);
/* May its file lie at d->cold? d NULL: no. */
bool takedowns_has_cold(const struct takedown *d);
/* The forgotten track with this file, or with one that sounds the same; NULL. */
const struct takedown *takedowns_match(const struct takedowns *t,
    const char *identity, const struct fingerprint *sound);
/* In the order of their first lines, until each returns non-zero, which is
 * returned. each may change the one that it gets. */
int takedowns_each(const struct takedowns *t, int (*each)(void *ctx,
    const struct takedown *what), void *ctx);

#endif
