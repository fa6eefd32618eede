/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/catalog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "match/filename.h"
#include "match/keys.h"
#include "match/title.h"

#define NO_STRING UINT32_MAX
#define MAX_SAME_TITLE 200	/* files evaluated; "Intro" has thousands */
#define MAX_KEYS 64		/* words of a name that are looked up */

/* A file; its strings are offsets into the catalog's text. */
struct catalog_file {
	uint32_t path, artist, title, isrc;
	float duration_s;
	size_t tag;
};

/* The files with a word in their names, in rising order. */
struct posting {
	uint32_t *file;
	size_t count, cap;
};

struct catalog {
	struct catalog_file *items;
	size_t count, cap;
	struct buf text;
	struct map *words;	/* key of a word, or '=' and that of a whole
				   segment -> struct posting */
};

struct catalog *catalog_new(void)
{
	struct catalog *c = xcalloc(1, sizeof(*c));

	c->words = map_new();
	return c;
}

static void free_posting(void *value)
{
	struct posting *p = value;

	free(p->file);
	free(p);
}

void catalog_free(struct catalog *c)
{
	if (c == NULL)
		return;
	free(c->items);
	buf_free(&c->text);
	map_free(c->words, free_posting);
	free(c);
}

/* ---- filling ---- */

static uint32_t store(struct catalog *c, const char *s)
{
	uint32_t at = (uint32_t)c->text.len;

	if (s == NULL || *s == '\0')
		return NO_STRING;
	buf_append(&c->text, s, strlen(s) + 1);
	return at;
}

static const char *stored(const struct catalog *c, uint32_t at)
{
	return at != NO_STRING ? c->text.data + at : NULL;
}

static void index_key(struct catalog *c, const char *key)
{
	struct posting *p = map_get_str(c->words, key);
	uint32_t file = (uint32_t)c->count;

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		map_put_str(c->words, key, p);
	}
	if (p->count > 0 && p->file[p->count - 1] == file)
		return;
	p->file = grow(p->file, &p->cap, p->count, sizeof(*p->file));
	p->file[p->count++] = file;
}

/* The key of a whole segment, for "Sun Flower" and "Sunflower". */
static void whole_key(char key[sizeof(struct piece) + 1],
    const struct piece *p)
{
	key[0] = '=';
	memcpy(key + 1, p->key, strlen(p->key) + 1);
}

static void index_name(struct catalog *c, const char *name)
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
				index_key(c, w.word[to].key);
		while (from + 1 < to && word_is_number(w.word[from].key))
			from++;		/* track number */
		piece_make(&p, &w, from, to);
		whole_key(key, &p);
		index_key(c, key);
	}
	words_free(&w);
}

/* Indexes the tags, and also the path if the tags lack title or artist. */
void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag)
{
	c->items = grow(c->items, &c->cap, c->count, sizeof(*c->items));
	c->items[c->count] = (struct catalog_file){
		.path = store(c, name->path), .artist = store(c, name->artist),
		.title = store(c, name->title), .isrc = store(c, name->isrc),
		.duration_s = (float)name->duration_s, .tag = tag,
	};
	index_name(c, name->artist);
	index_name(c, name->title);
	if (name->artist == NULL || *name->artist == '\0' ||
	    match_title_is_filler(name->title)) {
		char *title = filename_title(name->path);
		char *folders = filename_folders(name->path);

		index_name(c, title);
		index_name(c, folders);
		free(folders);
		free(title);
	}
	c->count++;
}

/* ---- queries ---- */

/* The postings that all must contain a file. */
struct query {
	const struct posting *p[MAX_KEYS];
	size_t count;
	bool impossible;	/* a word that no file has */
};

static void query_word(struct query *q, const struct catalog *c,
    const struct word *w)
{
	const struct posting *p;

	/* A star may stand for any letter. */
	if (*w->key == '\0' || strchr(w->key, '*') != NULL ||
	    q->count == MAX_KEYS)
		return;
	p = map_get_str(c->words, w->key);
	q->impossible = q->impossible || p == NULL;
	if (p != NULL)
		q->p[q->count++] = p;
}

static void query_whole(struct query *q, const struct catalog *c,
    const struct piece *name)
{
	char key[sizeof(struct piece) + 1];
	const struct posting *p;

	whole_key(key, name);
	p = map_get_str(c->words, key);
	q->impossible = p == NULL;
	if (p != NULL)
		q->p[q->count++] = p;
}

static bool posting_has(const struct posting *p, uint32_t file)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->file[mid] == file)
			return true;
		if (p->file[mid] < file)
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
		if (!posting_has(q->p[i], file))
			return false;
	return true;
}

static const struct posting *rarest_posting(const struct query *q)
{
	const struct posting *best = NULL;

	if (q->impossible)
		return NULL;
	for (size_t i = 0; i < q->count; i++)
		if (best == NULL || q->p[i]->count < best->count)
			best = q->p[i];
	return best;
}

#define MAX_QUERY_ARTISTS 8

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
			query_word(&q->title[0], c, &title.words.word[i]);
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
			query_word(&q->artist[q->artists], c, &w.word[i]);
		query_whole(&q->artist[q->artists + 1], c, &name);
		q->artists += 2;
		words_free(&w);
	}
}

static bool any_has(const struct query *list, size_t count, uint32_t file)
{
	for (size_t i = 0; i < count; i++)
		if (query_has(&list[i], file))
			return true;
	return false;
}

/* Files that match by their words, and which of all files must not match. */
struct found {
	struct library_name *names;
	size_t *tags, count, cap, tags_cap;
	bool (*excluded)(void *ctx, size_t tag);	/* NULL: none */
	void *ctx;
};

static void add_found(struct found *f, const struct catalog *c,
    const struct catalog_file *file)
{
	f->names = grow(f->names, &f->cap, f->count, sizeof(*f->names));
	f->tags = grow(f->tags, &f->tags_cap, f->count, sizeof(*f->tags));
	f->names[f->count] = (struct library_name){
		.path = stored(c, file->path),
		.artist = stored(c, file->artist),
		.title = stored(c, file->title), .isrc = stored(c, file->isrc),
		.duration_s = (double)file->duration_s };
	f->tags[f->count++] = file->tag;
}

/* At most max files with the title; by_artist: that also have an artist. */
static void collect(const struct catalog *c, const struct track_query *q,
    bool by_artist, size_t max, struct found *f)
{
	for (size_t t = 0; t < q->titles; t++) {
		const struct posting *p = rarest_posting(&q->title[t]);

		for (size_t i = 0; p != NULL && i < p->count &&
		    f->count < max; i++) {
			uint32_t file = p->file[i];

			if (!query_has(&q->title[t], file) ||
			    (t > 0 && any_has(q->title, t, file)) ||
			    (by_artist &&
			    !any_has(q->artist, q->artists, file)) ||
			    (f->excluded != NULL &&
			    f->excluded(f->ctx, c->items[file].tag)))
				continue;
			add_found(f, c, &c->items[file]);
		}
	}
}

/* Matches t with the files found; with rejected, returns also the best rejected
 * one, if necessary one with the title alone. */
static size_t find(const struct catalog *c, const struct track *t,
    struct found *f, bool rejected, struct match_result *j)
{
	struct track_query q = { .titles = 0 };
	size_t tag;
	int at;

	query_title(&q, c, t);
	query_artists(&q, c, t);
	collect(c, &q, true, SIZE_MAX, f);
	if (f->count == 0 && rejected)
		collect(c, &q, false, MAX_SAME_TITLE, f);
	match_library(t, f->names, f->count, j, NULL);
	at = rejected ? j->best : j->pick;
	tag = at >= 0 ? f->tags[at] : SIZE_MAX;
	free(f->names);
	free(f->tags);
	return tag;
}

size_t catalog_find(const struct catalog *c, const struct track *t,
    bool (*excluded)(void *ctx, size_t tag), void *ctx, struct match_result *j)
{
	struct found f = { .excluded = excluded, .ctx = ctx };

	return find(c, t, &f, false, j);
}

size_t catalog_best_rejected(const struct catalog *c, const struct track *t,
    bool (*excluded)(void *ctx, size_t tag), void *ctx, struct match_result *j)
{
	struct found f = { .excluded = excluded, .ctx = ctx };

	return find(c, t, &f, true, j);
}
