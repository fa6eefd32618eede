/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fast_hash: XXH3 by libxxhash, to tell whether bytes are what they were. A
 * tenth of the cost of SHA-256 or less, and no protection against somebody who
 * wants two texts to have one hash: only for files whose writers we trust.
 */
#ifndef BASE_FAST_HASH_H
#define BASE_FAST_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FAST_HASH_LEN 16

struct fast_hash;		/* a hash under way */

struct fast_hash *fast_hash_new(void);
void fast_hash_add(struct fast_hash *h, const void *data, size_t len);
void fast_hash_end(struct fast_hash *h, uint8_t out[FAST_HASH_LEN]);
						/* frees h */
/* 64 bits of one text. */
uint64_t fast_hash64(const void *data, size_t len);

#endif
