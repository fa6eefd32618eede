/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hunt: one source's search for one track, query by query, for as long as
 * nothing certain was found. What a remote source said to the same query
 * lately, in the job's memory, is not asked again.
 */
#ifndef SOURCES_CANDIDATE_SEARCH_H
#define SOURCES_CANDIDATE_SEARCH_H

#include "sources/fetcher.h"
#include "sources/queries.h"

struct candidate_search {
	const struct source *source;
	struct fetch_job *job;
	int64_t expiry;			/* of what was searched; seconds */
	struct queries queries;
	size_t asked;			/* of these */
	struct candidates list;		/* all that was found so far, but for
					   what was rejected */
};

/* Borrows source and job. */
void candidate_search_begin(struct candidate_search *s,
    const struct source *source, struct fetch_job *job, int64_t expiry);
void candidate_search_end(struct candidate_search *s);

bool candidate_search_has_query(const struct candidate_search *s);
/* The next query. As source->search returns; a search that failed is this
 * track's last one here. */
enum outcome candidate_search_run_query(struct candidate_search *s,
    struct error *error);
/* Was this link or path rejected for the job's track, now or in an earlier
 * run? */
bool candidate_search_is_rejected(const struct fetch_job *job, const char *ref);
/* Takes out what was rejected, now or in an earlier run, and what could not be
 * had lately. */
void candidate_search_drop_rejected(struct candidate_search *s);

#endif
