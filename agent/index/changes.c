/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "index/kv.h"

#define MAX_CHANGES 4096	/* to look at more files one by one costs as
				   much as to look at all */

/* A value: the change as one byte, then the path with its NUL. */
static enum file_change change_of(const MDB_val *value)
{
	const uint8_t *bytes = value->mv_data;

	return value->mv_size < 3 || bytes[value->mv_size - 1] != '\0' ||
	    bytes[0] > CHANGE_REMOVED ? CHANGE_REMOVED :
	    (enum file_change)bytes[0];
}

/* What was added and then changed is still new. */
static enum file_change join(enum file_change first, enum file_change second)
{
	if (first == CHANGE_ADDED && second != CHANGE_REMOVED)
		return first;
	return first > second ? first : second;
}

enum outcome change_note(struct index *x, const char *path,
    enum file_change change, struct error *error)
{
	struct kv_key k = kv_key_of(path);
	struct buf value = BUF_INIT;
	enum outcome o;
	MDB_val old;

	if (kv_get(x, KV_CHANGES, k.text, k.len, &old) == DONE) {
		change = join(change_of(&old), change);
		if (change == change_of(&old))
			return DONE;
	} else if (!index_knows_changes(x)) {
		return DONE;
	}
	buf_putc(&value, (char)change);
	buf_append(&value, path, strlen(path) + 1);
	o = kv_put(x, KV_CHANGES, k.text, k.len, value.data, value.len, error);
	buf_free(&value);
	return o;
}

/* Paths, each with its NUL: nothing can be changed while they are listed. */
static int add_path(void *ctx, const struct file *f)
{
	struct buf *paths = ctx;

	buf_append(paths, f->path, strlen(f->path) + 1);
	return 0;
}

enum outcome change_note_copies(struct index *x, const char *identity,
    enum file_change change, struct error *error)
{
	struct buf paths = BUF_INIT;
	enum outcome o = DONE;

	index_each_copy(x, identity, add_path, &paths);
	for (size_t at = 0; at < paths.len && o == DONE;
	    at += strlen(paths.data + at) + 1)
		o = change_note(x, paths.data + at, change, error);
	buf_free(&paths);
	return o;
}

bool index_knows_changes(struct index *x)
{
	return kv_count(x, KV_CHANGES) < MAX_CHANGES;
}

struct change_visit {
	int (*each)(void *ctx, const char *path, enum file_change change);
	void *ctx;
};

static int visit_change(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct change_visit *visit = ctx;
	enum file_change change = change_of(value);

	(void)key;
	return visit->each(visit->ctx, value->mv_size > 1 ?
	    (const char *)value->mv_data + 1 : "", change);
}

int index_each_change(struct index *x, int (*each)(void *ctx,
    const char *path, enum file_change change), void *ctx)
{
	struct change_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_CHANGES, NULL, visit_change, &visit);
}

enum outcome index_forget_changes(struct index *x, struct error *error)
{
	return kv_count(x, KV_CHANGES) == 0 ? DONE :
	    kv_clear(x, KV_CHANGES, error);
}
