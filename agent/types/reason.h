/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reason: why a file could not be analyzed, or not whole. A small closed set,
 * for those who count and sort: `analyze --json`, the index, `status` and the
 * metrics speak of it. The words beside it are those of a struct why.
 */
#ifndef TYPES_REASON_H
#define TYPES_REASON_H

#include <stdbool.h>

#include "base/outcome.h"

enum reason {
	REASON_NONE,
	/* Nothing of the file is analyzed. */
	REASON_NOT_AUDIO,	/* its bytes are of no kind that we know */
	REASON_NO_AUDIO,	/* a container, and no sound in it */
	REASON_UNSUPPORTED,	/* a codec, rate or channels beyond us */
	REASON_DAMAGED,		/* what is needed to decode it is broken */
	REASON_UNREADABLE,	/* the disk or its permissions say no */
	REASON_TIMEOUT,		/* it takes longer than is allowed */
	REASON_MEMORY,		/* it needs more than is allowed */
	REASON_CRASHED,		/* it breaks the decoder */
	/* Analyzed, for what there is. */
	REASON_TRUNCATED,	/* its end is missing */
	REASON_ERRORS,		/* parts of it are broken */
	REASON_MIXED,		/* its sample rate changes on the way */
	REASON_COUNT
};

/* Fills why (which may be NULL), reason included; returns TRACK_FAILED. */
enum outcome reason_set(struct error *error, enum reason r, const char *fmt,
    ...)
	__attribute__((format(printf, 3, 4)));

/* The reason of a failure of this file; one that nobody gave is DAMAGED. */
enum reason reason_of(const struct error *error);

/* "not-audio", "truncated", ...; "" for REASON_NONE. Static. */
const char *reason_name(enum reason r);
/* REASON_NONE for NULL and for what is no such name. */
enum reason reason_parse(const char *name);

/* Can a file be analyzed all the same? */
bool reason_is_partial(enum reason r);

#endif
