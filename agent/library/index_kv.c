/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The environment: opened, its schema checked, its map grown when it is full.
 *
 * All changes stand in a bracket: index_begin to index_commit, or one of
 * their own. LMDB can't grow its map within a transaction, and one that met
 * the map's end is lost: so a bracket keeps what was asked of it, and says it
 * all again in a larger map.
 *
 * Reading outside a bracket is done in a snapshot, which is renewed by each
 * call; within kv_each, and in an index opened for reading only, it is kept.
 */
#include "library/index_kv.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define SCHEMA 1
#define MAP_START (64u << 20)	/* only address space, until it is used */

enum action { PUT, REMOVE, CLEAR };

/* One change of the bracket. */
struct change {
	struct change *next;
	enum kv_table table;
	enum action action;
	size_t key_len, value_len;
	char bytes[];		/* the key, then the value */
};

struct index {
	MDB_env *env;
	MDB_dbi table[KV_COUNT];
	MDB_txn *write;		/* the bracket's, or NULL: it was lost */
	bool bracket;
	struct change *first, **last;	/* what the bracket holds */
	MDB_txn *read;		/* or NULL */
	bool reading;		/* it holds a snapshot */
	int loops;		/* of kv_each that stand on it */
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
	[KV_NOTES] = { "notes", 0 },
};

static bool means_damage(int rc)
{
	return rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ||
	    rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH ||
	    rc == MDB_PANIC || rc == MDB_INCOMPATIBLE;
}

static enum outcome broken(const struct index *x, int rc, struct why *why)
{
	if (means_damage(rc))
		return why_set(why, RUN_FAILED, "%s: the index is damaged "
		    "(%s): move %s away, the next run rebuilds it", x->dir,
		    mdb_strerror(rc), x->dir);
	if (rc == ENOSPC || rc == EDQUOT)
		return why_set(why, RUN_FAILED, "%s: the disk is full: make "
		    "room, the next run goes on", x->dir);
	return why_set(why, RUN_FAILED, "%s: the index can't be used: %s; "
	    "`likesync doctor` checks the state folder", x->dir,
	    mdb_strerror(rc));
}

/* Begins or renews a transaction, in the map as another process may have
 * grown it. */
static int begin(struct index *x, bool for_reading, MDB_txn **txn)
{
	int rc = MDB_MAP_RESIZED;

	for (int i = 0; i < 2 && rc == MDB_MAP_RESIZED; i++) {
		if (i > 0 && (rc = mdb_env_set_mapsize(x->env, 0)) != 0)
			break;
		rc = for_reading && *txn != NULL ? mdb_txn_renew(*txn) :
		    mdb_txn_begin(x->env, NULL, for_reading ? MDB_RDONLY : 0,
		    txn);
	}
	return rc;
}

/* ---- reading ---- */

static void let_go(struct index *x)
{
	if (x->reading)
		mdb_txn_reset(x->read);
	x->reading = false;
}

/* The transaction to read in; NULL, which is logged, if there can be none. */
static MDB_txn *reader(struct index *x)
{
	int rc;

	if (x->bracket)
		return x->write;
	if (x->reading && (x->loops > 0 || x->read_only))
		return x->read;
	let_go(x);
	rc = begin(x, true, &x->read);
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
		return TRACK_FAILED;
	rc = mdb_get(txn, x->table[t], &k, value);
	if (rc != 0 && rc != MDB_NOTFOUND)
		log_error("%s: the index can't be read: %s", x->dir,
		    mdb_strerror(rc));
	return rc == 0 ? DONE : TRACK_FAILED;
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

static int apply(struct index *x, const struct change *c)
{
	MDB_val k = val(c->bytes, c->key_len);
	MDB_val v = val(c->bytes + c->key_len, c->value_len);
	int rc;

	if (x->write == NULL)
		return MDB_BAD_TXN;
	if (c->action == PUT)
		return mdb_put(x->write, x->table[c->table], &k, &v, 0);
	if (c->action == CLEAR)
		return mdb_drop(x->write, x->table[c->table], 0);
	rc = mdb_del(x->write, x->table[c->table], &k,
	    c->value_len > 0 ? &v : NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static void drop_write(struct index *x)
{
	if (x->write != NULL)
		mdb_txn_abort(x->write);
	x->write = NULL;
}

/* The map was full: doubles it until all of the bracket is in it. */
static int replay_in_larger_map(struct index *x)
{
	MDB_envinfo info;
	int rc;

	do {
		drop_write(x);
		rc = mdb_env_info(x->env, &info);
		if (rc == 0)
			rc = mdb_env_set_mapsize(x->env, 2 * info.me_mapsize);
		if (rc == 0)
			rc = begin(x, false, &x->write);
		for (struct change *c = x->first; c != NULL && rc == 0;
		    c = c->next)
			rc = apply(x, c);
	} while (rc == MDB_MAP_FULL);
	if (rc != 0)
		drop_write(x);
	return rc;
}

static void end_bracket(struct index *x)
{
	drop_write(x);
	while (x->first != NULL) {
		struct change *c = x->first;

		x->first = c->next;
		free(c);
	}
	x->last = &x->first;
	x->bracket = false;
}

static enum outcome in_use(const struct index *x, struct why *why)
{
	return why_set(why, RUN_FAILED, "%s: the index can't be changed %s",
	    x->dir, x->read_only ? "by who only reads it" : "while it is in "
	    "use");
}

enum outcome index_begin(struct index *x, struct why *why)
{
	int rc;

	if (x->read_only || x->bracket || x->loops > 0)
		return in_use(x, why);
	let_go(x);
	rc = begin(x, false, &x->write);
	if (rc != 0) {
		x->write = NULL;
		return broken(x, rc, why);
	}
	x->bracket = true;
	return DONE;
}

enum outcome index_commit(struct index *x, struct why *why)
{
	int rc = x->write != NULL ? mdb_txn_commit(x->write) : MDB_BAD_TXN;

	x->write = NULL;
	while (rc == MDB_MAP_FULL) {
		rc = replay_in_larger_map(x);
		if (rc == 0)
			rc = mdb_txn_commit(x->write);
		x->write = NULL;
	}
	end_bracket(x);
	return rc == 0 ? DONE : broken(x, rc, why);
}

void index_abort(struct index *x)
{
	end_bracket(x);
}

bool index_in_bracket(const struct index *x)
{
	return x->bracket;
}

enum outcome kv_enter(struct index *x, bool *own, struct why *why)
{
	*own = !x->bracket;
	if (*own)
		return index_begin(x, why);
	return x->loops > 0 ? in_use(x, why) : DONE;
}

enum outcome kv_leave(struct index *x, bool own, enum outcome o,
    struct why *why)
{
	if (!own)
		return o;
	if (o == DONE)
		return index_commit(x, why);
	index_abort(x);
	return o;
}

/* Keeps the change with its bracket and makes it. A bracket that failed can't
 * be committed any more. */
static enum outcome change(struct index *x, struct change *c,
    struct why *why)
{
	enum outcome o;
	bool own;
	int rc;

	o = kv_enter(x, &own, why);
	if (o != DONE) {
		free(c);
		return o;
	}
	*x->last = c;
	x->last = &c->next;
	rc = apply(x, c);
	if (rc == MDB_MAP_FULL)
		rc = replay_in_larger_map(x);
	if (rc != 0) {
		drop_write(x);
		o = broken(x, rc, why);
	}
	return kv_leave(x, own, o, why);
}

static struct change *new_change(enum kv_table t, enum action action,
    const void *key, size_t len, const void *value, size_t value_len)
{
	struct change *c = xcalloc(1, sizeof(*c) + len + value_len);

	c->table = t;
	c->action = action;
	c->key_len = len;
	c->value_len = value_len;
	if (len > 0)
		memcpy(c->bytes, key, len);
	if (value_len > 0)
		memcpy(c->bytes + len, value, value_len);
	return c;
}

enum outcome kv_put(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why)
{
	return change(x, new_change(t, PUT, key, len, value, value_len),
	    why);
}

enum outcome kv_remove(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why)
{
	return change(x, new_change(t, REMOVE, key, len, value,
	    value != NULL ? value_len : 0), why);
}

/* ---- opening ---- */

static int open_tables(struct index *x)
{
	unsigned create = x->read_only ? 0 : MDB_CREATE;
	MDB_txn *txn = NULL;
	int rc = begin(x, x->read_only, &txn);

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

/* The file's own map size counts where it is the larger one. */
static int open_env(struct index *x, size_t map_size)
{
	MDB_envinfo info;
	int dead, rc = mdb_env_create(&x->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(x->env, KV_COUNT);
	if (rc == 0)
		rc = mdb_env_open(x->env, x->dir, MDB_NOTLS |
		    (x->read_only ? MDB_RDONLY : 0), 0600);
	if (rc == 0)
		rc = mdb_env_info(x->env, &info);
	if (rc == 0 && !x->read_only && info.me_mapsize < map_size)
		rc = mdb_env_set_mapsize(x->env, map_size);
	/* A killed process leaves its place among the readers, and with it
	 * pages that nobody else may use again. */
	if (rc == 0)
		rc = mdb_reader_check(x->env, &dead);
	return rc == 0 ? open_tables(x) : rc;
}

/* A new index, or one that an older version left. */
static enum outcome begin_anew(struct index *x, struct why *why)
{
	enum outcome o = index_begin(x, why);

	if (o != DONE)
		return o;
	for (int i = 0; i < KV_COUNT && o == DONE; i++)
		o = change(x, new_change((enum kv_table)i, CLEAR, NULL, 0,
		    NULL, 0), why);
	if (o == DONE)
		o = index_put_note_int(x, KV_SCHEMA_NOTE, SCHEMA, why);
	return kv_leave(x, true, o, why);
}

static enum outcome no_index(const struct index *x, struct why *why)
{
	return why_set(why, TRACK_FAILED, "%s: there is no index yet: "
	    "`likesync sync` makes it", x->dir);
}

static enum outcome check_schema(struct index *x, struct why *why)
{
	int64_t schema = index_get_note_int(x, KV_SCHEMA_NOTE, 0);

	if (schema > SCHEMA)
		return why_set(why, RUN_FAILED, "%s: the index was written by "
		    "a newer likesync (schema %lld, this one knows %d): use "
		    "that one, or move %s away, the next run rebuilds it",
		    x->dir, (long long)schema, SCHEMA, x->dir);
	if (schema == SCHEMA)
		return DONE;
	return x->read_only ? no_index(x, why) : begin_anew(x, why);
}

/* Nothing was ever committed to it: not even LMDB's two first pages are there,
 * for which there was no room, perhaps. Then it is made anew. */
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
    struct why *why)
{
	bool blank = is_blank(x);
	int rc;

	if (blank && x->read_only)
		return no_index(x, why);
	if (!x->read_only && file_make_dirs(x->dir, 0700) != 0)
		return why_set(why, RUN_FAILED, "%s: can't be made: %s",
		    x->dir, strerror(errno));
	rc = blank || kv_is_whole(x->dir) ? open_env(x, map_size) :
	    MDB_CORRUPTED;
	if (rc == 0)
		return check_schema(x, why);
	if (x->read_only && rc == MDB_NOTFOUND)
		return no_index(x, why);
	return broken(x, rc, why);
}

enum outcome kv_open(const char *dir, bool read_only, size_t map_size,
    struct index **out, struct why *why)
{
	struct index *x = xcalloc(1, sizeof(*x));
	enum outcome o;

	x->read_only = read_only;
	x->dir = xstrdup(dir);
	x->last = &x->first;
	o = open_index(x, map_size, why);
	if (o != DONE) {
		index_close(x);
		x = NULL;
	}
	*out = x;
	return o;
}

enum outcome index_open(const char *dir, bool read_only, struct index **out,
    struct why *why)
{
	return kv_open(dir, read_only, MAP_START, out, why);
}

enum outcome index_copy(struct index *x, int fd, struct why *why)
{
	int rc = mdb_env_copyfd2(x->env, fd, MDB_CP_COMPACT);

	return rc == 0 ? DONE : broken(x, rc, why);
}

void index_close(struct index *x)
{
	if (x == NULL)
		return;
	end_bracket(x);
	if (x->read != NULL)
		mdb_txn_abort(x->read);
	if (x->env != NULL)
		mdb_env_close(x->env);
	free(x->dir);
	free(x);
}
