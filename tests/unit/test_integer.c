/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/integer.h"

#define UNTOUCHED 77

static void a_whole_text_is_an_integer_within_its_bounds(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max, value;
		bool valid;
	} cases[] = {
		{ "1", 1, 12, 1, true },
		{ "12", 1, 12, 12, true },
		{ "0", 1, 12, 0, false },
		{ "13", 1, 12, 0, false },
		{ "008", 1, 12, 8, true },
		{ "-5", -5, 5, -5, true },
		{ "-6", -5, 5, 0, false },
		{ "9223372036854775807", 0, INT64_MAX, INT64_MAX, true },
		{ "9223372036854775808", 0, INT64_MAX, 0, false },
		{ "-9223372036854775808", INT64_MIN, 0, INT64_MIN, true },
		{ "-9223372036854775809", INT64_MIN, 0, 0, false },
		{ "", 0, 9, 0, false },
		{ "-", -9, 9, 0, false },
		{ " 1", 0, 9, 0, false },
		{ "1 ", 0, 9, 0, false },
		{ "+1", 0, 9, 0, false },
		{ "- 1", -9, 9, 0, false },
		{ "0x1", 0, 9, 0, false },
		{ "1.0", 0, 9, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t n = UNTOUCHED;

		if (int_parse(cases[i].text, cases[i].min, cases[i].max, &n) !=
		    cases[i].valid)
			fail_msg("%s", cases[i].text);
		assert_true(n == (cases[i].valid ? cases[i].value :
		    UNTOUCHED));
	}
}

static void a_text_begins_with_an_integer_or_the_nearer_bound(void **state)
{
	static const struct {
		const char *text, *rest;
		int result;
		int64_t value;
	} cases[] = {
		{ "8A", "A", 0, 8 },
		{ " +9/12", "/12", 0, 9 },
		{ "12", "", 0, 12 },
		{ "13s", "s", 1, 12 },
		{ "-1", "", 1, 1 },
		{ "99999999999999999999,", ",", 1, 12 },
		{ "-99999999999999999999", "", 1, 1 },
		{ "", "", -1, UNTOUCHED },
		{ "A8", "A8", -1, UNTOUCHED },
		{ " -", " -", -1, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = cases[i].text;
		int64_t n = UNTOUCHED;

		assert_int_equal(int_prefix(&at, 1, 12, &n), cases[i].result);
		assert_true(n == cases[i].value);
		assert_string_equal(at, cases[i].rest);
	}
}

static void an_overflow_is_outside_the_widest_bounds(void **state)
{
	const char *over = "9223372036854775808", *under =
	    "-9223372036854775809";
	int64_t n;

	(void)state;
	assert_int_equal(int_prefix(&over, INT64_MIN, INT64_MAX, &n), 1);
	assert_true(n == INT64_MAX);
	assert_int_equal(int_prefix(&under, INT64_MIN, INT64_MAX, &n), 1);
	assert_true(n == INT64_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_text_is_an_integer_within_its_bounds),
		cmocka_unit_test(
		    a_text_begins_with_an_integer_or_the_nearer_bound),
		cmocka_unit_test(an_overflow_is_outside_the_widest_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
