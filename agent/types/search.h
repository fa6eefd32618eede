/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * search: a track's cached search results and its skipped candidates, whose
 * download failed and is not repeated too soon. One record of the index.
 */
#ifndef TYPES_SEARCH_H
#define TYPES_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/candidate.h"

struct past_search {
	char *source;		/* its name */
	char *query;
	int64_t at;		/* Unix time */
	struct candidates found;
};

#define SKIP_S (7 * 86400)	/* removed videos seldom come back, regions
				   and formats change; a try is one download */
#define SKIP_OUTAGES 3	/* of a source that worked between them: then
				   they are this candidate's own */

/* A candidate whose download failed; it is not rejected. */
struct skipped {
	char *source, *ref, *error;
	int64_t at;		/* Unix time, the last one */
	int64_t until;		/* not tried before; 0: at any time */
	int outages;		/* so many of them, and the source worked in
				   between; 0: the candidate itself failed */
	bool now;		/* in this run: it is not tried again in it */
};

struct searches {
	struct past_search *items;
	size_t count, cap;
	struct skipped *skipped;
	size_t n_skipped, skipped_cap;
	bool changed;		/* a candidate was skipped: store it */
};

void searches_free(struct searches *s);		/* leaves it empty */
/* Not older than max_age seconds, nor from the future; NULL. Borrowed. */
const struct past_search *searches_find(const struct searches *s,
    const char *source, const char *query, int64_t now, int64_t max_age);
/* Copies the result, replacing an older one. */
void searches_keep(struct searches *s, const char *source, const char *query,
    int64_t now, const struct candidates *found);

/* Don't try the candidate for `seconds`; 0: for this run. */
void searches_skip(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t seconds);
/* An outage of its source, which last delivered at `worked`. */
void searches_note_outage(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t worked);
bool searches_passes_over(const struct searches *s, const char *source,
    const char *ref, int64_t now);

/* Older ones are left out. */
char *searches_to_text(const struct searches *s, int64_t now,
    int64_t max_age, size_t *len);		/* caller frees */
/* Malformed parts are skipped. */
void searches_from_text(struct searches *s, const char *text, size_t len);

#endif
