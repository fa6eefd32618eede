/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/filename.h"
#include "match/keys.h"
#include "match/offer.h"

#define MAX_SAME_TITLE 200	/* files evaluated; "Intro" has thousands */
#define MAX_KEYS 64		/* words of a name that are looked up */
#define MAX_QUERY_ARTISTS 8
#define LIST_AFTER 64		/* questions cost as much as so many entries of
				   a list */

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

/* A word, and the files with it, in rising order. */
struct posting {
	char *word;		/* owned */
	size_t count, asked;
	uint32_t *files;	/* owned; NULL: not listed yet */
};

/* The postings that all must contain a file. */
struct query {
	struct posting *p;	/* owned */
	size_t count, cap;
	bool impossible;	/* a word that no file has */
};

static void query_word(struct query *q, const struct catalog *c,
    const char *word)
{
	struct posting *p;

	if (q->impossible || q->count == MAX_KEYS)
		return;
	q->p = grow(q->p, &q->cap, q->count, sizeof(*q->p));
	p = &q->p[q->count];
	*p = (struct posting){ .word = xstrdup(word),
		.count = c->count(c->ctx, word) };
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

static struct posting *rarest_posting(struct query *q)
{
	struct posting *best = NULL;

	for (size_t i = 0; i < q->count && !q->impossible; i++)
		if (best == NULL || q->p[i].count < best->count)
			best = &q->p[i];
	return best;
}

static void list_posting(const struct catalog *c, struct posting *p)
{
	if (p->files == NULL)
		p->count = c->list(c->ctx, p->word, &p->files);
}

/* A long list is read only if it is asked often. */
static bool posting_has(const struct catalog *c, struct posting *p,
    uint32_t file)
{
	size_t low = 0, high;

	if (p->files == NULL && ++p->asked < p->count / LIST_AFTER)
		return c->has(c->ctx, p->word, file);
	list_posting(c, p);
	for (high = p->count; low < high;) {
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

static bool query_has(const struct catalog *c, struct query *q, uint32_t file)
{
	if (q->impossible || q->count == 0)
		return false;
	for (size_t i = 0; i < q->count; i++)
		if (!posting_has(c, &q->p[i], file))
			return false;
	return true;
}

/* A file must match one of the title queries and one of the artist queries. */
struct track_query {
	struct query title[3];
	struct query artist[3 * MAX_QUERY_ARTISTS];
	size_t titles, artists;
};

/* Of a work: its number, and the words of the movement or the form. */
static void query_work(struct query *q, const struct catalog *c,
    const struct subject *s)
{
	const struct words *w = &s->title.words;
	bool whole = s->work.part == w->count;
	char number[16];

	if (s->work.number > 0) {
		snprintf(number, sizeof(number), "%d", s->work.number);
		query_word(q, c, number);
	}
	for (size_t i = whole ? 0 : s->work.part; i < w->count; i++)
		if (strlen(w->word[i].key) > 3 && s->title.role[i] ==
		    ROLE_TITLE && (whole || !s->work.token[i] ||
		    is_form(w->word[i].text)))
			query_name_word(q, c, &w->word[i]);
}

static void query_title(struct track_query *q, const struct catalog *c,
    const struct subject *s)
{
	const struct title *title = &s->title;

	for (size_t i = 0; i < title->words.count; i++)
		if (title->role[i] == ROLE_TITLE)
			query_name_word(&q->title[0], c, &title->words.word[i]);
	query_whole(&q->title[1], c, &title->core);
	q->titles = 2;
	if (s->is_work)
		query_work(&q->title[q->titles++], c, s);
}

/* By all words, by the whole name, and by its last one: of a composer the
 * surname; else without an honorific. */
static void query_artists(struct track_query *q, const struct catalog *c,
    const struct subject *s)
{
	for (size_t a = 0; a < s->artists && a < MAX_QUERY_ARTISTS; a++) {
		const struct words *w = &s->artist[a];
		size_t rest = w->count > 0 && s->composer[a] ? w->count - 1 :
		    w->count > 2 && is_honorific(w->word[0].key) ? 1 : 0;

		for (size_t i = 0; i < w->count; i++)
			query_name_word(&q->artist[q->artists], c, &w->word[i]);
		query_whole(&q->artist[q->artists + 1], c,
		    &s->artist_name[a]);
		q->artists += 2;
		for (size_t i = rest; rest > 0 && i < w->count; i++)
			query_name_word(&q->artist[q->artists], c, &w->word[i]);
		q->artists += rest > 0;
	}
}

static void free_queries(struct query *q, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < q[i].count; k++) {
			free(q[i].p[k].word);
			free(q[i].p[k].files);
		}
		free(q[i].p);
	}
}

static bool any_has(const struct catalog *c, struct query *list, size_t count,
    uint32_t file)
{
	for (size_t i = 0; i < count; i++)
		if (query_has(c, &list[i], file))
			return true;
	return false;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The files that may have one of the artists, each once, in rising order, if
 * they are fewer than max: else NULL. */
static uint32_t *list_by_artist(const struct catalog *c, struct track_query *q,
    size_t max, size_t *count)
{
	uint32_t *files;
	size_t n = 0, total = 0;

	for (size_t i = 0; i < q->artists; i++) {
		const struct posting *p = rarest_posting(&q->artist[i]);

		total += p != NULL ? p->count : 0;
	}
	*count = 0;
	if (total >= max)
		return NULL;
	files = xcalloc(total + 1, sizeof(*files));
	for (size_t i = 0; i < q->artists; i++) {
		struct posting *p = rarest_posting(&q->artist[i]);

		if (p == NULL)
			continue;
		list_posting(c, p);
		for (size_t k = 0; k < p->count && n < total; k++)
			files[n++] = p->files[k];
	}
	qsort(files, n, sizeof(*files), by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || files[i] != files[i - 1])
			files[(*count)++] = files[i];
	return files;
}

/* Files that match by their words. */
struct found {
	struct library_name *names;
	uint32_t *files;
	size_t count, cap, files_cap;
};

static void add_found(const struct catalog *c, uint32_t file, struct found *f)
{
	struct library_name name;

	if (!c->name(c->ctx, file, &name))
		return;
	f->names = grow(f->names, &f->cap, f->count, sizeof(*f->names));
	f->files = grow(f->files, &f->files_cap, f->count, sizeof(*f->files));
	f->names[f->count] = name;
	f->files[f->count++] = file;
}

/* At most max files with the title; by_artist: that also have an artist. They
 * are looked for among those with the rarer one. */
static void collect(const struct catalog *c, struct track_query *q,
    bool by_artist, size_t max, struct found *f)
{
	for (size_t t = 0; t < q->titles; t++) {
		struct posting *p = rarest_posting(&q->title[t]);
		size_t count = p != NULL ? p->count : 0;
		uint32_t *rarer = by_artist && p != NULL ?
		    list_by_artist(c, q, count, &count) : NULL;

		if (rarer == NULL && p != NULL) {
			list_posting(c, p);
			count = p->count;
		}
		for (size_t i = 0; i < count && f->count < max; i++) {
			uint32_t file = rarer != NULL ? rarer[i] : p->files[i];

			if (query_has(c, &q->title[t], file) &&
			    !any_has(c, q->title, t, file) && (!by_artist ||
			    any_has(c, q->artist, q->artists, file)))
				add_found(c, file, f);
		}
		free(rarer);
	}
}

uint32_t catalog_find(const struct catalog *c, const struct track *t,
    uint32_t *rejected, struct match_result *j)
{
	struct track_query *q = xcalloc(1, sizeof(*q));
	struct found f = { .count = 0 };
	struct subject s;
	uint32_t file = CATALOG_NONE;

	subject_init(&s, t);
	query_title(q, c, &s);
	query_artists(q, c, &s);
	subject_free(&s);
	collect(c, q, true, SIZE_MAX, &f);
	match_library(t, f.names, f.count, j, NULL);
	if (j->pick >= 0)
		file = f.files[j->pick];
	if (f.count == 0 && rejected != NULL) {
		collect(c, q, false, MAX_SAME_TITLE, &f);
		match_library(t, f.names, f.count, j, NULL);
		j->pick = -1;
	}
	if (rejected != NULL)
		*rejected = file == CATALOG_NONE && j->best >= 0 ?
		    f.files[j->best] : CATALOG_NONE;
	free_queries(q->title, q->titles);
	free_queries(q->artist, q->artists);
	free(q);
	free(f.names);
	free(f.files);
	return file;
}
