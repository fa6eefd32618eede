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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/integer.h"
#include "base/log.h"
#include "base/mem.h"
#include "index/check.h"

#define SCHEMA 3
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
	int64_t schema;		/* of the tables; 0: there are none */
	bool guarded;		/* check_guard was called */
	bool damaged;		/* LMDB says so */
	index_words *words;	/* or NULL */
};

static const struct {
	const char *name;
	unsigned flags;
} tables[KV_COUNT] = {
	[KV_TRACKS] = { "tracks", 0 },
	[KV_LIKED] = { "liked", 0 },
	[KV_TRACKS_OF] = { "tracks_of", MDB_DUPSORT },
	[KV_FILES] = { "files", 0 },
	[KV_FOLDERS] = { "folders", 0 },
	[KV_FOLDER_PATHS] = { "folder_paths", 0 },
	[KV_NUMBERS] = { "numbers", 0 },
	[KV_IDENTITIES] = { "identities", MDB_DUPSORT | MDB_DUPFIXED },
	[KV_WORDS] = { "words", MDB_DUPSORT | MDB_DUPFIXED },
	[KV_ANALYSES] = { "analyses", 0 },
	[KV_SOUNDS] = { "sounds", 0 },
	[KV_LENGTHS] = { "lengths", MDB_DUPSORT },
	[KV_SEARCHES] = { "searches", 0 },
	[KV_LISTS] = { "lists", 0 },
	[KV_CHANGES] = { "changes", 0 },
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

static enum outcome index_error(struct index *x, int rc, struct error *error)
{
	x->damaged = x->damaged || means_damage(rc);
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

static void log_unreadable(struct index *x, int rc)
{
	x->damaged = x->damaged || means_damage(rc);
	if (rc != 0 && rc != MDB_NOTFOUND)
		log_error("%s: the index can't be read: %s", x->dir,
		    mdb_strerror(rc));
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
	log_unreadable(x, rc);
	return rc == 0 ? DONE : ITEM_FAILED;
}

MDB_cursor *kv_open_cursor(struct index *x, enum kv_table t)
{
	MDB_txn *txn = reader(x);
	MDB_cursor *c;
	int rc;

	if (txn == NULL)
		return NULL;
	rc = mdb_cursor_open(txn, x->table[t], &c);
	log_unreadable(x, rc);
	if (rc != 0)
		return NULL;
	x->loops++;
	return c;
}

void kv_close_cursor(struct index *x, MDB_cursor *c)
{
	if (c == NULL)
		return;
	x->loops--;
	mdb_cursor_close(c);
}

/* From the key's first value, or the first key not below it, on. */
static int each_from(struct index *x, enum kv_table t, const MDB_val *from,
    MDB_cursor_op first, MDB_cursor_op next,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx)
{
	MDB_cursor *c = kv_open_cursor(x, t);
	MDB_val k = from != NULL ? *from : val(NULL, 0), v;
	int stop = 0, rc;

	if (c == NULL)
		return 0;
	rc = mdb_cursor_get(c, &k, &v, first);
	while (rc == 0 && (first != MDB_SET_RANGE ||
	    (k.mv_size >= from->mv_size &&
	    memcmp(k.mv_data, from->mv_data, from->mv_size) == 0)) &&
	    (stop = each(ctx, &k, &v)) == 0)
		rc = mdb_cursor_get(c, &k, &v, next);
	log_unreadable(x, rc);
	kv_close_cursor(x, c);
	return stop;
}

int kv_each(struct index *x, enum kv_table t, const MDB_val *key,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx)
{
	return key != NULL ?
	    each_from(x, t, key, MDB_SET_KEY, MDB_NEXT_DUP, each, ctx) :
	    each_from(x, t, NULL, MDB_FIRST, MDB_NEXT, each, ctx);
}

int kv_each_prefix(struct index *x, enum kv_table t, const MDB_val *prefix,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx)
{
	return each_from(x, t, prefix, MDB_SET_RANGE, MDB_NEXT, each, ctx);
}

size_t kv_count(struct index *x, enum kv_table t)
{
	MDB_txn *txn = reader(x);
	MDB_stat st;

	return txn != NULL && mdb_stat(txn, x->table[t], &st) == 0 ?
	    st.ms_entries : 0;
}

uint32_t kv_next_number(struct index *x, enum kv_table t)
{
	MDB_cursor *c = kv_open_cursor(x, t);
	MDB_val k, v;
	uint32_t last = 0;

	if (c != NULL && mdb_cursor_get(c, &k, &v, MDB_LAST) == 0 &&
	    k.mv_size == KV_NUMBER_LEN)
		last = kv_parse_number(k.mv_data);
	kv_close_cursor(x, c);
	return last + 1;
}

/* ---- keys ---- */

struct kv_key kv_key_of(const char *text)
{
	struct kv_key k = { .len = strlen(text) };
	uint8_t digest[SHA256_LEN];

	if (k.len == 0 || k.len > KV_MAX_KEY) {
		sha256_of(text, k.len, digest);
		k.text[0] = '#';
		hex_encode(digest, sizeof(digest), k.text + 1);
		k.len = 1 + 2 * sizeof(digest);
	} else {
		memcpy(k.text, text, k.len);
	}
	return k;
}

void kv_number(uint32_t n, uint8_t out[KV_NUMBER_LEN])
{
	for (int i = 0; i < KV_NUMBER_LEN; i++)
		out[i] = (uint8_t)(n >> (24 - 8 * i));
}

uint32_t kv_parse_number(const void *bytes)
{
	const uint8_t *b = bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3];
}

int kv_identity(const char *identity, uint8_t out[KV_HASH_LEN])
{
	return hex_decode(identity, out, KV_HASH_LEN);
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

int64_t index_version(struct index *x)
{
	MDB_txn *txn = reader(x);

	return txn != NULL ? (int64_t)mdb_txn_id(txn) : 0;
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

enum outcome kv_clear(struct index *x, enum kv_table t, struct error *error)
{
	int rc = x->write != NULL ? mdb_drop(x->write, x->table[t], 0) :
	    MDB_BAD_TXN;

	return rc == 0 ? DONE : index_error(x, rc, error);
}

/* ---- opening ---- */

/* Of the tables as they are; 0: there are none. */
static int stored_schema(MDB_txn *txn, int64_t *out)
{
	MDB_val k = val(KV_SCHEMA_NOTE, strlen(KV_SCHEMA_NOTE)), v;
	char text[24] = "";
	MDB_dbi notes;
	int rc = mdb_dbi_open(txn, tables[KV_NOTES].name, 0, &notes);

	*out = 0;
	if (rc == 0)
		rc = mdb_get(txn, notes, &k, &v);
	if (rc == 0 && v.mv_size < sizeof(text)) {
		memcpy(text, v.mv_data, v.mv_size);
		if (!int_parse(text, 0, INT64_MAX, out))
			rc = MDB_CORRUPTED;
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Removes the tables of an older schema, whatever they are called. */
static int drop_tables(MDB_txn *txn)
{
	char name[KV_MAX_KEY];
	MDB_cursor *c;
	MDB_dbi names, table;
	MDB_val k, v;
	int rc = mdb_dbi_open(txn, NULL, 0, &names);

	while (rc == 0 && (rc = mdb_cursor_open(txn, names, &c)) == 0) {
		rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);
		mdb_cursor_close(c);
		if (rc == 0 && k.mv_size >= sizeof(name))
			rc = MDB_CORRUPTED;
		if (rc != 0)
			break;
		memcpy(name, k.mv_data, k.mv_size);
		name[k.mv_size] = '\0';
		rc = mdb_dbi_open(txn, name, 0, &table);
		if (rc == 0)
			rc = mdb_drop(txn, table, 1);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int create_tables(struct index *x, MDB_txn *txn)
{
	MDB_val k = val(KV_SCHEMA_NOTE, strlen(KV_SCHEMA_NOTE)), v;
	char text[24];
	int rc = drop_tables(txn);

	for (int i = 0; i < KV_COUNT && rc == 0; i++)
		rc = mdb_dbi_open(txn, tables[i].name,
		    tables[i].flags | MDB_CREATE, &x->table[i]);
	if (rc != 0)
		return rc;
	v = val(text, (size_t)snprintf(text, sizeof(text), "%d", SCHEMA));
	x->schema = SCHEMA;
	return mdb_put(txn, x->table[KV_NOTES], &k, &v, 0);
}

/* Creates the tables of a new index, or of one with an older schema, anew. Those
 * of a newer one are left alone. */
static int open_tables(struct index *x)
{
	MDB_txn *txn = NULL;
	int rc = mdb_txn_begin(x->env, NULL, x->read_only ? MDB_RDONLY : 0,
	    &txn);

	if (rc != 0)
		return rc;
	rc = stored_schema(txn, &x->schema);
	for (int i = 0; i < KV_COUNT && rc == 0 && x->schema == SCHEMA; i++)
		rc = mdb_dbi_open(txn, tables[i].name, tables[i].flags |
		    (x->read_only ? 0 : MDB_CREATE), &x->table[i]);
	if (rc == 0 && x->schema < SCHEMA && !x->read_only)
		rc = create_tables(x, txn);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int open_env(struct index *x, size_t map_size)
{
	int dead, rc = mdb_env_create(&x->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(x->env, KV_COUNT + 1);
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

static enum outcome missing_error(const struct index *x, struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s: there is no index yet: "
	    "`likesync sync` creates it", x->dir);
}

static enum outcome check_schema(const struct index *x, struct error *error)
{
	if (x->schema > SCHEMA)
		return error_set(error, RUN_FAILED, "%s: the index was written "
		    "by a newer likesync (schema %lld, this one knows %d): use "
		    "that one, or move %s away, the next run rebuilds it",
		    x->dir, (long long)x->schema, SCHEMA, x->dir);
	return x->schema == SCHEMA ? DONE : missing_error(x, error);
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
	rc = blank || check_is_whole(x->dir) ? 0 : MDB_CORRUPTED;
	if (rc == 0) {
		check_guard(x->dir);
		x->guarded = true;
		rc = open_env(x, map_size);
	}
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

index_words *kv_words(const struct index *x)
{
	return x->words;
}

void kv_set_words(struct index *x, index_words *words)
{
	x->words = words;
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
	if (x->guarded)
		check_unguard(x->dir, !x->damaged, x->read_only);
	free(x->dir);
	free(x);
}
