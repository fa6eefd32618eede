/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reason: why a file is not or only partly analyzed: a small closed set for
 * `analyze --json`, the index, `status` and the metrics. The text beside it is
 * in a struct error.
 */
#ifndef TYPES_REASON_H
#define TYPES_REASON_H

#include <stdbool.h>

#include "base/outcome.h"

enum reason {
	REASON_NONE,
	/* Nothing of the file is analyzed. */
	REASON_NOT_AUDIO,	/* unsupported audio format */
	REASON_NO_AUDIO,	/* a container without audio */
	REASON_UNSUPPORTED,	/* unsupported codec, rate or channels */
	REASON_DAMAGED,		/* can't be decoded */
	REASON_UNREADABLE,	/* disk error or permissions */
	REASON_TIMEOUT,		/* exceeds the time limit */
	REASON_MEMORY,		/* exceeds the memory limit */
	REASON_CRASHED,		/* crashes the decoder */
	/* Partly analyzed. */
	REASON_TRUNCATED,	/* its end is missing */
	REASON_ERRORS,		/* parts of it are broken */
	REASON_MIXED,		/* its sample rate changes */
	REASON_COUNT
};

/* Fills error (NULL allowed), reason included; returns ITEM_FAILED. */
enum outcome reason_set(struct error *error, enum reason r, const char *fmt,
    ...)
	__attribute__((format(printf, 3, 4)));

/* The reason in error; DAMAGED if it has none. */
enum reason reason_of(const struct error *error);

/* "not-audio", "truncated", ...; "" for REASON_NONE. Static. */
const char *reason_name(enum reason r);
/* REASON_NONE for NULL and for an unknown name. */
enum reason reason_parse(const char *name);

/* Is a file with this reason partly analyzed? */
bool reason_is_partial(enum reason r);

#endif
