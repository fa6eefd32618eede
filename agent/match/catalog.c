/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/filename.h"
#include "match/keys.h"
#include "match/title.h"

#define MAX_SAME_TITLE 200	/* files evaluated; "Intro" has thousands */
#define MAX_KEYS 64		/* words of a name that are looked up */
#define MAX_QUERY_ARTISTS 8

/* ---- the words of a file ---- */

/* The key of a whole segment, for "Sun Flower" and "Sunflower". */
static void whole_key(char key[sizeof(struct piece) + 1],
    const struct piece *p)
{
	key[0] = '=';
	memcpy(key + 1, p->key, strlen(p->key) + 1);
}

static void add_words(const char *name,
    void (*add)(void *ctx, const char *word), void *ctx)
{
	char key[sizeof(struct piece) + 1];
	struct piece p;
	struct words w;

	if (name == NULL)
		return;
	words_fold(&w, name);
	for (size_t from = 0, to; from < w.count; from = to) {
		for (to = from; to < w.count &&
		    w.word[to].segment == w.word[from].segment; to++)
			if (*w.word[to].key != '\0')
				add(ctx, w.word[to].key);
		while (from + 1 < to && word_is_number(w.word[from].key))
			from++;		/* track number */
		piece_make(&p, &w, from, to);
		whole_key(key, &p);
		add(ctx, key);
	}
	words_free(&w);
}

/* Those of the tags, and of the path if the tags lack title or artist. */
void catalog_words(const struct library_name *name,
    void (*add)(void *ctx, const char *word), void *ctx)
{
	add_words(name->artist, add, ctx);
	add_words(name->title, add, ctx);
	if (name->artist == NULL || *name->artist == '\0' ||
	    match_title_is_filler(name->title)) {
		char *title = filename_title(name->path);
		char *folders = filename_folders(name->path);

		add_words(title, add, ctx);
		add_words(folders, add, ctx);
		free(folders);
		free(title);
	}
}

/* ---- queries ---- */

/* The files with a word, in rising order. */
struct posting {
	uint32_t *files;	/* owned */
	size_t count;
};

/* The postings that all must contain a file. */
struct query {
	struct posting p[MAX_KEYS];
	size_t count;
	bool impossible;	/* a word that no file has */
};

static void query_word(struct query *q, const struct catalog *c,
    const char *word)
{
	struct posting *p = &q->p[q->count];

	if (q->impossible || q->count == MAX_KEYS)
		return;
	p->count = c->list(c->ctx, word, &p->files);
	q->count++;
	q->impossible = p->count == 0;
}

static void query_name_word(struct query *q, const struct catalog *c,
    const struct word *w)
{
	/* A star may stand for any letter. */
	if (*w->key != '\0' && strchr(w->key, '*') == NULL)
		query_word(q, c, w->key);
}

static void query_whole(struct query *q, const struct catalog *c,
    const struct piece *name)
{
	char key[sizeof(struct piece) + 1];

	whole_key(key, name);
	query_word(q, c, key);
}

static const struct posting *rarest_posting(const struct query *q)
{
	const struct posting *best = NULL;

	for (size_t i = 0; i < q->count && !q->impossible; i++)
		if (best == NULL || q->p[i].count < best->count)
			best = &q->p[i];
	return best;
}

static bool posting_has(const struct posting *p, uint32_t file)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->files[mid] == file)
			return true;
		if (p->files[mid] < file)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool query_has(const struct query *q, uint32_t file)
{
	if (q->impossible || q->count == 0)
		return false;
	for (size_t i = 0; i < q->count; i++)
		if (!posting_has(&q->p[i], file))
			return false;
	return true;
}

/* A file must match one of the title queries and one of the artist queries. */
struct track_query {
	struct query title[2];
	struct query artist[2 * MAX_QUERY_ARTISTS];
	size_t titles, artists;
};

static void query_title(struct track_query *q, const struct catalog *c,
    const struct track *t)
{
	struct title title;

	title_parse(&title, t->title);
	for (size_t i = 0; i < title.words.count; i++)
		if (title.role[i] == ROLE_TITLE)
			query_name_word(&q->title[0], c, &title.words.word[i]);
	query_whole(&q->title[1], c, &title.core);
	q->titles = 2;
	title_free(&title);
}

static void query_artists(struct track_query *q, const struct catalog *c,
    const struct track *t)
{
	for (size_t a = 0; a < t->n_artists && a < MAX_QUERY_ARTISTS; a++) {
		struct words w;
		struct piece name;

		words_fold(&w, t->artists[a]);
		piece_make(&name, &w, 0, w.count);
		for (size_t i = 0; i < w.count; i++)
			query_name_word(&q->artist[q->artists], c, &w.word[i]);
		query_whole(&q->artist[q->artists + 1], c, &name);
		q->artists += 2;
		words_free(&w);
	}
}

static void free_queries(struct query *q, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < q[i].count; k++)
			free(q[i].p[k].files);
}

static bool any_has(const struct query *list, size_t count, uint32_t file)
{
	for (size_t i = 0; i < count; i++)
		if (query_has(&list[i], file))
			return true;
	return false;
}

/* Files that match by their words. */
struct found {
	struct library_name *names;
	uint32_t *files;
	size_t count, cap, files_cap;
};

/* At most max files with the title; by_artist: that also have an artist. */
static void collect(const struct catalog *c, const struct track_query *q,
    bool by_artist, size_t max, struct found *f)
{
	for (size_t t = 0; t < q->titles; t++) {
		const struct posting *p = rarest_posting(&q->title[t]);

		for (size_t i = 0; p != NULL && i < p->count &&
		    f->count < max; i++) {
			uint32_t file = p->files[i];
			struct library_name name;

			if (!query_has(&q->title[t], file) ||
			    any_has(q->title, t, file) || (by_artist &&
			    !any_has(q->artist, q->artists, file)) ||
			    !c->name(c->ctx, file, &name))
				continue;
			f->names = grow(f->names, &f->cap, f->count,
			    sizeof(*f->names));
			f->files = grow(f->files, &f->files_cap, f->count,
			    sizeof(*f->files));
			f->names[f->count] = name;
			f->files[f->count++] = file;
		}
	}
}

/* Matches t with the files found; with rejected, returns also the best rejected
 * one, if necessary one with the title alone. */
static uint32_t find(const struct catalog *c, const struct track *t,
    bool rejected, struct match_result *j)
{
	struct track_query *q = xcalloc(1, sizeof(*q));
	struct found f = { .count = 0 };
	uint32_t file;
	int at;

	query_title(q, c, t);
	query_artists(q, c, t);
	collect(c, q, true, SIZE_MAX, &f);
	if (f.count == 0 && rejected)
		collect(c, q, false, MAX_SAME_TITLE, &f);
	match_library(t, f.names, f.count, j, NULL);
	at = rejected ? j->best : j->pick;
	file = at >= 0 ? f.files[at] : CATALOG_NONE;
	free_queries(q->title, q->titles);
	free_queries(q->artist, q->artists);
	free(q);
	free(f.names);
	free(f.files);
	return file;
}

uint32_t catalog_find(const struct catalog *c, const struct track *t,
    struct match_result *j)
{
	return find(c, t, false, j);
}

uint32_t catalog_best_rejected(const struct catalog *c, const struct track *t,
    struct match_result *j)
{
	return find(c, t, true, j);
}
