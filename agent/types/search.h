/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * search: what a source answered to a query, so that a retry need not ask the
 * same again, and which candidates could not be had, so that they are not asked
 * for again too soon. All of this for a track is one record of the index.
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

#define SETBACK_S (7 * 86400)	/* removed videos seldom come back, regions
				   and formats change; a try is one download */
#define SETBACK_OUTAGES 3	/* of a source that worked between them: then
				   they are this candidate's own */

/* A candidate that could not be had. No verdict: nobody heard it. */
struct setback {
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
	struct setback *setbacks;
	size_t n_setbacks, setbacks_cap;
	bool changed;		/* a setback has to be remembered */
};

void searches_free(struct searches *s);		/* leaves it empty */
/* Not older than max_age seconds, nor from the future; NULL. Borrowed. */
const struct past_search *searches_find(const struct searches *s,
    const char *source, const char *query, int64_t now, int64_t max_age);
/* Keeps it in the place of an older one; copies what it is given. */
void searches_keep(struct searches *s, const char *source, const char *query,
    int64_t now, const struct candidates *found);

/* The candidate can't be had for `seconds`; 0: only not now. */
void searches_set_back(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t seconds);
/* It met an outage of its source, which last delivered at `worked`. */
void searches_note_outage(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t worked);
bool searches_passes_over(const struct searches *s, const char *source,
    const char *ref, int64_t now);

/* Those that are older are left out. */
char *searches_to_text(const struct searches *s, int64_t now,
    int64_t max_age, size_t *len);		/* caller frees */
/* What can't be read is not there. */
void searches_from_text(struct searches *s, const char *text, size_t len);

#endif
