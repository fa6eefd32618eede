/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/catalog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "match/filename.h"
#include "match/title.h"

#define NOTHING UINT32_MAX	/* no such string */
#define MAX_NAMESAKES 200	/* looked at for the nearest: "Intro" has
				   thousands */
#define MAX_KEYS 64		/* of a track, that are looked up */

/* A file; its strings are places in the catalogue's text. */
struct shelved {
	uint32_t path, artist, title, isrc;
	float duration_s;
	size_t tag;
};

/* The files in whose names a word stands, in rising order. */
struct posting {
	uint32_t *file;
	size_t count, cap;
};

struct catalog {
	struct shelved *items;
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

static uint32_t keep(struct catalog *c, const char *s)
{
	uint32_t at = (uint32_t)c->text.len;

	if (s == NULL || *s == '\0')
		return NOTHING;
	buf_append(&c->text, s, strlen(s) + 1);
	return at;
}

static const char *kept(const struct catalog *c, uint32_t at)
{
	return at != NOTHING ? c->text.data + at : NULL;
}

static void post(struct catalog *c, const char *key)
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

/* A whole segment in one piece, for "Sun Flower" and "Sunflower". */
static void whole_key(char key[sizeof(struct piece) + 1],
    const struct piece *p)
{
	key[0] = '=';
	memcpy(key + 1, p->key, strlen(p->key) + 1);
}

static bool is_number(const char *key)
{
	return *key != '\0' && key[strspn(key, "0123456789")] == '\0';
}

static void post_segment(struct catalog *c, const struct words *w,
    size_t from, size_t to)
{
	char key[sizeof(struct piece) + 1];
	struct piece p;

	while (from + 1 < to && is_number(w->word[from].key))
		from++;		/* of the track */
	piece_make(&p, w, from, to);
	whole_key(key, &p);
	post(c, key);
}

static void post_name(struct catalog *c, const char *name)
{
	struct words w;

	if (name == NULL)
		return;
	words_fold(&w, name);
	for (size_t from = 0, to; from < w.count; from = to) {
		for (to = from; to < w.count &&
		    w.word[to].segment == w.word[from].segment; to++)
			if (*w.word[to].key != '\0')
				post(c, w.word[to].key);
		post_segment(c, &w, from, to);
	}
	words_free(&w);
}

/* By its tags; by its path too if they don't say enough. */
void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag)
{
	c->items = grow(c->items, &c->cap, c->count, sizeof(*c->items));
	c->items[c->count] = (struct shelved){
		.path = keep(c, name->path), .artist = keep(c, name->artist),
		.title = keep(c, name->title), .isrc = keep(c, name->isrc),
		.duration_s = (float)name->duration_s, .tag = tag,
	};
	post_name(c, name->artist);
	post_name(c, name->title);
	if (name->artist == NULL || *name->artist == '\0' ||
	    match_title_is_filler(name->title)) {
		char *title = filename_title(name->path);
		char *folders = filename_folders(name->path);

		post_name(c, title);
		post_name(c, folders);
		free(folders);
		free(title);
	}
	c->count++;
}

/* ---- asking ---- */

/* What of a name is looked up: postings that a file must be in. */
struct query {
	const struct posting *p[MAX_KEYS];
	size_t count;
	bool impossible;	/* a word that no file has */
};

static void query_word(struct query *q, const struct catalog *c,
    const struct word *w)
{
	const struct posting *p;

	/* Stars stand for letters that the other spelling may have. */
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

static const struct posting *rarest(const struct query *q)
{
	const struct posting *best = NULL;

	if (q->impossible)
		return NULL;
	for (size_t i = 0; i < q->count; i++)
		if (best == NULL || q->p[i]->count < best->count)
			best = q->p[i];
	return best;
}

#define MAX_ARTISTS_ASKED 8

/* A track as a question: a file must answer to one of the titles, and to one
 * of the artists. */
struct question {
	struct query title[2];
	struct query artist[2 * MAX_ARTISTS_ASKED];
	size_t titles, artists;
};

static void ask_title(struct question *q, const struct catalog *c,
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

static void ask_artists(struct question *q, const struct catalog *c,
    const struct track *t)
{
	for (size_t a = 0; a < t->n_artists && a < MAX_ARTISTS_ASKED; a++) {
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

/* Files that answer, at least by their words; the judge sees no others. */
struct found {
	struct library_name *names;
	size_t *tags, count, cap, tags_cap;
};

/* What must not be found. */
struct bar {
	bool (*barred)(void *ctx, size_t tag);	/* NULL: nothing */
	void *ctx;
};

static void add_found(struct found *f, const struct catalog *c,
    const struct shelved *s)
{
	f->names = grow(f->names, &f->cap, f->count, sizeof(*f->names));
	f->tags = grow(f->tags, &f->tags_cap, f->count, sizeof(*f->tags));
	f->names[f->count] = (struct library_name){ .path = kept(c, s->path),
		.artist = kept(c, s->artist), .title = kept(c, s->title),
		.isrc = kept(c, s->isrc),
		.duration_s = (double)s->duration_s };
	f->tags[f->count++] = s->tag;
}

/* by_artist: not those that have the title only. At most `most` of them. */
static void collect(const struct catalog *c, const struct question *q,
    const struct bar *bar, bool by_artist, size_t most, struct found *f)
{
	for (size_t t = 0; t < q->titles; t++) {
		const struct posting *p = rarest(&q->title[t]);

		for (size_t i = 0; p != NULL && i < p->count &&
		    f->count < most; i++) {
			uint32_t file = p->file[i];

			if (!query_has(&q->title[t], file) ||
			    (t > 0 && any_has(q->title, t, file)) ||
			    (by_artist &&
			    !any_has(q->artist, q->artists, file)) ||
			    (bar->barred != NULL &&
			    bar->barred(bar->ctx, c->items[file].tag)))
				continue;
			add_found(f, c, &c->items[file]);
		}
	}
}

static void matcher(const struct catalog *c, const struct track *t,
    const struct bar *bar, bool or_title_alone, struct found *f,
    struct match_result *j)
{
	struct question q = { .titles = 0 };

	ask_title(&q, c, t);
	ask_artists(&q, c, t);
	collect(c, &q, bar, true, SIZE_MAX, f);
	if (f->count == 0 && or_title_alone)
		collect(c, &q, bar, false, MAX_NAMESAKES, f);
	match_library(t, f->names, f->count, j, NULL);
}

size_t catalog_find(const struct catalog *c, const struct track *t,
    bool (*barred)(void *ctx, size_t tag), void *ctx, struct match_result *j)
{
	const struct bar bar = { barred, ctx };
	struct found f = { .count = 0 };
	size_t tag;

	matcher(c, t, &bar, false, &f, j);
	tag = j->pick >= 0 ? f.tags[j->pick] : SIZE_MAX;
	free(f.names);
	free(f.tags);
	return tag;
}

size_t catalog_nearest(const struct catalog *c, const struct track *t,
    bool (*barred)(void *ctx, size_t tag), void *ctx, struct match_result *j)
{
	const struct bar bar = { barred, ctx };
	struct found f = { .count = 0 };
	size_t tag;

	matcher(c, t, &bar, true, &f, j);
	tag = j->best >= 0 ? f.tags[j->best] : SIZE_MAX;
	free(f.names);
	free(f.tags);
	return tag;
}
