/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/candidate_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sources/verify.h"
#include "types/link.h"

void candidate_search_begin(struct candidate_search *h, const struct source *source,
    struct fetch_job *job, int64_t expiry)
{
	memset(h, 0, sizeof(*h));
	h->source = source;
	h->job = job;
	h->expiry = expiry;
	queries_make(job->track, source->by_isrc, &h->queries);
}

void candidate_search_end(struct candidate_search *h)
{
	queries_free(&h->queries);
	candidates_free(&h->list);
}

/* ---- what is not to be tried ---- */

bool hunt_bars(const struct fetch_job *job, const char *ref)
{
	char *plain = link_plain(ref);
	bool rejected = verify_bars(job, plain);

	free(plain);
	for (size_t i = 0; i < job->n_rejections; i++)
		rejected |= strcmp(job->rejections[i].ref, ref) == 0;
	return rejected;
}

/* Takes out what was found not to be the track, now or in an earlier run, and
 * what could not be had lately. */
void candidate_search_drop_rejected(struct candidate_search *h)
{
	struct candidates *list = &h->list;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *ref = list->items[i].ref;

		if (hunt_bars(h->job, ref) || searches_passes_over(
		    &h->job->known, h->source->name, ref, clock_wall()))
			candidate_free(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

/* ---- asking ---- */

/* What several queries found is one candidate. A folder's whole stock comes
 * first and alone, so this need not be clever. */
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

static enum outcome search_anew(struct candidate_search *h, const char *query,
    struct error *error)
{
	const struct source *s = h->source;
	struct fetch_job *job = h->job;
	struct candidates found = { .count = 0 };
	enum outcome o = s->search(s->self, query, &found, error);

	job->searches += s->remote;
	if (o == DONE && s->remote && h->expiry > 0)
		searches_keep(&job->known, h->source->name, query, clock_wall(),
		    &found);
	merge(&h->list, &found);
	candidates_free(&found);
	return o;
}

enum outcome candidate_search_ask(struct candidate_search *h, struct error *error)
{
	const char *query = h->queries.text[h->asked++];
	const struct past_search *known = searches_find(&h->job->known,
	    h->source->name, query, clock_wall(), h->expiry);
	enum outcome o = DONE;

	/* The user's own folders change at any time, and cost nothing. */
	if (known != NULL && h->source->remote)
		merge(&h->list, &known->found);
	else
		o = search_anew(h, query, error);
	if (o != DONE)
		h->asked = h->queries.count;
	candidate_search_drop_rejected(h);
	return o;
}

bool candidate_search_may_ask(const struct candidate_search *h)
{
	size_t most = h->source->remote ? h->queries.count : 1;

	return h->asked < most && h->asked < h->queries.count;
}
