/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/candidate_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sources/verify.h"
#include "types/link.h"

void candidate_search_begin(struct candidate_search *s,
    const struct source *source, struct fetch_job *job, int64_t expiry)
{
	memset(s, 0, sizeof(*s));
	s->source = source;
	s->job = job;
	s->expiry = expiry;
	queries_make(job->track, source->by_isrc, &s->queries);
}

void candidate_search_end(struct candidate_search *s)
{
	queries_free(&s->queries);
	candidates_free(&s->list);
}

/* ---- rejected candidates ---- */

bool candidate_search_is_rejected(const struct fetch_job *job, const char *ref)
{
	char *plain = link_plain(ref);
	bool rejected = verify_is_rejected(job, plain);

	free(plain);
	for (size_t i = 0; i < job->n_rejections; i++)
		rejected |= strcmp(job->rejections[i].ref, ref) == 0;
	return rejected;
}

void candidate_search_drop_rejected(struct candidate_search *s)
{
	struct candidates *list = &s->list;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *ref = list->items[i].ref;

		if ((s->lossless_only && !list->items[i].lossless) ||
		    candidate_search_is_rejected(s->job, ref) ||
		    searches_passes_over( &s->job->known, s->source->name, ref,
		    clock_wall()))
			candidate_free(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

/* ---- queries ---- */

/* Adds candidates that other queries have not found. Lists are short, except a
 * folder's, which is searched once: so this may be quadratic. */
static void merge(struct candidates *list, const struct candidates *found)
{
	bool first = list->count == 0;

	for (size_t i = 0; i < found->count; i++) {
		bool known = false;

		for (size_t k = 0; !first && k < list->count && !known;
		    k++)
			known = strcmp(list->items[k].ref,
			    found->items[i].ref) == 0;
		if (!known)
			candidate_copy(candidates_add(list),
			    &found->items[i]);
	}
}

/* A counted search is kept when nothing more can be asked: all of it. */
static enum outcome search_anew(struct candidate_search *s, const char *query,
    struct error *error)
{
	const struct source *source = s->source;
	struct fetch_job *job = s->job;
	struct candidates found = { .count = 0 };
	enum outcome o = source->search(source->self, job->track,
	    query, &found, error);

	job->searches += source->remote;
	merge(&s->list, &found);
	s->list.more = found.more;
	if (o == DONE && source->remote && s->expiry > 0 && !found.more)
		searches_keep(&job->known, s->source->name, query, clock_wall(),
		    source->counted_search ? &s->list : &found);
	candidates_free(&found);
	return o;
}

static const char *next_query(const struct candidate_search *s)
{
	return s->queries.text[s->source->counted_search ? 0 : s->asked];
}

/* NULL: it has to be asked. */
static const struct past_search *find_known(const struct candidate_search *s)
{
	if (!s->source->remote || (s->source->counted_search && s->asked > 0))
		return NULL;
	return searches_find(&s->job->known, s->source->name, next_query(s),
	    clock_wall(), s->expiry);
}

enum outcome candidate_search_run_query(struct candidate_search *s,
    struct error *error)
{
	const struct past_search *known = find_known(s);
	const char *query = next_query(s);
	enum outcome o = DONE;

	s->asked++;
	if (known != NULL)
		merge(&s->list, &known->found);
	else
		o = search_anew(s, query, error);
	if (o != DONE) {
		s->asked = s->queries.count;
		s->list.more = false;
	}
	candidate_search_drop_rejected(s);
	return o;
}

bool candidate_search_has_query(const struct candidate_search *s)
{
	size_t most = s->source->remote ? s->queries.count : 1;

	if (s->source->counted_search)
		return s->asked == 0 || s->list.more;
	return s->asked < most && s->asked < s->queries.count;
}

bool candidate_search_is_counted(const struct candidate_search *s)
{
	return s->source->counted_search && find_known(s) == NULL;
}
