/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/stream_hash.h"

#include "worker/decode/decode.h"
#include "base/hash.h"

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
