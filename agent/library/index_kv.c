/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The environment: opened, its schema checked, its map grown ahead of need. A
 * transaction that is bracketed by index_begin and index_commit is used by all
 * calls in between; else each change is one of its own, and reading uses a
 * read transaction that is renewed each time.
 */
#include "library/index_kv.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define SCHEMA "1"
#define SCHEMA_KEY "schema"

/* Half of the map is free whenever a transaction begins, so none can meet its
 * end: the largest, a first pull of 12,000 likes, takes under 10 MB. */
#define MAP_START (256ull << 20)

struct index {
	MDB_env *env;
	MDB_dbi table[KV_COUNT];
	MDB_txn *write;		/* the open one, or NULL */
	MDB_txn *read;		/* or NULL */
	bool reading;		/* it holds a snapshot */
	bool bracket;		/* write was begun by index_begin */
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
	[KV_NOTES] = { "notes", 0 },
};

static enum outcome broken(const struct index *x, int rc, struct why *why)
{
	if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ||
	    rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH ||
	    rc == MDB_PANIC)
		return why_set(why, RUN_FAILED, "%s: the index is damaged "
		    "(%s); move it away, the next run rebuilds it", x->dir,
		    mdb_strerror(rc));
	return why_set(why, RUN_FAILED, "%s: %s", x->dir, mdb_strerror(rc));
}

static int grow_map(struct index *x)
{
	MDB_envinfo info;
	MDB_stat st;
	size_t used;
	int rc = mdb_env_info(x->env, &info);

	if (rc == 0)
		rc = mdb_env_stat(x->env, &st);
	if (rc != 0)
		return rc;
	used = (info.me_last_pgno + 1) * st.ms_psize;
	if (used < info.me_mapsize / 2)
		return 0;
	return mdb_env_set_mapsize(x->env, info.me_mapsize * 2);
}

static enum outcome begin_write(struct index *x, struct why *why)
{
	int rc;

	if (x->read_only)
		return why_set(why, RUN_FAILED, "%s: opened for reading only",
		    x->dir);
	rc = grow_map(x);
	if (rc == 0)
		rc = mdb_txn_begin(x->env, NULL, 0, &x->write);
	if (rc == MDB_MAP_RESIZED) {	/* another process grew it */
		rc = mdb_env_set_mapsize(x->env, 0);
		if (rc == 0)
			rc = mdb_txn_begin(x->env, NULL, 0, &x->write);
	}
	if (rc == 0)
		return DONE;
	x->write = NULL;
	return broken(x, rc, why);
}

static enum outcome end_write(struct index *x, struct why *why)
{
	int rc = mdb_txn_commit(x->write);

	x->write = NULL;
	return rc == 0 ? DONE : broken(x, rc, why);
}

static void drop_write(struct index *x)
{
	if (x->write != NULL)
		mdb_txn_abort(x->write);
	x->write = NULL;
	x->bracket = false;
}

enum outcome index_begin(struct index *x, struct why *why)
{
	enum outcome o = begin_write(x, why);

	x->bracket = o == DONE;
	return o;
}

enum outcome index_commit(struct index *x, struct why *why)
{
	x->bracket = false;
	return end_write(x, why);
}

void index_abort(struct index *x)
{
	drop_write(x);
}

bool index_in_bracket(const struct index *x)
{
	return x->bracket;
}

/* The transaction to read in; NULL if there can be none now. */
static MDB_txn *reader(struct index *x)
{
	int rc;

	if (x->write != NULL)
		return x->write;
	if (x->reading)
		return x->read;
	if (x->read == NULL)
		rc = mdb_txn_begin(x->env, NULL, MDB_RDONLY, &x->read);
	else
		rc = mdb_txn_renew(x->read);
	if (rc == MDB_MAP_RESIZED && mdb_env_set_mapsize(x->env, 0) == 0)
		rc = x->read == NULL ? mdb_txn_begin(x->env, NULL, MDB_RDONLY,
		    &x->read) : mdb_txn_renew(x->read);
	x->reading = rc == 0;
	if (rc == 0)
		return x->read;
	log_error("%s: %s", x->dir, mdb_strerror(rc));
	return NULL;
}

/* Lets go of the snapshot, so that freed pages can be used again. What was
 * read stays as it is until this process writes: the caller uses it before his
 * next call. Beside another process that writes, the snapshot is kept. */
static void done_reading(struct index *x, MDB_txn *txn)
{
	if (txn == NULL || txn != x->read || x->read_only)
		return;
	mdb_txn_reset(txn);
	x->reading = false;
}

enum outcome kv_get(struct index *x, enum kv_table t, const void *key,
    size_t len, MDB_val *value)
{
	MDB_val k = { .mv_size = len, .mv_data = (void *)(uintptr_t)key };
	MDB_txn *txn = reader(x);
	int rc = txn != NULL ? mdb_get(txn, x->table[t], &k, value) :
	    MDB_NOTFOUND;

	done_reading(x, txn);
	return rc == 0 ? DONE : TRACK_FAILED;
}

enum outcome kv_put(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why)
{
	MDB_val k = { .mv_size = len, .mv_data = (void *)(uintptr_t)key };
	MDB_val v = { .mv_size = value_len,
		.mv_data = (void *)(uintptr_t)value };
	enum outcome o = x->write != NULL ? DONE : begin_write(x, why);
	int rc;

	if (o != DONE)
		return o;
	rc = mdb_put(x->write, x->table[t], &k, &v, 0);
	if (rc == 0)
		return x->bracket ? DONE : end_write(x, why);
	if (!x->bracket)
		drop_write(x);
	return broken(x, rc, why);
}

enum outcome kv_remove(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why)
{
	MDB_val k = { .mv_size = len, .mv_data = (void *)(uintptr_t)key };
	MDB_val v = { .mv_size = value_len,
		.mv_data = (void *)(uintptr_t)value };
	enum outcome o = x->write != NULL ? DONE : begin_write(x, why);
	int rc;

	if (o != DONE)
		return o;
	rc = mdb_del(x->write, x->table[t], &k, value != NULL ? &v : NULL);
	if (rc == 0 || rc == MDB_NOTFOUND)
		return x->bracket ? DONE : end_write(x, why);
	if (!x->bracket)
		drop_write(x);
	return broken(x, rc, why);
}

int kv_each(struct index *x, enum kv_table t,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx)
{
	MDB_txn *txn = NULL;
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc = 0, stop = 0;

	/* A snapshot of its own: each may read the index by other calls. */
	if (x->write != NULL)
		txn = x->write;
	else if (mdb_txn_begin(x->env, NULL, MDB_RDONLY, &txn) != 0)
		return 0;
	if (mdb_cursor_open(txn, x->table[t], &cursor) == 0) {
		while (stop == 0 &&
		    (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
			stop = each(ctx, &k, &v);
		mdb_cursor_close(cursor);
	}
	if (txn != x->write)
		mdb_txn_abort(txn);
	if (rc != 0 && rc != MDB_NOTFOUND)
		log_error("%s: %s", x->dir, mdb_strerror(rc));
	return stop;
}

size_t kv_count(struct index *x, enum kv_table t)
{
	MDB_txn *txn = reader(x);
	MDB_stat st = { .ms_entries = 0 };

	if (txn != NULL && mdb_stat(txn, x->table[t], &st) != 0)
		st.ms_entries = 0;
	done_reading(x, txn);
	return st.ms_entries;
}

static int open_tables(struct index *x, MDB_txn *txn)
{
	unsigned create = x->read_only ? 0 : MDB_CREATE;
	int rc = 0;

	for (int i = 0; i < KV_COUNT && rc == 0; i++)
		rc = mdb_dbi_open(txn, tables[i].name,
		    tables[i].flags | create, &x->table[i]);
	return rc;
}

/* A schema of another version is not touched: it may be a newer program's. */
static enum outcome check_schema(struct index *x, struct why *why)
{
	char *schema = index_get_note(x, SCHEMA_KEY);
	enum outcome o = DONE;

	if (schema == NULL && !x->read_only)
		o = index_put_note(x, SCHEMA_KEY, SCHEMA, why);
	else if (schema != NULL && strcmp(schema, SCHEMA) != 0)
		o = why_set(why, RUN_FAILED, "%s: the index has schema %s, "
		    "this program knows %s; move it away to have it rebuilt",
		    x->dir, schema, SCHEMA);
	free(schema);
	return o;
}

static int open_env(struct index *x)
{
	unsigned flags = x->read_only ? MDB_RDONLY : 0;
	MDB_txn *txn;
	int dead, rc = mdb_env_create(&x->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(x->env, KV_COUNT);
	if (rc == 0)
		rc = mdb_env_set_mapsize(x->env, MAP_START);
	/* Several read transactions in one thread (kv_each within others). */
	if (rc == 0)
		rc = mdb_env_open(x->env, x->dir, flags | MDB_NOTLS, 0600);
	if (rc != 0)
		return rc;
	mdb_reader_check(x->env, &dead);
	rc = mdb_txn_begin(x->env, NULL, flags, &txn);
	if (rc != 0)
		return rc;
	rc = open_tables(x, txn);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

enum outcome index_open(const char *dir, bool read_only, struct index **out,
    struct why *why)
{
	struct index *x = xcalloc(1, sizeof(*x));
	enum outcome o;
	int rc;

	*out = NULL;
	x->read_only = read_only;
	x->dir = xstrdup(dir);
	rc = open_env(x);
	if (rc == 0)
		o = check_schema(x, why);
	else if (read_only && (rc == ENOENT || rc == MDB_NOTFOUND))
		o = why_set(why, TRACK_FAILED, "%s: there is no index yet; "
		    "`likesync sync` makes it", dir);
	else
		o = broken(x, rc, why);
	if (o == DONE)
		*out = x;
	else
		index_close(x);
	return o;
}

void index_close(struct index *x)
{
	if (x == NULL)
		return;
	drop_write(x);
	if (x->read != NULL)
		mdb_txn_abort(x->read);
	if (x->env != NULL)
		mdb_env_close(x->env);
	free(x->dir);
	free(x);
}
