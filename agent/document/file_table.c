/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/file_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fast_hash.h"
#include "base/mem.h"

static char *without_slash(char *root)
{
	size_t n = root != NULL ? strlen(root) : 0;

	while (n > 0 && root[n - 1] == '/')
		root[--n] = '\0';
	return root;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = fast_hash64(text, strlen(text));

	return hash != 0 ? hash : 1;
}

static size_t add_text(struct file_table *f, const char *text)
{
	size_t n = strlen(text) + 1, at = f->texts.used;

	memcpy(mapped_add(&f->texts, n), text, n);
	return at;
}

static void add_row(void *to, const struct entry_row *r)
{
	struct file_table *f = to;
	struct file_row row = { .digest = r->digest,
		.hash = hash_text(r->path) };

	row.path = add_text(f, r->path);
	if (r->doc_id != NULL)
		row.id = add_text(f, r->doc_id);
	memcpy(mapped_add(&f->rows, sizeof(row)), &row, sizeof(row));
	f->digest = f->digest * 31 + (row.digest ^ row.hash);
	f->count++;
}

/* At most half full: a look-up takes a step or two. */
static void build_index(struct file_table *f)
{
	size_t size = 16;

	while (size < 2 * f->count)
		size *= 2;
	f->index = xcalloc(size, sizeof(*f->index));
	f->mask = size - 1;
	for (size_t i = 1; i <= f->count; i++) {
		size_t at = table_row(f, i)->hash & f->mask;

		while (f->index[at] != 0)
			at = (at + 1) & f->mask;
		f->index[at] = (uint32_t)i;
	}
	mapped_release(&f->rows);
	mapped_release(&f->texts);
}

static void fill(struct file_table *f, const char *folder)
{
	const struct entry_source *s = f->source;

	mapped_open(&f->rows, folder);
	mapped_open(&f->texts, folder);
	add_text(f, "");
	if (s != NULL)
		(f->is_partial ? s->each_changed : s->each)(s->ctx, add_row, f);
	if (f->is_partial)
		f->digest = 0;
	build_index(f);
}

static void empty(struct file_table *f)
{
	free(f->index);
	mapped_close(&f->rows);
	mapped_close(&f->texts);
	f->count = 0;
	f->digest = 0;
}

static void init(struct file_table *f, const struct entry_source *source,
    const char *root, const char *folder, bool is_partial)
{
	memset(f, 0, sizeof(*f));
	f->source = source;
	f->is_partial = is_partial;
	f->root = without_slash(xstrdup(root));
	f->real_root = without_slash(realpath(root, NULL));
	fill(f, folder);
}

void table_init(struct file_table *f, const struct entry_source *source,
    const char *root, const char *folder)
{
	init(f, source, root, folder, false);
}

void table_init_changed(struct file_table *f, const struct entry_source *source,
    const char *root, const char *folder)
{
	init(f, source, root, folder, true);
}

void table_complete(struct file_table *f, const char *folder)
{
	empty(f);
	f->is_partial = false;
	fill(f, folder);
}

void table_free(struct file_table *f)
{
	free(f->root);
	free(f->real_root);
	empty(f);
}

void table_reset(struct file_table *f)
{
	for (size_t i = 1; i <= f->count; i++) {
		struct file_row *r = table_row(f, i);

		r->slot = 0;
		r->id_in_use = r->is_added = false;
	}
}

struct file_row *table_row(const struct file_table *f, size_t number)
{
	return (struct file_row *)(void *)f->rows.data + number - 1;
}

const char *table_path(const struct file_table *f, const struct file_row *r)
{
	return f->texts.data + r->path;
}

const char *table_id(const struct file_table *f, const struct file_row *r)
{
	return r->id != 0 ? f->texts.data + r->id : NULL;
}

const struct entry *table_get(const struct file_table *f,
    const struct file_row *r)
{
	return f->source->get(f->source->ctx, table_path(f, r));
}

static const char *below(const char *root, const char *path)
{
	size_t n = root != NULL ? strlen(root) : 0;

	return root != NULL && strncmp(path, root, n) == 0 &&
	    path[n] == '/' ? path + n + 1 : NULL;
}

uint64_t table_hash(const struct file_table *f, const char *path)
{
	const char *rel = below(f->root, path);

	if (rel == NULL)
		rel = below(f->real_root, path);
	return rel != NULL ? hash_text(rel) : 0;
}

uint32_t table_find(const struct file_table *f, uint64_t hash)
{
	for (size_t at = hash & f->mask; f->index[at] != 0;
	    at = (at + 1) & f->mask)
		if (table_row(f, f->index[at])->hash == hash)
			return f->index[at];
	return 0;
}

uint64_t id_hash(const char *id)
{
	return hash_text(id);
}
