/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash: SHA-256, random bytes and their spellings, by libcrypto. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

struct sha256;			/* a digest under way */

struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, uint8_t out[SHA256_LEN]); /* frees h */
void sha256_of(const void *data, size_t len, uint8_t out[SHA256_LEN]);

/* RFC 2104, with SHA-256. */
void hmac_sha256(const char *key, const char *text, uint8_t out[SHA256_LEN]);
/* Are the secrets equal? Takes a time that depends on neither of them. */
bool secrets_equal(const char *a, const char *b);

/* out holds 2 * len + 1 bytes. */
void hex_encode(const uint8_t *data, size_t len, char *out);
int hex_digit(char c);		/* its value; -1: it is none */
int hex_decode(const char *hex, uint8_t *out, size_t len); /* -1: not 2*len */

/* RFC 4648 section 5 without padding, as PKCE wants it; caller frees. */
char *base64url(const uint8_t *data, size_t len);
/* RFC 4648 section 4, for Basic authorization; caller frees. */
char *base64(const uint8_t *data, size_t len);

/* From the kernel; exits 1 if it gives none. */
void random_bytes(void *out, size_t len);
uint32_t random_below(uint32_t bound);	/* 0 .. bound - 1, for jitter */

#endif
