/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health: how the library's files fare, counted by a run that came as far as
 * its document: for the summary, metrics, `status`, `doctor` and `missing`.
 */
#ifndef TYPES_HEALTH_H
#define TYPES_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/reason.h"

struct json;
struct json_writer;

/* What a file's tags say beside what we hear. */
enum tagged { TAGGED_TEMPO, TAGGED_KEY, TAGGED_ENERGY, TAGGED_COUNT };

struct health {
	bool known;			/* it was counted */
	size_t problems[REASON_COUNT];	/* files, by what is wrong with them */
	size_t outdated;		/* analyzed by an older analyzer */
	size_t tagged[TAGGED_COUNT];	/* files where both are known */
	size_t disagree[TAGGED_COUNT];	/* of them, where they differ */
};

const char *tagged_name(enum tagged t);	/* "tempo", "key", "energy" */

size_t health_problems(const struct health *h);	/* of all reasons */
/* "3 truncated, 1 not-audio"; "" when there are none. Caller frees. */
char *health_text(const struct health *h);

/* Nothing is written of what was not counted. */
void health_to_json(const struct health *h, struct json_writer *w,
    const char *key);
void health_from_json(struct health *h, const struct json *v);

#endif
