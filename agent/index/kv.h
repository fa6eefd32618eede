/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kv: keys and values in LMDB, below the index's records. Private to index/. */
#ifndef INDEX_KV_H
#define INDEX_KV_H

#include <lmdb.h>

#include "index/index.h"

enum kv_table {
	KV_SONGS,	/* track key -> JSON */
	KV_FILES,	/* hash of the path -> stamp, path, JSON */
	KV_IDENTITIES,	/* identity -> hash of the path, several */
	KV_ANALYSES,	/* identity -> JSON */
	KV_SOUNDS,	/* identity -> length, numbers of the fingerprint */
	KV_LENGTHS,	/* whole seconds -> identity, several */
	KV_SEARCHES,	/* track key, hashed -> JSON */
	KV_LISTS,	/* a playlist's id -> JSON */
	KV_NOTES,	/* name -> text; "schema" is the tables' version */
	KV_COUNT
};

#define KV_HASH_LEN 16		/* of a path, of an identity */
#define KV_SCHEMA_NOTE "schema"

/* index_open with a map of map_size bytes: for tests. */
enum outcome kv_open(const char *dir, bool read_only, size_t map_size,
    struct index **out, struct error *error);

/* DONE, or ITEM_FAILED if there is none. The value is valid until the next
 * call. Keys are 1 to 511 bytes. */
enum outcome kv_get(struct index *x, enum kv_table t, const void *key,
    size_t len, MDB_val *value);
enum outcome kv_put(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct error *error);
/* value NULL: all values of the key. DONE also if there was none. */
enum outcome kv_remove(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct error *error);
/* key NULL: of every key. Calls until each returns non-zero, which is
 * returned. */
int kv_each(struct index *x, enum kv_table t, const MDB_val *key,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx);
size_t kv_count(struct index *x, enum kv_table t);

/* Changes that are made together: in the caller's transaction, else in one of
 * their own, which kv_leave commits if o is DONE. */
enum outcome kv_enter(struct index *x, bool *own, struct error *error);
enum outcome kv_leave(struct index *x, bool own, enum outcome o,
    struct error *error);

/* Can the environment in dir be read completely? True also if it can't be
 * opened at all: opening it then returns the error. */
bool kv_is_whole(const char *dir);

#endif
