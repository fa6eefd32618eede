/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * candidate_search: one source's search for one track, query by query until a
 * candidate is certain. Recent answers of a remote source are kept in the job's
 * searches and not requested again.
 */
#ifndef SOURCES_CANDIDATE_SEARCH_H
#define SOURCES_CANDIDATE_SEARCH_H

#include "sources/fetcher.h"
#include "sources/queries.h"

struct candidate_search {
	const struct source *source;
	struct fetch_job *job;
	int64_t expiry;			/* of what was searched; seconds */
	bool lossless_only;		/* set after begin: others are left out */
	struct queries queries;
	size_t asked;			/* of these; of a counted search: how
					   often the first one */
	struct candidates list;		/* found so far, without what was
					   rejected */
};

/* Borrows source and job. */
void candidate_search_begin(struct candidate_search *s,
    const struct source *source, struct fetch_job *job, int64_t expiry);
void candidate_search_end(struct candidate_search *s);

bool candidate_search_has_query(const struct candidate_search *s);
/* Does the next query start a transfer, which has to be reserved? */
bool candidate_search_is_counted(const struct candidate_search *s);
/* Runs the next query; returns as source->search does. After a failure there is
 * no further query. */
enum outcome candidate_search_run_query(struct candidate_search *s,
    struct error *error);
/* Was this link or path rejected for the job's track, now or in an earlier
 * run? */
bool candidate_search_is_rejected(const struct fetch_job *job, const char *ref);
/* Removes candidates that were rejected, now or in an earlier run, or could not
 * be downloaded lately, or are not lossless if only those count. */
void candidate_search_drop_rejected(struct candidate_search *s);

#endif
