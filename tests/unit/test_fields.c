/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <limits.h>

#include "base/mem.h"
#include "index/fields.h"

struct sample {
	char *text;
	char chars[4], hex[9];
	int number;
	int64_t large;
	bool flag;
	double real;
};

static const struct record_field table[] = {
	RECORD_FIELD(1, AS_TEXT, sample, text),
	RECORD_FIELD(2, AS_CHARS, sample, chars),
	RECORD_FIELD(3, AS_HEX, sample, hex),
	RECORD_FIELD(4, AS_INT, sample, number),
	RECORD_FIELD(200, AS_INT64, sample, large),
	RECORD_FIELD(6, AS_BOOL, sample, flag),
	RECORD_FIELD((1u << 29) - 1, AS_DOUBLE, sample, real),
};
#define N_TABLE (sizeof(table) / sizeof(*table))

static void write_sample(const struct sample *s, struct buf *b)
{
	record_begin(b);
	record_put(b, table, N_TABLE, s);
	record_end(b, 0);
}

static size_t read_sample(struct fields in, struct sample *out)
{
	struct field f;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	while (fields_next(&in, &f))
		count += record_set(table, N_TABLE, &f, out);
	return count;
}

static void a_struct_comes_back_as_it_was_written(void **state)
{
	static const int64_t numbers[] = { 0, 1, -1, 63, 64, -64, -65, 127, 128,
		INT_MAX, INT_MIN, INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct sample s = { .text = (char *)(uintptr_t)"t\xff\n",
			.chars = "abc", .hex = "00ff12ab",
			.number = (int)numbers[i], .large = numbers[i],
			.flag = true, .real = (double)numbers[i] / 3 }, r;
		struct buf b = BUF_INIT;

		write_sample(&s, &b);
		read_sample(record_fields(b.data, b.len), &r);
		assert_string_equal(r.text, s.text);
		assert_string_equal(r.chars, "abc");
		assert_string_equal(r.hex, "00ff12ab");
		assert_int_equal(r.number, s.number);
		assert_true(r.large == s.large && r.flag);
		assert_memory_equal(&r.real, &s.real, sizeof(r.real));
		free(r.text);
		buf_free(&b);
	}
}

static void what_is_empty_takes_no_room(void **state)
{
	struct sample s = { .text = (char *)(uintptr_t)"" };
	struct buf b = BUF_INIT;

	(void)state;
	write_sample(&s, &b);
	assert_int_equal(b.len, 8);
	assert_int_equal(read_sample(record_fields(b.data, b.len), &s), 0);
	buf_free(&b);
}

static void unknown_tags_are_skipped(void **state)
{
	struct buf b = BUF_INIT;
	struct sample r;

	(void)state;
	record_begin(&b);
	field_put_text(&b, 77, "from a later version");
	field_put_number(&b, 78, -5);
	field_put_real(&b, 79, 0.5);
	field_put_number(&b, 4, 12);
	field_put_text(&b, 200, "a text where a number should be");
	field_put_text(&b, 1, "first");
	field_put_text(&b, 1, "last");
	field_put_number(&b, 4, (int64_t)INT_MAX + 1);
	record_end(&b, 0);
	assert_int_equal(read_sample(record_fields(b.data, b.len), &r), 4);
	assert_int_equal(r.number, 12);
	assert_true(r.large == 0);
	assert_string_equal(r.text, "last");
	free(r.text);
	buf_free(&b);
}

static void texts_are_cut_to_their_arrays(void **state)
{
	struct buf b = BUF_INIT;
	struct sample r;

	(void)state;
	field_put_text(&b, 2, "abcd");
	field_put_bytes(&b, 3, "123", 3);
	read_sample((struct fields){ (uint8_t *)b.data,
	    (uint8_t *)b.data + b.len }, &r);
	assert_string_equal(r.chars, "abc");
	assert_string_equal(r.hex, "");
	buf_free(&b);
}

/* Any change of any byte is noticed by the hash; and without the hash each
 * change, and each end that comes too early, is read without harm. */
static void damage_is_noticed_and_harmless(void **state)
{
	struct sample s = { .text = (char *)(uintptr_t)"some text",
		.chars = "abc", .hex = "00ff12ab", .number = -70000,
		.large = INT64_MIN, .flag = true, .real = 1.5 }, r;
	struct buf b = BUF_INIT;

	(void)state;
	write_sample(&s, &b);
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint8_t *copy = xmalloc(b.len);

			memcpy(copy, b.data, b.len);
			copy[i] ^= (uint8_t)(1 << bit);
			assert_null(record_fields(copy, b.len).at);
			read_sample((struct fields){ copy + 8, copy + b.len },
			    &r);
			free(r.text);
			free(copy);
		}
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = xmalloc(len + 1);

		memcpy(copy, b.data, len);
		assert_null(record_fields(copy, len).at);
		if (len >= 8)
			read_sample((struct fields){ copy + 8, copy + len },
			    &r);
		if (len >= 8)
			free(r.text);
		free(copy);
	}
	buf_free(&b);
}

static void malformed_fields_end_the_record(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\x04", 1 },			/* no number */
		{ "\x04\x80", 2 },		/* half a number */
		{ "\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
		{ "\x07\x01", 2 },		/* no such type */
		{ "\x05\x01\x02\x03", 4 },	/* half a double */
		{ "\x06\x05""abcd", 6 },	/* longer than the record */
		{ "\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
		{ "\xff\xff\xff\xff\x7f\x01", 6 },	/* too high a tag */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint8_t *copy = xmalloc(bad[i].len);
		struct fields in = { copy, copy + bad[i].len };
		struct field f;

		memcpy(copy, bad[i].bytes, bad[i].len);
		assert_false(fields_next(&in, &f));
		assert_ptr_equal(in.at, in.end);
		assert_false(fields_next(&in, &f));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_struct_comes_back_as_it_was_written),
		cmocka_unit_test(what_is_empty_takes_no_room),
		cmocka_unit_test(unknown_tags_are_skipped),
		cmocka_unit_test(texts_are_cut_to_their_arrays),
		cmocka_unit_test(damage_is_noticed_and_harmless),
		cmocka_unit_test(malformed_fields_end_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
