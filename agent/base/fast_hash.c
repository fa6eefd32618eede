/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fast_hash.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/log.h"

struct fast_hash *fast_hash_new(void)
{
	XXH3_state_t *state = XXH3_createState();

	if (state == NULL || XXH3_128bits_reset(state) != XXH_OK) {
		log_error("libxxhash: out of memory");
		exit(1);
	}
	return (struct fast_hash *)(void *)state;
}

void fast_hash_add(struct fast_hash *h, const void *data, size_t len)
{
	XXH3_128bits_update((XXH3_state_t *)(void *)h, data, len);
}

void fast_hash_end(struct fast_hash *h, uint8_t out[FAST_HASH_LEN])
{
	XXH3_state_t *state = (XXH3_state_t *)(void *)h;
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
	memcpy(out, canonical.digest, FAST_HASH_LEN);
	XXH3_freeState(state);
}

uint64_t fast_hash64(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}
