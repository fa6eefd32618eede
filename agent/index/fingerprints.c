/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fingerprints in binary, as there are many and each has 4 KB; and the
 * recordings by length, so that only those of similar length are compared.
 */
#include "index/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#define SAME_LENGTH_S 5		/* fingerprint_same asks for less */
#define MAX_LENGTH_S 1000000

/* What a value begins with; its numbers follow. */
struct sound {
	double duration;
};

/* Big-endian, so that LMDB keeps lengths in order. */
static void length_key(int64_t seconds, uint8_t out[4])
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(seconds >> (24 - 8 * i));
}

static bool has_length(const struct fingerprint *f)
{
	return f->duration > 0 && f->duration < MAX_LENGTH_S;
}

static enum outcome put_sound(struct index *x, const char *identity,
    const struct fingerprint *f, struct error *error)
{
	const struct sound head = { .duration = f->duration };
	struct buf value = BUF_INIT;
	uint8_t key[KV_HASH_LEN], length[4];
	enum outcome o;

	if (kv_identity(identity, key) != 0)
		return error_set(error, RUN_FAILED,
		    "index: %s is not an identity", identity);
	buf_append(&value, &head, sizeof(head));
	buf_append(&value, f->items, f->count * sizeof(*f->items));
	o = kv_put(x, KV_SOUNDS, key, sizeof(key), value.data, value.len,
	    error);
	length_key((int64_t)f->duration, length);
	if (o == DONE)
		o = kv_put(x, KV_LENGTHS, length, sizeof(length), key,
		    sizeof(key), error);
	buf_free(&value);
	return o;
}

enum outcome index_put_fingerprint(struct index *x, const char *identity,
    const struct fingerprint *f, struct error *error)
{
	bool own;
	enum outcome o;

	if (f->count == 0 || f->count > FINGERPRINT_MAX || !has_length(f))
		return DONE;
	o = kv_enter(x, &own, error);
	if (o != DONE)
		return o;
	return kv_leave(x, own, put_sound(x, identity, f, error), error);
}

enum outcome index_get_fingerprint(struct index *x, const char *identity,
    struct fingerprint *f)
{
	uint8_t key[KV_HASH_LEN];
	struct sound head;
	MDB_val v;
	size_t bytes;

	memset(f, 0, sizeof(*f));
	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_SOUNDS, key, sizeof(key), &v) != DONE ||
	    v.mv_size <= sizeof(head))
		return ITEM_FAILED;
	memcpy(&head, v.mv_data, sizeof(head));
	bytes = v.mv_size - sizeof(head);
	if (bytes % sizeof(*f->items) != 0 ||
	    bytes > FINGERPRINT_MAX * sizeof(*f->items))
		return ITEM_FAILED;
	f->duration = head.duration;
	f->count = bytes / sizeof(*f->items);
	f->items = xmalloc(bytes);
	memcpy(f->items, (const char *)v.mv_data + sizeof(head), bytes);
	return DONE;
}

/* The recordings of one length, which may not be read within kv_each. */
struct alike {
	char (*identity)[IDENTITY_LEN + 1];
	size_t count, cap;
};

static int collect(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct alike *a = ctx;

	(void)key;
	if (value->mv_size != KV_HASH_LEN)
		return 0;
	a->identity = grow(a->identity, &a->cap, a->count,
	    sizeof(*a->identity));
	hex_encode(value->mv_data, KV_HASH_LEN, a->identity[a->count++]);
	return 0;
}

int index_each_alike(struct index *x, double duration,
    int (*each)(void *ctx, const char *identity,
    const struct fingerprint *f), void *ctx)
{
	struct alike a = { .count = 0 };
	int64_t from = (int64_t)duration - SAME_LENGTH_S;
	int stop = 0;

	for (int64_t s = from > 0 ? from : 0; s <= from + 2 * SAME_LENGTH_S;
	    s++) {
		uint8_t length[4];
		MDB_val key = { .mv_size = sizeof(length), .mv_data = length };

		length_key(s, length);
		kv_each(x, KV_LENGTHS, &key, collect, &a);
	}
	for (size_t i = 0; i < a.count && stop == 0; i++) {
		struct fingerprint f;

		if (index_get_fingerprint(x, a.identity[i], &f) == DONE)
			stop = each(ctx, a.identity[i], &f);
		fingerprint_free(&f);
	}
	free(a.identity);
	return stop;
}
