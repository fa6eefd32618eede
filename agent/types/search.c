/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"

static const struct member search_members[] = {
	MEMBER("source", TEXT, past_search, source),
	MEMBER("query", TEXT, past_search, query),
	MEMBER("at", INT64, past_search, at),
	MEMBERS_END
};

static const struct member skipped_members[] = {
	MEMBER("source", TEXT, skipped, source),
	MEMBER("ref", TEXT, skipped, ref),
	MEMBER("why", TEXT, skipped, error),
	MEMBER("at", INT64, skipped, at),
	MEMBER("until", INT64, skipped, until),
	MEMBER("outages", INT, skipped, outages, .high = SKIP_OUTAGES),
	MEMBERS_END
};

void searches_free(struct searches *s)
{
	for (size_t i = 0; i < s->count; i++) {
		members_free(search_members, &s->items[i]);
		candidates_free(&s->items[i].found);
	}
	free(s->items);
	for (size_t i = 0; i < s->n_skipped; i++)
		members_free(skipped_members, &s->skipped[i]);
	free(s->skipped);
	memset(s, 0, sizeof(*s));
}

static struct past_search *find(const struct searches *s, const char *source,
    const char *query)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i].source, source) == 0 &&
		    strcmp(s->items[i].query, query) == 0)
			return &s->items[i];
	return NULL;
}

static bool is_fresh(const struct past_search *s, int64_t now, int64_t max_age)
{
	return s->at <= now && now - s->at < max_age;
}

const struct past_search *searches_find(const struct searches *s,
    const char *source, const char *query, int64_t now, int64_t max_age)
{
	const struct past_search *found = find(s, source, query);

	return found != NULL && is_fresh(found, now, max_age) ? found : NULL;
}

static struct past_search *add_search(struct searches *s)
{
	return array_add(&s->items, &s->cap, &s->count, sizeof(*s->items));
}

void searches_keep(struct searches *s, const char *source, const char *query,
    int64_t now, const struct candidates *found)
{
	struct past_search *kept = find(s, source, query);

	if (kept == NULL) {
		kept = add_search(s);
		kept->source = xstrdup(source);
		kept->query = xstrdup(query);
	}
	kept->at = now;
	candidates_free(&kept->found);
	for (size_t i = 0; i < found->count; i++)
		candidate_copy(candidates_add(&kept->found),
		    &found->items[i]);
}

/* ---- skipped candidates ---- */

static struct skipped *find_skipped(const struct searches *s,
    const char *source, const char *ref)
{
	for (size_t i = 0; i < s->n_skipped; i++)
		if (strcmp(s->skipped[i].source, source) == 0 &&
		    strcmp(s->skipped[i].ref, ref) == 0)
			return &s->skipped[i];
	return NULL;
}

static struct skipped *add_skipped(struct searches *s)
{
	return array_add(&s->skipped, &s->skipped_cap, &s->n_skipped,
	    sizeof(*s->skipped));
}

/* Finds or makes it; notes the failure. */
static struct skipped *note_failure(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now)
{
	struct skipped *b = find_skipped(s, source, ref);

	if (b == NULL) {
		b = add_skipped(s);
		b->source = xstrdup(source);
		b->ref = xstrdup(ref);
	}
	str_replace(&b->error, error);
	b->at = now;
	b->now = true;
	return b;
}

void searches_skip(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t seconds)
{
	struct skipped *b = note_failure(s, source, ref, error, now);

	b->until = seconds > 0 ? now + seconds : 0;
	b->outages = 0;
	s->changed |= seconds > 0;
}

void searches_note_outage(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t worked)
{
	const struct skipped *known = find_skipped(s, source, ref);
	bool counts = known == NULL || known->outages == 0 ||
	    worked > known->at;
	struct skipped *b = note_failure(s, source, ref, error, now);

	b->outages += counts;
	b->until = b->outages >= SKIP_OUTAGES ? now + SKIP_S : 0;
	s->changed = true;
}

bool searches_passes_over(const struct searches *s, const char *source,
    const char *ref, int64_t now)
{
	const struct skipped *b = find_skipped(s, source, ref);

	/* A time further ahead was written with a wrong clock. */
	return b != NULL && (b->now || (b->until > now &&
	    b->until - now <= SKIP_S));
}

/* ---- as text ---- */

char *searches_to_text(const struct searches *s, int64_t now,
    int64_t max_age, size_t *len)
{
	struct json_writer *w = json_writer_new(false);

	json_open_array(w, NULL);
	for (size_t i = 0; i < s->count; i++) {
		const struct past_search *p = &s->items[i];

		if (!is_fresh(p, now, max_age))
			continue;
		json_open_object(w, NULL);
		members_write(search_members, p, w);
		json_open_array(w, "found");
		for (size_t k = 0; k < p->found.count; k++)
			candidate_put(&p->found.items[k], w, NULL);
		json_close(w);
		json_close(w);
	}
	for (size_t i = 0; i < s->n_skipped; i++) {
		const struct skipped *b = &s->skipped[i];

		if (b->until > now || (b->outages > 0 && b->at <= now &&
		    now - b->at < SKIP_S))
			members_to_json(skipped_members, b, w, NULL);
	}
	json_close(w);
	return json_writer_end(w, len);
}

static void read_search(struct searches *s, const struct json *v)
{
	const struct json *found = json_get(v, "found");
	struct past_search *new = add_search(s);

	members_read(search_members, new, v);
	for (size_t i = 0; i < json_count(found); i++) {
		struct candidate c;

		if (candidate_get(&c, json_at(found, i)) == 0)
			*candidates_add(&new->found) = c;
	}
}

void searches_from_text(struct searches *s, const char *text, size_t len)
{
	struct json *list = json_parse(text, len, NULL);

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);

		if (json_get_string(v, "source") == NULL)
			continue;
		if (json_get_string(v, "query") != NULL)
			read_search(s, v);
		else if (json_get_string(v, "ref") != NULL)
			members_read(skipped_members, add_skipped(s), v);
	}
	json_free(list);
}
