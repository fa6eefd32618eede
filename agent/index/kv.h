/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kv: keys and values in LMDB, below the index's records. Private to index/. */
#ifndef INDEX_KV_H
#define INDEX_KV_H

#include <lmdb.h>

#include "index/index.h"

enum kv_table {
	KV_TRACKS,	/* track key -> record */
	KV_LIKED,	/* newest first -> what index_each_liked tells */
	KV_TRACKS_OF,	/* identity -> keys of the tracks linked to it */
	KV_FILES,	/* folder's number, name -> stamp, number, record */
	KV_FOLDERS,	/* path -> folder's number */
	KV_FOLDER_PATHS,	/* folder's number -> path */
	KV_NUMBERS,	/* file's number -> its key in KV_FILES */
	KV_IDENTITIES,	/* identity -> numbers of files */
	KV_WORDS,	/* word of a name -> numbers of files */
	KV_ANALYSES,	/* identity -> record */
	KV_SOUNDS,	/* identity -> length, numbers of the fingerprint */
	KV_LENGTHS,	/* whole seconds -> identity, several */
	KV_SEARCHES,	/* track key, hashed -> JSON */
	KV_LISTS,	/* a playlist's id -> record */
	KV_CHANGES,	/* path of a file -> how it has changed, path */
	KV_NOTES,	/* name -> text; "schema" is the tables' version */
	KV_COUNT
};

#define KV_HASH_LEN 16		/* of an identity, of a track key */
#define KV_NUMBER_LEN 4		/* big-endian: LMDB keeps numbers in order */
#define KV_MAX_KEY 500		/* LMDB's own is 511 */
#define KV_SCHEMA_NOTE "schema"

/* A text as a key: itself, or a hash of one that is too long or empty. */
struct kv_key {
	char text[KV_MAX_KEY + 1];
	size_t len;
};
struct kv_key kv_key_of(const char *text);
void kv_number(uint32_t n, uint8_t out[KV_NUMBER_LEN]);
uint32_t kv_parse_number(const void *bytes);
/* -1: it is no identity. */
int kv_identity(const char *identity, uint8_t out[KV_HASH_LEN]);

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
/* The same for all keys that begin with prefix. */
int kv_each_prefix(struct index *x, enum kv_table t, const MDB_val *prefix,
    int (*each)(void *ctx, const MDB_val *key, const MDB_val *value),
    void *ctx);
size_t kv_count(struct index *x, enum kv_table t);
/* One more than the last key of a table of numbers; 1 for an empty one. */
uint32_t kv_next_number(struct index *x, enum kv_table t);

/* A cursor to read with; NULL, which is logged. Nothing may be changed before
 * it is closed. */
MDB_cursor *kv_open_cursor(struct index *x, enum kv_table t);
void kv_close_cursor(struct index *x, MDB_cursor *c);	/* NULL allowed */
/* Removes all records of a table. */
enum outcome kv_clear(struct index *x, enum kv_table t, struct error *error);

/* Changes that are made together: in the caller's transaction, else in one of
 * their own, which kv_leave commits if o is DONE. */
enum outcome kv_enter(struct index *x, bool *own, struct error *error);
enum outcome kv_leave(struct index *x, bool own, enum outcome o,
    struct error *error);

/* What files of the library are found by; NULL: not set. */
index_words *kv_words(const struct index *x);
void kv_set_words(struct index *x, index_words *words);

#endif
