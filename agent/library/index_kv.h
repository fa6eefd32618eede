/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index_kv: keys and values in LMDB, beneath the index's records. Private. */
#ifndef LIBRARY_INDEX_KV_H
#define LIBRARY_INDEX_KV_H

#include <lmdb.h>

#include "library/index.h"

enum kv_table {
	KV_SONGS,	/* track key -> JSON */
	KV_FILES,	/* hash of the path -> stamp, path, JSON */
	KV_IDENTITIES,	/* identity -> hash of the path, several */
	KV_ANALYSES,	/* identity -> JSON */
	KV_NOTES,	/* name -> text */
	KV_COUNT
};

#define KV_HASH_LEN 16		/* of a path, of an identity */

/* DONE, or TRACK_FAILED if there is none. The value is valid until the next
 * call. */
enum outcome kv_get(struct index *x, enum kv_table t, const void *key,
    size_t len, MDB_val *value);
enum outcome kv_put(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why);
/* value NULL: all values of the key. DONE also if there was none. */
enum outcome kv_remove(struct index *x, enum kv_table t, const void *key,
    size_t len, const void *value, size_t value_len, struct why *why);
int kv_each(struct index *x, enum kv_table t,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx);
size_t kv_count(struct index *x, enum kv_table t);

#endif
