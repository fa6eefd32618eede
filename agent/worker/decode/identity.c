/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "worker/decode/decode.h"

/* A change of it gives every file a new identity. */
#define IDENTITY_VERSION 1

struct identity {
	struct sha256 *hash;
	size_t wanted;
};

struct identity *identity_new(const char *codec, int64_t exact_ms)
{
	struct identity *id = xcalloc(1, sizeof(*id));
	uint8_t version = IDENTITY_VERSION, length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)exact_ms >> (56 - 8 * i));
	id->hash = sha256_new();
	id->wanted = IDENTITY_BYTES;
	sha256_add(id->hash, &version, 1);
	sha256_add(id->hash, codec, strlen(codec) + 1);
	sha256_add(id->hash, length, sizeof(length));
	return id;
}

bool identity_add(void *identity, const void *data, size_t len)
{
	struct identity *id = identity;

	if (len > id->wanted)
		len = id->wanted;
	if (len > 0)
		sha256_add(id->hash, data, len);
	id->wanted -= len;
	return id->wanted > 0;
}

int identity_end(struct identity *id, char out[IDENTITY_LEN + 1])
{
	uint8_t digest[SHA256_LEN];
	bool empty = id->wanted == IDENTITY_BYTES;

	sha256_end(id->hash, digest);
	free(id);
	out[0] = '\0';
	if (empty)
		return -1;
	hex_encode(digest, IDENTITY_LEN / 2, out);
	return 0;
}

/* ---- the whole stream ---- */

struct sha256 *stream_hash_new(const struct decoder *d)
{
	struct sha256 *hash = sha256_new();
	struct media m = { .codec = "" };

	decoder_form(d, &m);
	sha256_add(hash, m.codec, sizeof(m.codec));
	sha256_add(hash, &m.sample_rate, sizeof(m.sample_rate));
	sha256_add(hash, &m.channels, sizeof(m.channels));
	decoder_header(d, stream_hash_add, hash);
	return hash;
}

bool stream_hash_add(void *hash, const void *data, size_t len)
{
	if (len > 0)
		sha256_add(hash, data, len);
	return true;
}

void stream_hash_end(struct sha256 *hash, char out[STREAM_LEN + 1])
{
	uint8_t digest[SHA256_LEN];

	sha256_end(hash, digest);
	hex_encode(digest, SHA256_LEN, out);
}
