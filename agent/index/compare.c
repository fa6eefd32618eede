/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The library beside the index: one cursor goes through the files of each
 * folder, and mostly finds the next one on the page where it is.
 */
#include "index/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/file_key.h"

struct index_comparison {
	struct index *index;
	MDB_cursor *files;
	uint32_t folder;		/* 0: the index has none of its files */
	char *path;			/* of that folder; owned */
	size_t found;			/* of its files that the index has */
	uint8_t *entered;		/* a bit for each folder's number */
	size_t bytes;
};

struct index_comparison *index_compare_begin(struct index *x)
{
	struct index_comparison *c = xcalloc(1, sizeof(*c));

	c->index = x;
	c->files = kv_open_cursor(x, KV_FILES);
	return c;
}

void index_compare_end(struct index_comparison *c)
{
	if (c == NULL)
		return;
	kv_close_cursor(c->index, c->files);
	free(c->entered);
	free(c->path);
	free(c);
}

static bool was_entered(const struct index_comparison *c, uint32_t folder)
{
	return folder / 8 < c->bytes &&
	    (c->entered[folder / 8] >> folder % 8 & 1) != 0;
}

void index_compare_enter(struct index_comparison *c, const char *folder)
{
	size_t byte;

	c->folder = file_folder(c->index, folder);
	c->found = 0;
	str_replace(&c->path, folder);
	if (c->folder == 0)
		return;
	byte = c->folder / 8;
	if (byte >= c->bytes) {
		c->entered = xrealloc(c->entered, 2 * byte + 1);
		memset(c->entered + c->bytes, 0, 2 * byte + 1 - c->bytes);
		c->bytes = 2 * byte + 1;
	}
	c->entered[byte] |= (uint8_t)(1 << c->folder % 8);
}

enum index_difference index_compare_file(struct index_comparison *c,
    const char *name, int64_t size, int64_t mtime_ns, uint64_t inode)
{
	struct file_key k;
	struct file_head h;
	MDB_val key, value;

	if (c->folder == 0 || c->files == NULL)
		return FILE_NEW;
	k = file_key_in(c->folder, name);
	key = (MDB_val){ .mv_size = k.len, .mv_data = k.bytes };
	if (mdb_cursor_get(c->files, &key, &value, MDB_SET_KEY) != 0)
		return FILE_NEW;
	c->found++;
	return file_get_head(&value, &h) && h.size == size &&
	    h.mtime_ns == mtime_ns && h.inode == inode &&
	    file_is_whole(&value) ? FILE_SAME : FILE_CHANGED;
}

/* Calls each, unless NULL, for the paths of all files of the folder; returns
 * their number. */
static size_t each_of(struct index_comparison *c, uint32_t folder,
    const char *path, void (*each)(void *ctx, const char *path), void *ctx)
{
	struct file_key k = file_key_in(folder, "");
	MDB_val key = { .mv_size = k.len, .mv_data = k.bytes }, value;
	size_t count = 0;
	int rc = c->files == NULL ? MDB_NOTFOUND :
	    mdb_cursor_get(c->files, &key, &value, MDB_SET_RANGE);

	for (; rc == 0 && key.mv_size >= k.len &&
	    memcmp(key.mv_data, k.bytes, k.len) == 0; count++) {
		char *name = each != NULL ? file_name(&key, &value) : NULL;
		char *whole = name == NULL ? NULL : *path == '\0' ?
		    xstrdup(name) : path_join(path, name);

		if (whole != NULL)
			each(ctx, whole);
		free(whole);
		free(name);
		rc = mdb_cursor_get(c->files, &key, &value, MDB_NEXT);
	}
	return count;
}

void index_compare_leave(struct index_comparison *c,
    void (*each)(void *ctx, const char *path), void *ctx)
{
	if (c->folder != 0 &&
	    each_of(c, c->folder, c->path, NULL, NULL) > c->found)
		each_of(c, c->folder, c->path, each, ctx);
}

struct rest {
	struct index_comparison *comparison;
	void (*each)(void *ctx, const char *path);
	void *ctx;
};

static int visit_folder(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct rest *r = ctx;
	uint32_t folder;
	char *path;

	if (key->mv_size != KV_NUMBER_LEN)
		return 0;
	folder = kv_parse_number(key->mv_data);
	if (was_entered(r->comparison, folder))
		return 0;
	path = xstrndup(value->mv_data, value->mv_size);
	each_of(r->comparison, folder, path, r->each, r->ctx);
	free(path);
	return 0;
}

void index_compare_rest(struct index_comparison *c,
    void (*each)(void *ctx, const char *path), void *ctx)
{
	struct rest r = { .comparison = c, .each = each, .ctx = ctx };

	kv_each(c->index, KV_FOLDER_PATHS, NULL, visit_folder, &r);
}
