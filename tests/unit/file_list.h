/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_list: a catalog over files that a test lists in memory, numbered from 1. */
#ifndef TESTS_FILE_LIST_H
#define TESTS_FILE_LIST_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/catalog.h"

struct file_list_file {
	struct library_name name;	/* path is owned */
	char **words;
	size_t count, cap;
};

struct file_list {
	struct file_list_file *files;
	size_t count, cap;
	uint32_t excluded;		/* a file that must not match; 0 */
};

static void file_list_add_word(void *ctx, const char *word)
{
	struct file_list_file *f = ctx;

	f->words = grow(f->words, &f->cap, f->count, sizeof(*f->words));
	f->words[f->count++] = xstrdup(word);
}

static uint32_t file_list_add(struct file_list *s, const struct library_name *name)
{
	struct file_list_file *f;

	s->files = grow(s->files, &s->cap, s->count, sizeof(*s->files));
	f = &s->files[s->count++];
	*f = (struct file_list_file){ .name = *name };
	f->name.path = xstrdup(name->path);
	catalog_words(name, file_list_add_word, f);
	return (uint32_t)s->count;
}

static bool file_list_has(const struct file_list_file *f, const char *word)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->words[i], word) == 0)
			return true;
	return false;
}

static size_t file_list_count(void *ctx, const char *word)
{
	const struct file_list *s = ctx;
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		count += file_list_has(&s->files[i], word);
	return count;
}

static bool file_list_has_word(void *ctx, const char *word, uint32_t file)
{
	const struct file_list *s = ctx;

	return file_list_has(&s->files[file - 1], word);
}

static size_t file_list_list(void *ctx, const char *word, uint32_t **files)
{
	const struct file_list *s = ctx;
	size_t count = 0;

	*files = xcalloc(s->count + 1, sizeof(**files));
	for (uint32_t i = 1; i <= s->count; i++)
		if (file_list_has(&s->files[i - 1], word))
			(*files)[count++] = i;
	return count;
}

static bool file_list_name(void *ctx, uint32_t file, struct library_name *out)
{
	const struct file_list *s = ctx;

	*out = s->files[file - 1].name;
	return file != s->excluded;
}

static struct catalog file_list_catalog(struct file_list *s)
{
	return (struct catalog){ .ctx = s, .count = file_list_count,
		.has = file_list_has_word, .list = file_list_list,
		.name = file_list_name };
}

static void file_list_free(struct file_list *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < s->files[i].count; k++)
			free(s->files[i].words[k]);
		free(s->files[i].words);
		free((char *)(uintptr_t)s->files[i].name.path);
	}
	free(s->files);
}

#endif
