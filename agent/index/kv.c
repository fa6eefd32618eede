/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The LMDB environment: opened, its schema checked, read and changed.
 *
 * Every change is part of a transaction: that of index_begin to index_commit,
 * or one of its own. Reads outside a transaction use a snapshot, which each
 * call renews; within kv_each, and in an index opened for reading only, it
 * stays the same.
 */
#include "index/kv.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define SCHEMA 2
/* The map takes address space, not memory or disk, so it is larger than any
 * index will be: an analyzed file takes some 12 KiB. */
#if SIZE_MAX > UINT32_MAX
#define MAP_SIZE ((size_t)32 << 30)
#else
#define MAP_SIZE ((size_t)1 << 30)
#endif

struct index {
	MDB_env *env;
	MDB_dbi table[KV_COUNT];
	MDB_txn *write;		/* NULL in a transaction: it failed */
	bool in_transaction;
	MDB_txn *read;		/* or NULL */
	bool reading;		/* read has a snapshot */
	int loops;		/* running kv_each() calls that use it */
	bool read_only;
	char *dir;
};

static const struct {
	const char *name;
	unsigned flags;
} tables[KV_COUNT] = {
	[KV_SONGS] = { "songs", 0 },
	[KV_FILES] = { "files", 0 },
	[KV_IDENTITIES] = { "identities", MDB_DUPSORT },
	[KV_ANALYSES] = { "analyses", 0 },
	[KV_SOUNDS] = { "sounds", 0 },
	[KV_LENGTHS] = { "lengths", MDB_DUPSORT },
	[KV_SEARCHES] = { "searches", 0 },
	[KV_LISTS] = { "lists", 0 },
	[KV_NOTES] = { "notes", 0 },
};

static bool means_damage(int rc)
{
	return rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ||
	    rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH ||
	    rc == MDB_PANIC || rc == MDB_INCOMPATIBLE;
}

static size_t room(const struct index *x)
{
	MDB_envinfo info;

	return mdb_env_info(x->env, &info) == 0 ? info.me_mapsize : 0;
}

static enum outcome index_error(
    const struct index *x, int rc, struct error *error)
{
	if (means_damage(rc))
		return error_set(error, RUN_FAILED, "%s: the index is damaged "
		    "(%s): move %s away, the next run rebuilds it", x->dir,
		    mdb_strerror(rc), x->dir);
	if (rc == MDB_MAP_FULL)
		return error_set(error, RUN_FAILED, "%s: the index has reached "
		    "its largest size, %zu MiB", x->dir, room(x) >> 20);
	if (rc == ENOSPC || rc == EDQUOT)
		return error_set(error, RUN_FAILED, "%s: the disk is full: "
		    "free some space, the next run continues", x->dir);
	return error_set(error, RUN_FAILED, "%s: the index can't be used: %s; "
	    "`likesync doctor` checks the state folder", x->dir,
	    mdb_strerror(rc));
}

/* ---- reading ---- */

static void release_snapshot(struct index *x)
{
	if (x->reading)
		mdb_txn_reset(x->read);
	x->reading = false;
}

/* The transaction to read in; NULL, which is logged, if there can be none. */
static MDB_txn *reader(struct index *x)
{
	int rc;

	if (x->in_transaction)
		return x->write;
	if (x->reading && (x->loops > 0 || x->read_only))
		return x->read;
	release_snapshot(x);
	rc = x->read != NULL ? mdb_txn_renew(x->read) :
	    mdb_txn_begin(x->env, NULL, MDB_RDONLY, &x->read);
	x->reading = rc == 0;
	if (rc == 0)
		return x->read;
	log_error("%s: the index can't be read: %s", x->dir,
	    mdb_strerror(rc));
	return NULL;
}

static MDB_val val(const void *data, size_t len)
{
	return (MDB_val){ .mv_size = len, .mv_data = (void *)(uintptr_t)data };
}

enum outcome kv_get(struct index *x, enum kv_table t, const void *key,
    size_t len, MDB_val *value)
{
	MDB_val k = val(key, len);
	MDB_txn *txn = reader(x);
	int rc;

	if (txn == NULL)
		return ITEM_FAILED;
	rc = mdb_get(txn, x->table[t], &k, value);
	if (rc != 0 && rc != MDB_NOTFOUND)
		log_error("%s: the index can't be read: %s", x->dir,
		    mdb_strerror(rc));
	return rc == 0 ? DONE : ITEM_FAILED;
}

/* The loop itself. */
static int visit(MDB_cursor *cursor, const MDB_val *only,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx, int *rc)
{
	MDB_val k = only != NULL ? *only : val(NULL, 0), v;
	MDB_cursor_op first = only != NULL ? MDB_SET_KEY : MDB_FIRST;
	MDB_cursor_op next = only != NULL ? MDB_NEXT_DUP : MDB_NEXT;
	int stop = 0;

	*rc = mdb_cursor_get(cursor, &k, &v, first);
	while (*rc == 0 && (stop = each(ctx, &k, &v)) == 0)
		*rc = mdb_cursor_get(cursor, &k, &v, next);
	return stop;
}

int kv_each(struct index *x, enum kv_table t, const MDB_val *key,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx)
{
	MDB_txn *txn = reader(x);
	MDB_cursor *cursor;
	int rc, stop = 0;

	if (txn == NULL)
		return 0;
	rc = mdb_cursor_open(txn, x->table[t], &cursor);
	if (rc == 0) {
		x->loops++;
		stop = visit(cursor, key, each, ctx, &rc);
		x->loops--;
		mdb_cursor_close(cursor);
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		log_error("%s: the index can't be read: %s", x->dir,
		    mdb_strerror(rc));
	return stop;
}

size_t kv_count(struct index *x, enum kv_table t)
{
	MDB_txn *txn = reader(x);
	MDB_stat st;

	return txn != NULL && mdb_stat(txn, x->table[t], &st) == 0 ?
	    st.ms_entries : 0;
}

/* ---- changing ---- */

static void end_transaction(struct index *x)
{
	if (x->write != NULL)
		mdb_txn_abort(x->write);
	x->write = NULL;
	x->in_transaction = false;
}

static enum outcome busy_error(const struct index *x, struct error *error)
{
	return error_set(error, RUN_FAILED, "%s: the index can't be changed %s",
	    x->dir, x->read_only ? "when opened read-only" : "while it is "
	    "being read");
}

enum outcome index_begin(struct index *x, struct error *error)
{
	int rc;

	if (x->read_only || x->in_transaction || x->loops > 0)
		return busy_error(x, error);
	release_snapshot(x);
	rc = mdb_txn_begin(x->env, NULL, 0, &x->write);
	if (rc != 0) {
		x->write = NULL;
		return index_error(x, rc, error);
	}
	x->in_transaction = true;
	return DONE;
}

enum outcome index_commit(struct index *x, struct error *error)
{
	int rc = x->write != NULL ? mdb_txn_commit(x->write) : MDB_BAD_TXN;

	x->write = NULL;
	end_transaction(x);
	return rc == 0 ? DONE : index_error(x, rc, error);
}

void index_abort(struct index *x)
{
	end_transaction(x);
}

bool index_in_transaction(const struct index *x)
{
	return x->in_transaction;
}

enum outcome kv_enter(struct index *x, bool *own, struct error *error)
{
	*own = !x->in_transaction;
	if (*own)
		return index_begin(x, error);
	return x->loops > 0 ? busy_error(x, error) : DONE;
}

enum outcome kv_leave(struct index *x, bool own, enum outcome o,
    struct error *error)
{
	if (!own)
		return o;
	if (o == DONE)
		return index_commit(x, error);
	index_abort(x);
	return o;
}

/* One change of a table. remove: of value, or of all values of the key if it
 * is NULL. A transaction in which a change failed can't be committed. */
static enum outcome change(struct index *x, enum kv_table t, bool remove,
    MDB_val key, MDB_val *value, struct error *error)
{
	enum outcome o;
	bool own;
	int rc;

	o = kv_enter(x, &own, error);
	if (o != DONE)
		return o;
	if (x->write == NULL)
		rc = MDB_BAD_TXN;
	else if (remove)
		rc = mdb_del(x->write, x->table[t], &key, value);
	else
		rc = mdb_put(x->write, x->table[t], &key, value, 0);
	if (rc != 0 && !(remove && rc == MDB_NOTFOUND)) {
		o = index_error(x, rc, error);
		if (x->write != NULL)
			mdb_txn_abort(x->write);
		x->write = NULL;
	}
	return kv_leave(x, own, o, error);
}

enum outcome kv_put(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct error *error)
{
	MDB_val v = val(value, value_len);

	return change(x, t, false, val(key, len), &v, error);
}

enum outcome kv_remove(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct error *error)
{
	MDB_val v = val(value, value_len);

	return change(x, t, true, val(key, len), value != NULL ? &v : NULL,
	    error);
}

/* ---- opening ---- */

static int open_tables(struct index *x)
{
	unsigned create = x->read_only ? 0 : MDB_CREATE;
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(x->env, NULL, x->read_only ? MDB_RDONLY : 0,
	    &txn);

	if (rc != 0)
		return rc;
	for (int i = 0; i < KV_COUNT && rc == 0; i++)
		rc = mdb_dbi_open(txn, tables[i].name,
		    tables[i].flags | create, &x->table[i]);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int open_env(struct index *x, size_t map_size)
{
	int dead, rc = mdb_env_create(&x->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(x->env, KV_COUNT);
	if (rc == 0)
		rc = mdb_env_set_mapsize(x->env, map_size);
	if (rc == 0)
		rc = mdb_env_open(x->env, x->dir, MDB_NOTLS |
		    (x->read_only ? MDB_RDONLY : 0), 0600);
	/* A killed process leaves its entry in the reader table, which keeps
	 * old pages from being reused. */
	if (rc == 0)
		rc = mdb_reader_check(x->env, &dead);
	return rc == 0 ? open_tables(x) : rc;
}

/* Clears a new index, or one with an older schema. */
static enum outcome reset_tables(struct index *x, struct error *error)
{
	enum outcome o = index_begin(x, error);

	if (o != DONE)
		return o;
	for (int i = 0; i < KV_COUNT && o == DONE; i++) {
		int rc = mdb_drop(x->write, x->table[i], 0);

		if (rc != 0)
			o = index_error(x, rc, error);
	}
	if (o == DONE)
		o = index_put_note_int(x, KV_SCHEMA_NOTE, SCHEMA, error);
	return kv_leave(x, true, o, error);
}

static enum outcome missing_error(const struct index *x, struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s: there is no index yet: "
	    "`likesync sync` creates it", x->dir);
}

static enum outcome check_schema(struct index *x, struct error *error)
{
	int64_t schema = index_get_note_int(x, KV_SCHEMA_NOTE, 0);

	if (schema > SCHEMA)
		return error_set(error, RUN_FAILED, "%s: the index was written "
		    "by a newer likesync (schema %lld, this one knows %d): use "
		    "that one, or move %s away, the next run rebuilds it",
		    x->dir, (long long)schema, SCHEMA, x->dir);
	if (schema == SCHEMA)
		return DONE;
	return x->read_only ? missing_error(x, error) : reset_tables(x, error);
}

/* Has nothing ever been committed? Then LMDB's first two pages are missing,
 * perhaps because the disk was full; such a file is removed. */
static bool is_blank(const struct index *x)
{
	char *path = path_join(x->dir, "data.mdb");
	struct stat st;
	bool blank = stat(path, &st) != 0 ? errno == ENOENT :
	    st.st_size < 2 * sysconf(_SC_PAGESIZE);

	if (blank && !x->read_only)
		unlink(path);
	free(path);
	return blank;
}

static enum outcome open_index(struct index *x, size_t map_size,
    struct error *error)
{
	bool blank = is_blank(x);
	int rc;

	if (blank && x->read_only)
		return missing_error(x, error);
	if (!x->read_only && file_make_dirs(x->dir, 0700) != 0)
		return error_set(error, RUN_FAILED, "%s: can't be created: %s",
		    x->dir, strerror(errno));
	rc = blank || kv_is_whole(x->dir) ? open_env(x, map_size) :
	    MDB_CORRUPTED;
	if (rc == 0)
		return check_schema(x, error);
	if (x->read_only && rc == MDB_NOTFOUND)
		return missing_error(x, error);
	return index_error(x, rc, error);
}

enum outcome kv_open(const char *dir, bool read_only, size_t map_size,
    struct index **out, struct error *error)
{
	struct index *x = xcalloc(1, sizeof(*x));
	enum outcome o;

	x->read_only = read_only;
	x->dir = xstrdup(dir);
	o = open_index(x, map_size, error);
	if (o != DONE) {
		index_close(x);
		x = NULL;
	}
	*out = x;
	return o;
}

enum outcome index_open(const char *dir, bool read_only, struct index **out,
    struct error *error)
{
	return kv_open(dir, read_only, MAP_SIZE, out, error);
}

enum outcome index_copy(struct index *x, int fd, struct error *error)
{
	int rc = mdb_env_copyfd2(x->env, fd, MDB_CP_COMPACT);

	return rc == 0 ? DONE : index_error(x, rc, error);
}

void index_close(struct index *x)
{
	if (x == NULL)
		return;
	end_transaction(x);
	if (x->read != NULL)
		mdb_txn_abort(x->read);
	if (x->env != NULL)
		mdb_env_close(x->env);
	free(x->dir);
	free(x);
}
