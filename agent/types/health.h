/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health: counts of problem files and outdated analyses, made by a run that
 * reaches its document; for the summary, metrics, `status`, `doctor` and
 * `missing`.
 */
#ifndef TYPES_HEALTH_H
#define TYPES_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/reason.h"

struct json;
struct json_writer;

/* Values of a file's tags that are compared with our analysis. */
enum tagged { TAGGED_TEMPO, TAGGED_KEY, TAGGED_ENERGY, TAGGED_COUNT };

struct health {
	bool known;			/* has been counted */
	size_t problems[REASON_COUNT];	/* files by reason */
	size_t outdated;		/* analyzed by an older version */
	size_t tagged[TAGGED_COUNT];	/* files where both are known */
	size_t disagree[TAGGED_COUNT];	/* of them, where they differ */
};

const char *tagged_name(enum tagged t);	/* "tempo", "key", "energy" */

size_t health_problems(const struct health *h);	/* of all reasons */
/* "3 truncated, 1 not-audio"; "" when there are none. Caller frees. */
char *health_text(const struct health *h);

/* Writes nothing if not counted. */
void health_to_json(const struct health *h, struct json_writer *w,
    const char *key);
void health_from_json(struct health *h, const struct json *v);

#endif
