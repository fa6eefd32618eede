/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void search_free(struct past_search *s)
{
	free(s->source);
	free(s->query);
	candidates_free(&s->found);
}

static void skipped_free(struct skipped *b)
{
	free(b->source);
	free(b->ref);
	free(b->error);
}

void searches_free(struct searches *s)
{
	for (size_t i = 0; i < s->count; i++)
		search_free(&s->items[i]);
	free(s->items);
	for (size_t i = 0; i < s->n_skipped; i++)
		skipped_free(&s->skipped[i]);
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

static struct past_search *add(struct searches *s)
{
	struct past_search *new;

	s->items = grow(s->items, &s->cap, s->count, sizeof(*s->items));
	new = &s->items[s->count++];
	memset(new, 0, sizeof(*new));
	return new;
}

void searches_keep(struct searches *s, const char *source, const char *query,
    int64_t now, const struct candidates *found)
{
	struct past_search *kept = find(s, source, query);

	if (kept == NULL) {
		kept = add(s);
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

/* Finds or makes it. */
static struct skipped *skipped_of(struct searches *s, const char *source,
    const char *ref)
{
	struct skipped *b = find_skipped(s, source, ref);

	if (b != NULL)
		return b;
	s->skipped = grow(s->skipped, &s->skipped_cap, s->n_skipped,
	    sizeof(*s->skipped));
	b = &s->skipped[s->n_skipped++];
	*b = (struct skipped){ .source = xstrdup(source),
		.ref = xstrdup(ref) };
	return b;
}

void searches_skip(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t seconds)
{
	struct skipped *b = skipped_of(s, source, ref);

	str_replace(&b->error, error);
	b->at = now;
	b->until = seconds > 0 ? now + seconds : 0;
	b->outages = 0;
	b->now = true;
	s->changed |= seconds > 0;
}

void searches_note_outage(struct searches *s, const char *source,
    const char *ref, const char *error, int64_t now, int64_t worked)
{
	struct skipped *b = skipped_of(s, source, ref);
	bool counts = b->outages == 0 || worked > b->at;

	str_replace(&b->error, error);
	b->outages += counts;
	b->at = now;
	b->until = b->outages >= SKIP_OUTAGES ? now + SKIP_S : 0;
	b->now = true;
	s->changed = true;
}

bool searches_passes_over(const struct searches *s, const char *source,
    const char *ref, int64_t now)
{
	const struct skipped *b = find_skipped(s, source, ref);

	/* Further ahead than that it comes of a clock that was wrong. */
	return b != NULL && (b->now || (b->until > now &&
	    b->until - now <= SKIP_S));
}

static bool is_remembered(const struct skipped *b, int64_t now)
{
	return b->until > now || (b->outages > 0 && b->at <= now &&
	    now - b->at < SKIP_S);
}

static void put_skipped(struct json_writer *w, const struct skipped *b)
{
	json_open_object(w, NULL);
	json_put_string(w, "source", b->source);
	json_put_string(w, "ref", b->ref);
	json_put_string_if(w, "why", b->error);
	json_put_int(w, "at", b->at);
	json_put_int(w, "until", b->until);
	json_put_int(w, "outages", b->outages);
	json_close(w);
}

static void take_skipped(struct searches *s, const struct json *v)
{
	const char *source = json_get_string(v, "source");
	const char *ref = json_get_string(v, "ref");
	int64_t outages = json_get_int(v, "outages", 0);
	struct skipped *b;

	if (source == NULL || ref == NULL)
		return;
	b = skipped_of(s, source, ref);
	str_replace(&b->error, json_get_string(v, "why"));
	b->at = json_get_int(v, "at", 0);
	b->until = json_get_int(v, "until", 0);
	b->outages = outages > 0 && outages <= SKIP_OUTAGES ?
	    (int)outages : 0;
}

/* ---- as text ---- */

static void put_search(struct json_writer *w, const struct past_search *s)
{
	json_open_object(w, NULL);
	json_put_string(w, "source", s->source);
	json_put_string(w, "query", s->query);
	json_put_int(w, "at", s->at);
	json_open_array(w, "found");
	for (size_t i = 0; i < s->found.count; i++)
		candidate_put(&s->found.items[i], w, NULL);
	json_close(w);
	json_close(w);
}

char *searches_to_text(const struct searches *s, int64_t now,
    int64_t max_age, size_t *len)
{
	struct json_writer *w = json_writer_new(false);

	json_open_array(w, NULL);
	for (size_t i = 0; i < s->count; i++)
		if (is_fresh(&s->items[i], now, max_age))
			put_search(w, &s->items[i]);
	for (size_t i = 0; i < s->n_skipped; i++)
		if (is_remembered(&s->skipped[i], now))
			put_skipped(w, &s->skipped[i]);
	json_close(w);
	return json_writer_end(w, len);
}

static void take_search(struct searches *s, const struct json *v)
{
	const char *source = json_get_string(v, "source");
	const char *query = json_get_string(v, "query");
	const struct json *found = json_get(v, "found");
	struct past_search *new;

	if (source == NULL || query == NULL)
		return;
	new = add(s);
	new->source = xstrdup(source);
	new->query = xstrdup(query);
	new->at = json_get_int(v, "at", 0);
	for (size_t i = 0; i < json_count(found); i++) {
		struct candidate c;

		if (candidate_get(&c, json_at(found, i)) == 0)
			*candidates_add(&new->found) = c;
	}
}

void searches_from_text(struct searches *s, const char *text, size_t len)
{
	struct json *v = json_parse(text, len, NULL);

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < json_count(v); i++) {
		take_search(s, json_at(v, i));
		take_skipped(s, json_at(v, i));
	}
	json_free(v);
}
