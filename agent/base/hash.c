/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/log.h"
#include "base/mem.h"

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* libcrypto fails here only without memory. */
static void must(int ok)
{
	if (ok == 1)
		return;
	log_error("libcrypto: SHA-256 can't be computed");
	exit(1);
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	must(EVP_DigestUpdate(h->ctx, data, len));
}

void sha256_end(struct sha256 *h, uint8_t out[SHA256_LEN])
{
	must(EVP_DigestFinal_ex(h->ctx, out, NULL));
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void sha256_of(const void *data, size_t len, uint8_t out[SHA256_LEN])
{
	struct sha256 *h = sha256_new();

	sha256_add(h, data, len);
	sha256_end(h, out);
}

void hmac_sha256(const char *key, const char *text, uint8_t out[SHA256_LEN])
{
	unsigned len;

	must(HMAC(EVP_sha256(), key, (int)strlen(key),
	    (const unsigned char *)text, strlen(text), out, &len) != NULL);
}

/* Digests have one length, whatever the secrets' is. */
bool secrets_equal(const char *a, const char *b)
{
	uint8_t da[SHA256_LEN], db[SHA256_LEN];

	sha256_of(a, strlen(a), da);
	sha256_of(b, strlen(b), db);
	return CRYPTO_memcmp(da, db, SHA256_LEN) == 0;
}

void hex_encode(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(const char *hex, uint8_t *out, size_t len)
{
	if (strlen(hex) != 2 * len)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

char *base64(const uint8_t *data, size_t len)
{
	char *out = xmalloc((len + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)out, data, (int)len);
	return out;
}

char *base64url(const uint8_t *data, size_t len)
{
	char *out = base64(data, len);

	out[strcspn(out, "=")] = '\0';
	for (char *p = out; *p != '\0'; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	}
	return out;
}

void random_bytes(void *out, size_t len)
{
	char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			log_error("getrandom: %s", strerror(errno));
			exit(1);
		}
		p += n;
		len -= (size_t)n;
	}
}

uint32_t random_below(uint32_t bound)
{
	uint64_t r;

	random_bytes(&r, sizeof(r));
	return (uint32_t)(r % bound);
}
