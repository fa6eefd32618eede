/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was searched for a track: as text, by a hash of the track's key. */
#include "index/kv.h"

#include <string.h>

#include "base/hash.h"

static void hash_key(const char *key, uint8_t out[KV_HASH_LEN])
{
	uint8_t digest[SHA256_LEN];

	sha256_of(key, strlen(key), digest);
	memcpy(out, digest, KV_HASH_LEN);
}

enum outcome index_put_searches(struct index *x, const char *key,
    const char *text, size_t len, struct error *error)
{
	uint8_t hash[KV_HASH_LEN];

	hash_key(key, hash);
	return text != NULL ? kv_put(x, KV_SEARCHES, hash, sizeof(hash), text,
	    len, error) : kv_remove(x, KV_SEARCHES, hash, sizeof(hash), NULL, 0,
	    error);
}

void index_get_searches(struct index *x, const char *key,
    struct searches *s)
{
	uint8_t hash[KV_HASH_LEN];
	MDB_val v;

	hash_key(key, hash);
	if (kv_get(x, KV_SEARCHES, hash, sizeof(hash), &v) == DONE)
		searches_from_text(s, v.mv_data, v.mv_size);
	else
		memset(s, 0, sizeof(*s));
}
