/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>

#include "base/buf.h"
#include "base/json.h"

static struct json *parse(const char *text)
{
	return json_parse(text, strlen(text), NULL);
}

static void a_tree_reads_as_it_was_written(void **state)
{
	struct json *v = parse("\xef\xbb\xbf{\"a\":[1,-2.5,\"x\\u00e9\",null,"
	    "true],\"b\":{\"c\":12345678901234567},\"a2\":\"7\"}");

	(void)state;
	assert_non_null(v);
	assert_int_equal(json_count(json_get(v, "a")), 5);
	assert_int_equal(json_int(json_at(json_get(v, "a"), 0), 0), 1);
	assert_true(json_double(json_at(json_get(v, "a"), 1), 0) < -2.4);
	assert_string_equal(json_string(json_at(json_get(v, "a"), 2)),
	    "x\xc3\xa9");
	assert_true(json_get_int(json_get(v, "b"), "c", 0) ==
	    12345678901234567);
	assert_int_equal(json_get_int(v, "a2", 0), 7);
	assert_string_equal(json_key_at(v, 1), "b");
	json_free(v);
}

static void absent_null_and_mistyped_read_alike(void **state)
{
	struct json *v = parse("{\"n\":null,\"s\":\"x\",\"o\":{}}");

	(void)state;
	assert_null(json_get_string(v, "n"));
	assert_null(json_get_string(v, "absent"));
	assert_null(json_get_string(v, "o"));
	assert_int_equal(json_get_int(v, "s", 5), 5);
	assert_int_equal(json_count(json_get(v, "s")), 0);
	assert_null(json_at(json_get(v, "o"), 0));
	assert_null(json_get(json_get(json_get(v, "x"), "y"), "z"));
	json_free(v);
}

static bool is_read_at_depth(int depth)
{
	char text[200];
	struct json *v;

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	text[2 * depth] = '\0';
	v = parse(text);
	json_free(v);
	return v != NULL;
}

/* Of so many numbers in an array, which counts, too. */
static bool is_read_with(size_t values)
{
	char *text = malloc(2 * values + 2);
	struct json *v;

	for (size_t i = 0; i < values; i++)
		memcpy(text + 1 + 2 * i, "1,", 2);
	text[0] = '[';
	memcpy(text + 2 * values, "]", 2);
	v = parse(text);
	json_free(v);
	free(text);
	return v != NULL;
}

static void a_tree_is_64_deep_and_has_a_million_values_at_most(void **state)
{
	(void)state;
	assert_true(is_read_at_depth(64));
	assert_false(is_read_at_depth(65));
	assert_true(is_read_with(999999));
	assert_false(is_read_with(1000000));
}

/* Neither is JSON: one is too long to be looked at. */
static void a_text_has_64_megabytes_at_most(void **state)
{
	size_t most = 64u << 20;
	char *text = calloc(1, most + 1);
	struct error error;

	(void)state;
	assert_null(json_parse(text, most, &error));
	assert_null(strstr(error.text, "67108864"));
	assert_null(json_parse(text, most + 1, &error));
	assert_non_null(strstr(error.text, "67108864"));
	free(text);
}

static void of_duplicate_keys_the_last_counts(void **state)
{
	struct json *v = parse("{\"a\":1,\"a\":2}");

	(void)state;
	assert_int_equal(json_get_int(v, "a", 0), 2);
	json_free(v);
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
	static const char *const bad[] = { "", " ", "{", "{\"a\":}", "[1,]",
		"{}x", "nul", "{\"a\":1}}", "\"abc", "01", "\x01" };
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		error.text[0] = '\0';
		assert_null(json_parse(bad[i], strlen(bad[i]), &error));
		assert_non_null(strstr(error.text, "at byte"));
	}
}

static void nesting_beyond_the_ceiling_is_refused(void **state)
{
	char text[400];
	struct json *v;

	(void)state;
	memset(text, '[', 200);
	memset(text + 200, ']', 200);
	assert_null(json_parse(text, 400, NULL));
	v = json_parse(text + 140, 120, NULL);
	assert_non_null(v);
	json_free(v);
}

static void lone_surrogates_and_bytes_that_are_no_utf8_pass(void **state)
{
	struct json *v = parse("{\"a\":\"x\\udce9y\",\"b\":\"\xff\xfe\"}");

	(void)state;
	assert_string_equal(json_get_string(v, "a"), "x\xed\xb3\xa9y");
	assert_string_equal(json_get_string(v, "b"), "\xff\xfe");
	json_free(v);
}

/* ---- stream ---- */

#define DOCUMENT "{ \"n\" : 12.5e1 ,\"s\":\"a\\\"b\\u00e9\",\"tracks\"  : [ " \
	"{\"id\":\"1\",\"deep\":[[1,2],{\"x\":[3]}],\"last\":true}\n,\t" \
	"\"text , with: signs\" , 17,null , {\"id\":\"\xc3\xa9\\udce9\"}" \
	" ] ,\"after\":{\"tracks\":[1,2]},\"z\":null } \n"

struct seen {
	const char *text;
	struct buf log;
};

static int on_element(void *ctx, const struct json *v, off_t begin, off_t end)
{
	struct seen *s = ctx;

	buf_printf(&s->log, "element %d <%.*s>\n", (int)json_type(v),
	    (int)(end - begin), s->text + begin);
	if (json_type(v) == JSON_OBJECT && json_get(v, "deep") != NULL)
		buf_printf(&s->log, "deep has %zu\n",
		    json_count(json_get(v, "deep")));
	return 0;
}

static int on_member(void *ctx, const char *key, const struct json *v,
    off_t begin, off_t end)
{
	struct seen *s = ctx;

	(void)v;
	buf_printf(&s->log, "member %s <%.*s>\n", key, (int)(end - begin),
	    s->text + begin);
	return 0;
}

static int on_array(void *ctx, off_t begin, off_t end)
{
	struct seen *s = ctx;

	buf_printf(&s->log, "array %c%c\n", s->text[begin], s->text[end - 1]);
	return 0;
}

static const char expected[] =
    "member n <12.5e1>\n"
    "member s <\"a\\\"b\\u00e9\">\n"
    "element 5 <{\"id\":\"1\",\"deep\":[[1,2],{\"x\":[3]}],\"last\":true}>\n"
    "deep has 0\n"
    "element 3 <\"text , with: signs\">\n"
    "element 2 <17>\n"
    "element 0 <null>\n"
    "element 5 <{\"id\":\"\xc3\xa9\\udce9\"}>\n"
    "array []\n"
    "member after <{\"tracks\":[1,2]}>\n"
    "member z <null>\n";

static void a_stream_tells_the_same_places_for_every_piece_size(void **state)
{
	const char *text = DOCUMENT;
	size_t len = strlen(text);

	(void)state;
	for (size_t piece = 1; piece <= len; piece++) {
		struct seen seen = { .text = text };
		struct json_stream_handler h = { .array = "tracks",
			.keep_depth = 1, .on_element = on_element,
			.on_member = on_member, .on_array = on_array,
			.ctx = &seen };
		struct json_stream *s = json_stream_new(&h);

		for (size_t at = 0; at < len; at += piece) {
			size_t n = len - at < piece ? len - at : piece;
			/* A copy of its own, so that reading outside the
			 * piece is noticed. */
			char *copy = malloc(n);

			memcpy(copy, text + at, n);
			assert_int_equal(json_stream_feed(s, copy, n, NULL),
			    0);
			free(copy);
		}
		assert_int_equal(json_stream_finish(s, NULL), 0);
		assert_string_equal(buf_str(&seen.log), expected);
		json_stream_free(s);
		buf_free(&seen.log);
	}
}

static int feed_all(const char *text, struct error *error)
{
	struct seen seen = { .text = text };
	struct json_stream_handler h = { .array = "tracks",
		.on_element = on_element, .ctx = &seen };
	struct json_stream *s = json_stream_new(&h);
	int failed = json_stream_feed(s, text, strlen(text), error);

	if (!failed)
		failed = json_stream_finish(s, error);
	json_stream_free(s);
	buf_free(&seen.log);
	return failed;
}

static void a_stream_that_is_cut_short_is_not_complete(void **state)
{
	char text[] = DOCUMENT;
	struct error error = { .text = "" };

	(void)state;
	assert_int_equal(feed_all(text, &error), 0);
	for (size_t cut = strlen(text) - 3; cut > 0; cut--) {
		text[cut] = '\0';
		assert_int_equal(feed_all(text, &error), -1);
		assert_true(error.text[0] != '\0');
	}
	assert_int_equal(feed_all("", &error), -1);
	assert_int_equal(feed_all("[1]", &error), -1);
	assert_int_equal(feed_all("7", &error), -1);
}

static int refuse(void *ctx, const struct json *v, off_t begin, off_t end)
{
	(void)ctx, (void)v, (void)begin, (void)end;
	return 1;
}

static void a_callback_can_end_the_parse(void **state)
{
	struct json_stream_handler h = { .array = "a", .on_element = refuse };
	struct json_stream *s = json_stream_new(&h);
	struct error error = { .text = "untouched" };

	(void)state;
	assert_int_equal(json_stream_feed(s, "{\"a\":[1,2]}", 11, &error), -1);
	assert_string_equal(error.text, "untouched");
	json_stream_free(s);
}

static int count_bytes(void *ctx, const struct json *v, off_t begin, off_t end)
{
	(void)v;
	*(off_t *)ctx += end - begin;
	return 0;
}

/* {"before":[[...]],"tracks":[{"x":[[...]]},7]}, so deep in both. */
static int feed_deep(int depth, int keep_depth, struct error *error)
{
	off_t bytes = 0;
	struct json_stream_handler h = { .array = "tracks",
		.keep_depth = keep_depth, .on_element = count_bytes,
		.ctx = &bytes };
	struct json_stream *s = json_stream_new(&h);
	struct buf b = BUF_INIT;
	int failed;

	buf_puts(&b, "{\"before\":");
	for (int i = 0; i < depth; i++)
		buf_putc(&b, '[');
	for (int i = 0; i < depth; i++)
		buf_putc(&b, ']');
	buf_puts(&b, ",\"tracks\":[{\"x\":");
	for (int i = 0; i < depth; i++)
		buf_putc(&b, '[');
	for (int i = 0; i < depth; i++)
		buf_putc(&b, ']');
	buf_puts(&b, "},7]}");
	failed = json_stream_feed(s, b.data, b.len, error) != 0 ||
	    json_stream_finish(s, error) != 0;
	if (!failed)
		assert_int_equal(bytes, 2 * depth + 7);
	json_stream_free(s);
	buf_free(&b);
	return failed;
}

static void what_is_not_kept_may_be_nested_deeply(void **state)
{
	struct error error = { .text = "" };

	(void)state;
	assert_int_equal(feed_deep(JSON_MAX_DEPTH, 1, &error), 0);
	assert_int_equal(feed_deep(JSON_MAX_DEPTH + 1, 1, &error), 0);
	assert_int_equal(feed_deep(100000, 1, &error), 0);
	assert_int_equal(feed_deep(JSON_MAX_SKIPPED, 1, &error), 0);
	assert_int_equal(feed_deep(JSON_MAX_SKIPPED + 3, 1, &error), 1);
	assert_non_null(strstr(error.text, "nested too deeply"));
	assert_int_equal(feed_deep(JSON_MAX_DEPTH - 1, 0, &error), 0);
	assert_int_equal(feed_deep(JSON_MAX_DEPTH + 1, 0, &error), 1);
}

static void a_name_does_not_end_at_a_nul(void **state)
{
	const char *text = "{\"a\\u0000b\":1,\"s\":\"x\\u0000y\",\"t\":\"x\"}";
	struct json *v = parse(text);
	static const char stream[] = "{\"tracks\\u0000\":[1],\"tracks\":[2]}";
	struct seen seen = { .text = stream };
	struct json_stream_handler h = { .array = "tracks",
		.on_element = on_element, .on_member = on_member,
		.ctx = &seen };
	struct json_stream *s = json_stream_new(&h);

	(void)state;
	assert_null(json_get(v, "a"));
	assert_int_equal(json_count(v), 3);
	assert_string_equal(json_get_string(v, "s"), "x");
	assert_null(json_whole_string(json_get(v, "s")));
	assert_string_equal(json_whole_string(json_get(v, "t")), "x");
	assert_null(json_whole_string(NULL));
	json_free(v);
	assert_int_equal(json_stream_feed(s, stream, strlen(stream), NULL), 0);
	assert_int_equal(json_stream_finish(s, NULL), 0);
	assert_string_equal(buf_str(&seen.log),
	    "member  <[1]>\nelement 2 <2>\n");
	json_stream_free(s);
	buf_free(&seen.log);
}

/* ---- writer ---- */

/* As deep as depth, with a value before and after each level. */
static char *written(int depth)
{
	struct json_writer *w = json_writer_new(false);

	for (int i = 0; i < depth; i++) {
		if (i % 2 == 0) {
			json_open_array(w, i > 0 ? "k" : NULL);
			json_put_int(w, NULL, 1);
		} else {
			json_open_object(w, NULL);
			json_put_raw(w, "b", "2", 1);
		}
	}
	for (int i = depth; i-- > 0;) {
		json_put_string(w, i % 2 == 0 ? NULL : "z", "s");
		json_put_bool(w, i % 2 == 0 ? NULL : "y", true);
		json_close(w);
	}
	return json_writer_end(w, NULL);
}

static void what_is_nested_too_deeply_is_written_as_null(void **state)
{
	const int depths[] = { 1, 63, 64, 65, JSON_MAX_WRITTEN - 1,
		JSON_MAX_WRITTEN, JSON_MAX_WRITTEN + 1, 127, 128, 129, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++) {
		char *text = written(depths[i]);
		struct buf b = BUF_INIT;
		struct json_stream_handler h = { .array = "", .keep_depth = 1,
			.on_element = refuse };
		struct json_stream *s = json_stream_new(&h);

		/* Whole JSON, too deep for a tree. */
		buf_printf(&b, "{\"a\":%s}", text);
		assert_int_equal(json_stream_feed(s, b.data, b.len, NULL), 0);
		assert_int_equal(json_stream_finish(s, NULL), 0);
		if (depths[i] <= JSON_MAX_WRITTEN)
			assert_null(strstr(text, "null"));
		else
			assert_non_null(strstr(text, "null,\"z\":\"s\""));
		json_stream_free(s);
		buf_free(&b);
		free(text);
	}
}

static void what_is_written_reads_back(void **state)
{
	struct json_writer *w = json_writer_new(false);
	char *text;

	(void)state;
	json_open_object(w, NULL);
	json_put_string(w, "s", "a\"\n\xff\xc3\xa9");
	json_put_string_if(w, "none", "");
	json_put_string(w, "null", NULL);
	json_put_double(w, "d", 127.970, 2);
	json_put_double(w, "zero", -0.0001, 2);
	json_put_double(w, "nan", 0.0 / 0.0, 2);
	json_put_int(w, "i", INT64_MIN);
	json_open_array(w, "l");
	json_put_bool(w, NULL, true);
	json_put_raw(w, NULL, "{\"r\":1}", 7);
	/* The end closes what is open. */
	text = json_writer_end(w, NULL);
	assert_string_equal(text, "{\"s\":\"a\\\"\\n\xef\xbf\xbd\xc3\xa9\","
	    "\"null\":null,\"d\":127.97,\"zero\":0,\"nan\":null,"
	    "\"i\":-9223372036854775808,\"l\":[true,{\"r\":1}]}");
	free(text);
}

static void a_tree_is_written_as_it_was_read(void **state)
{
	const char *text = "{\"a\":[1,2.5,{\"b\":null}],\"c\":\"x\"}";
	struct json *v = parse(text);
	struct json_writer *w = json_writer_new(false);
	char *out;

	(void)state;
	json_put_tree(w, NULL, v);
	out = json_writer_end(w, NULL);
	assert_string_equal(out, text);
	free(out);
	json_free(v);
}

static void an_error_names_the_byte_that_it_is_at(void **state)
{
	static const struct {
		const char *text, *at;
	} cases[] = { { "", "byte 0:" }, { "{\"a\":", "byte 5:" },
		{ "\xef\xbb\xbf{", "byte 4:" }, { "[1,2", "byte 4:" },
		{ "{\"a\":1}}", "byte 8:" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error error = { .text = "" };

		assert_null(json_parse(cases[i].text, strlen(cases[i].text),
		    &error));
		if (strstr(error.text, cases[i].at) == NULL)
			fail_msg("%s: %s", cases[i].text, error.text);
	}
}

static void add_number(struct json_writer *w, struct buf *printed, double v,
    int decimals)
{
	char text[400];
	size_t len = (size_t)snprintf(text, sizeof(text), "%.*f", decimals, v);

	while (decimals > 0 && text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	json_put_double(w, NULL, v, decimals);
	buf_printf(printed, "%s%s", printed->len > 1 ? "," : "",
	    strcmp(text, "-0") == 0 ? "0" : text);
}

/* Round ones, ties, ends of ranges, and any. */
static void numbers_are_rounded_as_printf_does(void **state)
{
	static const double ends[] = { 0, -0.0, 0.005, 0.125, 2.5, 1e12,
		999999999999.5, 1e12 - 0.001, 1e15, 1e300, 5e-324, 0.0049999 };
	struct json_writer *w = json_writer_new(false);
	struct buf printed = BUF_INIT;
	uint64_t n = 1;
	size_t len;
	char *text;

	(void)state;
	buf_puts(&printed, "[");
	json_open_array(w, NULL);
	for (int decimals = 0; decimals <= 9; decimals++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
			add_number(w, &printed, ends[i], decimals);
	for (int i = 0; i < 100000; i++) {
		double v;

		n = n * 6364136223846793005u + 1442695040888963407u;
		v = (double)((n >> 20) % 2000001) / 1000 - 1000;
		if (i % 3 == 0)
			v = ldexp((double)(n >> 11), (int)(n % 80) - 60);
		add_number(w, &printed, v, i % 8);
	}
	json_close(w);
	buf_puts(&printed, "]");
	text = json_writer_end(w, &len);
	assert_int_equal(len, printed.len);
	assert_memory_equal(text, printed.data, len);
	free(text);
	buf_free(&printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_rounded_as_printf_does),
		cmocka_unit_test(an_error_names_the_byte_that_it_is_at),
		cmocka_unit_test(a_tree_reads_as_it_was_written),
		cmocka_unit_test(absent_null_and_mistyped_read_alike),
		cmocka_unit_test(
		    a_tree_is_64_deep_and_has_a_million_values_at_most),
		cmocka_unit_test(a_text_has_64_megabytes_at_most),
		cmocka_unit_test(of_duplicate_keys_the_last_counts),
		cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
		cmocka_unit_test(nesting_beyond_the_ceiling_is_refused),
		cmocka_unit_test(
		    lone_surrogates_and_bytes_that_are_no_utf8_pass),
		cmocka_unit_test(
		    a_stream_tells_the_same_places_for_every_piece_size),
		cmocka_unit_test(a_stream_that_is_cut_short_is_not_complete),
		cmocka_unit_test(a_callback_can_end_the_parse),
		cmocka_unit_test(what_is_not_kept_may_be_nested_deeply),
		cmocka_unit_test(a_name_does_not_end_at_a_nul),
		cmocka_unit_test(what_is_nested_too_deeply_is_written_as_null),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(a_tree_is_written_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
