/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/catalog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "match/filename.h"
#include "match/title.h"

struct shelved {
	char *path, *artist, *title, *isrc;
	double duration_s;
	size_t tag;
};

/* The files in whose name a word stands. */
struct posting {
	size_t *file;
	size_t count, cap;
};

struct catalog {
	struct shelved *items;
	size_t count, cap;
	struct map *words;	/* folded word -> struct posting */
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
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].path);
		free(c->items[i].artist);
		free(c->items[i].title);
		free(c->items[i].isrc);
	}
	free(c->items);
	map_free(c->words, free_posting);
	free(c);
}

static void post(struct catalog *c, const char *word, size_t file)
{
	struct posting *p = map_get_str(c->words, word);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		map_put_str(c->words, word, p);
	}
	if (p->count > 0 && p->file[p->count - 1] == file)
		return;
	p->file = grow(p->file, &p->cap, p->count, sizeof(*p->file));
	p->file[p->count++] = file;
}

void catalog_add(struct catalog *c, const struct library_name *name,
    size_t tag)
{
	struct shelved *s;
	struct words w;
	char *plain;

	c->items = grow(c->items, &c->cap, c->count, sizeof(*c->items));
	s = &c->items[c->count];
	s->path = xstrdup(name->path);
	s->artist = xstrdup(name->artist);
	s->title = xstrdup(name->title);
	s->isrc = xstrdup(name->isrc);
	s->duration_s = name->duration_s;
	s->tag = tag;
	plain = name->title != NULL ? xstrdup(name->title) :
	    filename_title(name->path);
	words_fold(&w, plain);
	free(plain);
	for (size_t i = 0; i < w.count; i++)
		post(c, w.word[i].key, c->count);
	words_free(&w);
	c->count++;
}

/* Every word of the title must stand in the file's name, so the files of its
 * rarest word are all that need a look. */
static const struct posting *rarest(const struct catalog *c,
    const struct title *title)
{
	const struct words *core = &title->words;
	const struct posting *best = NULL;

	for (size_t i = 0; i < core->count; i++) {
		const struct posting *p = map_get_str(c->words, core->word[i].key);

		if (title->role[i] != ROLE_TITLE)
			continue;
		if (p == NULL)
			return NULL;
		if (best == NULL || p->count < best->count)
			best = p;
	}
	return best;
}

size_t catalog_find(const struct catalog *c, const struct track *t,
    bool (*barred)(void *ctx, size_t tag), void *ctx, struct judgement *j)
{
	struct library_name *names;
	const struct posting *p;
	struct title title;
	size_t found = SIZE_MAX, *tags, n = 0;

	memset(j, 0, sizeof(*j));
	j->pick = j->best = -1;
	title_parse(&title, t->title != NULL ? t->title : "");
	p = rarest(c, &title);
	title_free(&title);
	if (p == NULL)
		return SIZE_MAX;
	names = xcalloc(p->count, sizeof(*names));
	tags = xcalloc(p->count, sizeof(*tags));
	for (size_t i = 0; i < p->count; i++) {
		const struct shelved *s = &c->items[p->file[i]];

		if (barred != NULL && barred(ctx, s->tag))
			continue;
		names[n] = (struct library_name){ .path = s->path,
			.artist = s->artist, .title = s->title,
			.isrc = s->isrc, .duration_s = s->duration_s };
		tags[n++] = s->tag;
	}
	match_library(t, names, n, j, NULL);
	if (j->pick >= 0)
		found = tags[j->pick];
	free(tags);
	free(names);
	return found;
}
