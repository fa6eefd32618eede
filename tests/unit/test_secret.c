/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/outcome.h"
#include "base/secret.h"
#include "sources/ytdlp/secrets.h"

#define SECRET "c0ffee+Secret/77?x"	/* 18 bytes, all kinds of them */

static int forget(void **state)
{
	(void)state;
	secret_forget_all();
	return 0;
}

/* Percent-encodes: every byte, or every third; hex in one case or the other. */
static char *percent(const char *text, size_t step, bool upper)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i % step == 0)
			buf_printf(&b, upper ? "%%%02X" : "%%%02x",
			    (unsigned char)text[i]);
		else
			buf_putc(&b, text[i]);
	}
	return buf_take(&b);
}

/* What was encoded has a '%' here and there, and no other byte to encode. */
static char *encode_again(const char *text)
{
	struct buf b = BUF_INIT;

	for (; *text != '\0'; text++)
		buf_puts(&b, *text == '%' ? "%25" : (char[]){ *text, '\0' });
	return buf_take(&b);
}

static void assert_hidden(const char *form, const char *around)
{
	char *text = xasprintf("said %s%s%s now", around, form, around);
	char *want = xasprintf("said %s***%s now", around, around);

	secret_hide_str(text);
	assert_string_equal(text, want);
	free(want);
	free(text);
}

static void a_secret_is_hidden_as_it_is(void **state)
{
	(void)state;
	secret_add(SECRET);
	assert_hidden(SECRET, "");
	assert_hidden(SECRET, "'");
	assert_hidden(SECRET, "x");
}

static void what_is_nearly_a_secret_is_left_alone(void **state)
{
	static const char *const others[] = { "c0ffee+Secret/77?y",
		"C0FFEE+SECRET/77?X", "c0ffee+Secret/77?", "%", "%%%", "%2",
		"\\", "\\u00", "c0ffee%2", "", "a \\ b % c", "&", "&#", "&#;", "&#x;", "&am", "&#99",
		"&#99 0ffee+Secret/77?x", "&#355;0ffee+Secret/77?x",
		"633066666", "&#99999999999999999999;" };

	(void)state;
	secret_add(SECRET);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char *text = xstrdup(others[i]);

		secret_hide_str(text);
		assert_string_equal(text, others[i]);
		free(text);
	}
}

static void percent_encoding_hides_nothing(void **state)
{
	(void)state;
	secret_add(SECRET);
	for (size_t step = 1; step <= 4; step++) {
		for (int upper = 0; upper < 2; upper++) {
			char *once = percent(SECRET, step, upper != 0);
			char *twice = encode_again(once);
			char *often = encode_again(twice);

			assert_hidden(once, "");
			assert_hidden(twice, "");
			assert_hidden(often, "");
			free(often);
			free(twice);
			free(once);
		}
	}
}

static void a_json_string_hides_nothing(void **state)
{
	(void)state;
	secret_add(SECRET);
	assert_hidden("c0ffee+Secret\\/77?x", "");
	assert_hidden("\\u0063\\u0030ffee\\u002BSecret\\u002f77?x", "");
}

static void hex_hides_nothing(void **state)
{
	char digits[2 * sizeof(SECRET)];

	(void)state;
	secret_add(SECRET);
	hex_encode((const uint8_t *)SECRET, strlen(SECRET), digits);
	assert_hidden(digits, "");
	assert_hidden(digits, "00");
	for (char *p = digits; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	assert_hidden(digits, "");
	assert_hidden(digits, "FF");
}

static void entities_of_html_hide_nothing(void **state)
{
	struct buf decimal = BUF_INIT, hex = BUF_INIT;

	(void)state;
	secret_add(SECRET);
	for (size_t i = 0; i < strlen(SECRET); i++) {
		buf_printf(&decimal, "&#%d;", SECRET[i]);
		buf_printf(&hex, i % 2 == 0 ? "&#x%04x;" : "&#X%X;",
		    (unsigned)SECRET[i]);
	}
	assert_hidden(buf_str(&decimal), "&#99;");
	assert_hidden(buf_str(&hex), ";");
	assert_hidden("c0ffee&#x2B;Secret&#47;77&#0063;x", "&");
	secret_add("a<b>'c'&\"d\"");
	assert_hidden("a&lt;b&gt;&apos;c&apos;&amp;&quot;d&quot;", "&amp;");
	assert_hidden("a&lt;b&gt;&#39;c&#x27;&amp;&#34;d&quot;", "");
	buf_free(&decimal);
	buf_free(&hex);
}

static void a_secret_may_look_like_an_encoding(void **state)
{
	static const char *const secrets[] = { "a&amp;b\\\\c", "x%41y%2541z",
		"\\\\\\\\\\\\\\", "&#47;&#47;" };

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		secret_forget_all();
		secret_add(secrets[i]);
		assert_hidden(secrets[i], " ");
	}
}

/* Of the digits, only those are left that stand for other bytes alone. */
static void assert_base64_hidden(const char *digits, size_t before,
    size_t after, size_t each)
{
	size_t head = before * 8 / 6, tail = (after * 8 + 5) / 6 + 2;
	char *text = xasprintf("[%s]", digits), *mark, *end;

	secret_hide_str(text);
	mark = strstr(text, "***");
	assert_non_null(mark);
	assert_true((size_t)(mark - text) - 1 <= head * each);
	end = strchr(text, ']');
	assert_non_null(end);
	assert_true((size_t)(end - mark) - 3 <= tail * each);
	free(text);
}

static void base64_hides_nothing_wherever_it_stands(void **state)
{
	(void)state;
	secret_add(SECRET);
	for (size_t before = 0; before < 7; before++) {
		for (size_t after = 0; after < 7; after++) {
			char *plain = xasprintf("%.*s%s%.*s", (int)before,
			    "client:", SECRET, (int)after, "&and so");
			size_t len = strlen(plain);
			char *one = base64((const uint8_t *)plain, len);
			char *other = base64url((const uint8_t *)plain, len);
			char *coded = percent(one, 1, false);

			assert_base64_hidden(one, before, after, 1);
			assert_base64_hidden(other, before, after, 1);
			assert_base64_hidden(coded, before, after, 3);
			free(coded);
			free(other);
			free(one);
			free(plain);
		}
	}
}

static void short_words_are_no_secrets(void **state)
{
	char five[] = "12345 12345", six[] = "123456 123456";

	(void)state;
	secret_add(NULL);
	secret_add("");
	secret_add("12345");
	secret_hide_str(five);
	assert_string_equal(five, "12345 12345");
	secret_add("123456");
	secret_hide_str(six);
	assert_string_equal(six, "*** ***");
}

static void secrets_within_and_across_each_other_are_hidden(void **state)
{
	char text[] = "a abcdefgh b abcdefghijkl c efghijklmnop d "
	    "abcdefghijklmnop e abcdefghabcdefgh";

	(void)state;
	secret_add("abcdefgh");
	secret_add("abcdefghijkl");
	secret_add("efghijklmnop");
	secret_add("abcdefgh");
	secret_hide_str(text);
	assert_string_equal(text, "a *** b *** c *** d *** e ***");
}

static void where_a_text_is_cut_a_part_is_hidden(void **state)
{
	char cut[] = "no: c0ffee+Sec", whole[] = "no: c0ffee+Sec",
	    brief[] = "no: c0f", enough[] = "no: c0ff";

	(void)state;
	secret_add(SECRET);
	assert_int_equal(secret_hide(cut, strlen(cut), true), 7);
	assert_memory_equal(cut, "no: ***", 7);
	assert_int_equal(secret_hide(whole, strlen(whole), false), 14);
	assert_int_equal(secret_hide(brief, strlen(brief), true), 7);
	assert_memory_equal(brief, "no: c0f", 7);
	assert_int_equal(secret_hide(enough, strlen(enough), true), 7);
	assert_memory_equal(enough, "no: ***", 7);
}

static void bytes_of_any_kind_are_filtered(void **state)
{
	struct buf b = BUF_INIT, none = BUF_INIT;

	(void)state;
	secret_add(SECRET);
	buf_append(&b, "\0\xff" SECRET "\0end", 2 + 18 + 4);
	secret_hide_buf(&b, false);
	assert_int_equal(b.len, 2 + 3 + 4);
	assert_memory_equal(b.data, "\0\xff***\0end", b.len + 1);
	secret_hide_buf(&none, true);
	assert_null(secret_hide_copy(NULL));
	buf_free(&b);
}

static void a_reason_never_tells_one(void **state)
{
	struct error error;
	char *padding = xcalloc(1, 3 * ERROR_MAX);

	(void)state;
	secret_add(SECRET);
	error_set(&error, RUN_AUTH, "spotify: %s: again", SECRET);
	assert_string_equal(error.text, "spotify: ***: again");
	/* However it falls at any of the cuts. */
	for (size_t n = 0; n < 3 * ERROR_MAX - 1; n++) {
		padding[n] = 'a';
		error_set(&error, RUN_AUTH, "%s%s", padding, SECRET);
		assert_null(strstr(error.text, "c0ff"));
	}
	free(padding);
}

static void a_reason_of_many_cut_at_its_end_tells_none(void **state)
{
	struct buf b = BUF_INIT;
	struct error error;

	(void)state;
	secret_add(SECRET);
	/* Hidden, they are short: the end of what was formatted gets in. */
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "%s ", SECRET);
	error_set(&error, RUN_AUTH, "%s", buf_str(&b));
	assert_null(strstr(error.text, "c0"));
	buf_free(&b);
}

static void an_address_hides_its_password_and_its_keys(void **state)
{
	char text[] = "u:pass-word, /ping/4f0c-1e2d, ABcdefgh, plain/words, "
	    "token=99887766";

	(void)state;
	secret_add_url(NULL);
	secret_add_url("no address");
	secret_add_url("https://u:pass-word@h:80/ping/4f0c-1e2d/ABcdefgh/"
	    "plain/words?token=99887766#x");
	secret_hide_str(text);
	assert_string_equal(text, "u:***, /ping/***, ***, plain/words, "
	    "token=***");
}

static void a_secret_is_read_and_known(void **state)
{
	char *path = xasprintf("%s/secret", (char *)*state), *read;
	char text[] = "[s3cret-key]";
	struct error error;
	FILE *f = fopen(path, "w");

	fputs("s3cret-key \t\nsecond line\n", f);
	fclose(f);
	read = secret_read(path, "[x] key", &error);
	assert_string_equal(read, "s3cret-key");
	secret_hide_str(text);
	assert_string_equal(text, "[***]");
	free(read);
	f = fopen(path, "w");
	fputs(" \n", f);
	fclose(f);
	assert_null(secret_read(path, "[x] key", &error));
	assert_non_null(strstr(error.text, "[x] key: the file is empty"));
	remove(path);
	assert_null(secret_read(path, "[x] key", &error));
	assert_non_null(strstr(error.text, "[x] key: No such file"));
	free(path);
}

static void what_yt_dlp_is_handed_is_known(void **state)
{
	char *path = xasprintf("%s/cookies.txt", (char *)*state);
	char *args = xasprintf(" --cookies %s  --password hunter-2 --format "
	    "bestaudio-plain --video-password=other-word --add-headers "
	    "Cookie:sid=AbCdEf99 --proxy http://me:proxypw@host:1", path);
	char text[] = "cookievalue1 hunter-2 bestaudio-plain other-word "
	    "AbCdEf99 proxypw scripted.9x remark-99x";
	FILE *f = fopen(path, "w");

	fputs("# Netscape HTTP Cookie File\n"
	    "# a\tremark-99x\n"
	    ".h\tTRUE\t/\tTRUE\t0\tSID\tcookievalue1\n"
	    "#HttpOnly_.h\tTRUE\t/\tTRUE\t0\tX\tscripted.9x\r\n"
	    ".h\tTRUE\t/\tTRUE\t0\tPREF\tplain\n", f);
	fclose(f);
	ytdlp_register_secrets(NULL);
	ytdlp_register_secrets(args);
	secret_hide_str(text);
	assert_string_equal(text, "*** *** bestaudio-plain *** *** *** *** "
	    "remark-99x");
	free(args);
	free(path);
}

/* However hostile a text, time grows with its length only. */
static void long_chains_of_encodings_end(void **state)
{
	size_t len = 4u << 20;
	char *text = xmalloc(len);

	(void)state;
	secret_add(SECRET);
	for (size_t i = 0; i < len; i++)
		text[i] = i == 0 ? '%' : i % 2 == 1 ? '2' : '5';
	assert_int_equal(secret_hide(text, len, true), len);
	memset(text, '&', len);
	assert_int_equal(secret_hide(text, len, true), len);
	memset(text, '%', len);
	assert_int_equal(secret_hide(text, len, true), len);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_secret_is_hidden_as_it_is, forget),
		cmocka_unit_test_teardown(
		    what_is_nearly_a_secret_is_left_alone, forget),
		cmocka_unit_test_teardown(percent_encoding_hides_nothing,
		    forget),
		cmocka_unit_test_teardown(hex_hides_nothing, forget),
		cmocka_unit_test_teardown(entities_of_html_hide_nothing,
		    forget),
		cmocka_unit_test_teardown(a_secret_may_look_like_an_encoding,
		    forget),
		cmocka_unit_test_teardown(a_json_string_hides_nothing, forget),
		cmocka_unit_test_teardown(
		    base64_hides_nothing_wherever_it_stands, forget),
		cmocka_unit_test_teardown(short_words_are_no_secrets, forget),
		cmocka_unit_test_teardown(
		    secrets_within_and_across_each_other_are_hidden, forget),
		cmocka_unit_test_teardown(
		    where_a_text_is_cut_a_part_is_hidden, forget),
		cmocka_unit_test_teardown(bytes_of_any_kind_are_filtered,
		    forget),
		cmocka_unit_test_teardown(a_reason_never_tells_one, forget),
		cmocka_unit_test_teardown(
		    a_reason_of_many_cut_at_its_end_tells_none, forget),
		cmocka_unit_test_teardown(
		    an_address_hides_its_password_and_its_keys, forget),
		cmocka_unit_test_teardown(a_secret_is_read_and_known, forget),
		cmocka_unit_test_teardown(what_yt_dlp_is_handed_is_known,
		    forget),
		cmocka_unit_test_teardown(long_chains_of_encodings_end,
		    forget),
	};

	return cmocka_run_group_tests_name("secret", tests, make_folder,
	    remove_folder);
}
