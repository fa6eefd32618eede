/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * search: what a source answered to a query, so that a retry need not ask the
 * same again. All that was searched for a track is one record of the index.
 */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "model/candidate.h"

struct past_search {
	char *source;		/* its name */
	char *query;
	int64_t at;		/* Unix time */
	struct candidates found;
};

struct searches {
	struct past_search *items;
	size_t count, cap;
};

void searches_free(struct searches *s);		/* leaves it empty */
/* Not older than max_age seconds, nor from the future; NULL. Borrowed. */
const struct past_search *searches_find(const struct searches *s,
    const char *source, const char *query, int64_t now, int64_t max_age);
/* Keeps it in the place of an older one; copies what it is given. */
void searches_keep(struct searches *s, const char *source, const char *query,
    int64_t now, const struct candidates *found);
/* Those that are older are left out. */
char *searches_to_text(const struct searches *s, int64_t now,
    int64_t max_age, size_t *len);		/* caller frees */
/* What can't be read is not there. */
void searches_from_text(struct searches *s, const char *text, size_t len);

#endif
