/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <stdbool.h>

#include "base/fast_hash.h"
#include "base/hash.h"

/* FIPS 180-2, and the empty input. */
static void sha256_is_that_of_the_standard(void **state)
{
	static const struct {
		const char *data, *digest;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t digest[SHA256_LEN];
		char hex[2 * SHA256_LEN + 1];

		sha256_of(cases[i].data, strlen(cases[i].data), digest);
		hex_encode(digest, sizeof(digest), hex);
		assert_string_equal(hex, cases[i].digest);
	}
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
	uint8_t data[1000], whole[SHA256_LEN], pieces[SHA256_LEN];
	struct sha256 *h = sha256_new();

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	sha256_of(data, sizeof(data), whole);
	for (size_t at = 0, len = 0; at < sizeof(data); at += len, len++) {
		if (len > sizeof(data) - at)
			len = sizeof(data) - at;
		sha256_add(h, data + at, len);
	}
	sha256_end(h, pieces);
	assert_memory_equal(whole, pieces, SHA256_LEN);
}

/* RFC 4231, test case 2. */
static void hmac_is_that_of_its_standard(void **state)
{
	uint8_t mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	(void)state;
	hmac_sha256("Jefe", "what do ya want for nothing?", mac);
	hex_encode(mac, sizeof(mac), hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
}

static void secrets_are_equal_in_length_and_text(void **state)
{
	(void)state;
	assert_true(secrets_equal("secret", "secret"));
	assert_true(secrets_equal("", ""));
	assert_false(secrets_equal("secret", "secre"));
	assert_false(secrets_equal("secret", "secret "));
	assert_false(secrets_equal("secret", "Secret"));
	assert_false(secrets_equal("", "x"));
}

static void hex_goes_there_and_back(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0x7f, 0x80, 0xab, 0xff };
	uint8_t back[sizeof(bytes)];
	char hex[2 * sizeof(bytes) + 1];

	(void)state;
	hex_encode(bytes, sizeof(bytes), hex);
	assert_string_equal(hex, "00017f80abff");
	assert_int_equal(hex_decode(hex, back, sizeof(back)), 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_int_equal(hex_decode("00017F80ABFF", back, sizeof(back)), 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	hex_encode(bytes, 0, hex);
	assert_string_equal(hex, "");
}

static void what_is_not_hex_is_refused(void **state)
{
	static const char *const wrong[] = { "", "ab", "abc", "abcde",
		"abcdef", "abcg", "ab d", "-1-1", "0xab", "ab\xc3\xa4" };
	uint8_t out[2];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(hex_decode(wrong[i], out, 2), -1);
}

static void base64_is_that_of_rfc_4648(void **state)
{
	static const struct {
		const char *data, *plain, *url;
	} cases[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbe\xff", "+/++/w==", "-_--_w" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const uint8_t *data = (const uint8_t *)cases[i].data;
		char *plain = base64(data, strlen(cases[i].data));
		char *url = base64url(data, strlen(cases[i].data));

		assert_string_equal(plain, cases[i].plain);
		assert_string_equal(url, cases[i].url);
		free(plain);
		free(url);
	}
}

/* RFC 7636, appendix B. */
static void a_pkce_challenge_is_that_of_its_standard(void **state)
{
	static const char verifier[] =
	    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
	uint8_t digest[SHA256_LEN];
	char *challenge;

	(void)state;
	sha256_of(verifier, strlen(verifier), digest);
	challenge = base64url(digest, sizeof(digest));
	assert_string_equal(challenge,
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	free(challenge);
}

/* The odds of a byte that stays 0 in 64 draws are 2^-512. */
static void random_fills_all_that_was_asked_for_and_no_more(void **state)
{
	uint8_t seen[40] = { 0 }, bytes[42];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	for (int draw = 0; draw < 64; draw++) {
		random_bytes(bytes + 1, 40);
		for (size_t i = 0; i < 40; i++)
			seen[i] |= bytes[1 + i];
	}
	for (size_t i = 0; i < 40; i++)
		assert_int_not_equal(seen[i], 0);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[41], 0);
}

static void a_random_number_is_below_its_bound(void **state)
{
	bool seen[5] = { false };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint32_t r = random_below(5);

		assert_true(r < 5);
		seen[r] = true;
	}
	for (size_t i = 0; i < 5; i++)
		assert_true(seen[i]);
	assert_int_equal(random_below(1), 0);
}

/* As the published algorithm defines it, whatever pieces are fed. */
static void a_fast_hash_is_that_of_its_definition(void **state)
{
	struct fast_hash *h = fast_hash_new();
	uint8_t whole[FAST_HASH_LEN], pieces[FAST_HASH_LEN];
	char text[2000], hex[2 * FAST_HASH_LEN + 1];

	(void)state;
	fast_hash_end(h, whole);
	hex_encode(whole, sizeof(whole), hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_true(fast_hash64("", 0) == 0x2d06800538d394c2);
	memset(text, 'x', sizeof(text));
	h = fast_hash_new();
	fast_hash_add(h, text, sizeof(text));
	fast_hash_end(h, whole);
	h = fast_hash_new();
	fast_hash_add(h, text, 1);
	fast_hash_add(h, text, sizeof(text) - 1);
	fast_hash_end(h, pieces);
	assert_memory_equal(whole, pieces, sizeof(whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_that_of_the_standard),
		cmocka_unit_test(pieces_give_the_digest_of_the_whole),
		cmocka_unit_test(a_fast_hash_is_that_of_its_definition),
		cmocka_unit_test(hmac_is_that_of_its_standard),
		cmocka_unit_test(secrets_are_equal_in_length_and_text),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(what_is_not_hex_is_refused),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(a_pkce_challenge_is_that_of_its_standard),
		cmocka_unit_test(
		    random_fills_all_that_was_asked_for_and_no_more),
		cmocka_unit_test(a_random_number_is_below_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
