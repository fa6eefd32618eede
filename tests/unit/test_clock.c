/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <time.h>

#include "base/clock.h"

static const struct {
	int64_t seconds;
	const char *iso;
} moments[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ -1, "1969-12-31T23:59:59Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 1795119342, "2026-11-19T20:15:42Z" },
	{ INT64_C(4294967296), "2106-02-07T06:28:16Z" },
	{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
};

static void a_time_goes_to_text_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		char text[ISO_TIME_LEN];
		int64_t back = 1;

		time_to_iso(moments[i].seconds, text);
		assert_string_equal(text, moments[i].iso);
		assert_int_equal(time_from_iso(text, &back), 0);
		assert_true(back == moments[i].seconds);
	}
}

static void a_time_beyond_four_digits_of_years_is_the_epoch(void **state)
{
	static const int64_t far[] = { INT64_MAX, INT64_MIN,
		INT64_C(253402300800), INT64_C(-62135596801) };

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		char text[ISO_TIME_LEN];

		time_to_iso(far[i], text);
		assert_string_equal(text, "1970-01-01T00:00:00Z");
	}
}

static void all_spellings_of_a_time_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "2026-11-19T20:15:42", 1795119342 },
		{ "2026-11-19 20:15:42", 1795119342 },
		{ "2026-11-19T20:15:42.000Z", 1795119342 },
		{ "2026-11-19T20:15:42.999999999Z", 1795119342 },
		{ "2026-11-19T20:15:42.123456+00:00", 1795119342 },
		{ "2026-11-19T21:15:42+01:00", 1795119342 },
		{ "2026-11-19T16:45:42-03:30", 1795119342 },
		{ "2026-11-20T01:00:42+04:45", 1795119342 },
		{ "2026-11-19", 1795046400 },
		{ "2016-12-31T23:59:60Z", 1483228800 },	/* a leap second */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t t = 0;

		if (time_from_iso(cases[i].text, &t) != 0)
			fail_msg("%s is refused", cases[i].text);
		assert_true(t == cases[i].seconds);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "x", "2026", "2026-11", "20261119", "2026-1-19",
		"+026-11-19", " 026-11-19", "2026--1-19", "2026-+1-19",
		"2026- 1-19", "2026-00-19", "2026-13-01", "2026-11-00",
		"2026-11-31", "2026-11-41", "2026-11-32", "2026-02-29", "1900-02-29", "2026-11-19T",
		"2026-11-19 ", "2026-11-19Z", "2026-11-19+01:00",
		"2026-11-19T20:15", "2026-11-19T20:15Z", "2026-11-19T24:00:00",
		"2026-11-19T20:60:00", "2026-11-19T20:15:61",
		"2026-11-19T-1:15:42", "2026-11-19T20:15:42.",
		"2026-11-19T20:15:42.Z", "2026-11-19T20:15:42ZZ",
		"2026-11-19T20:15:42+1:00", "2026-11-19T20:15:42+0100",
		"2026-11-19T20:15:42+24:00", "2026-11-19T20:15:42+01:60",
		"2026-11-19T20:15:42+-1:00", "2026-11-19T20:15:42 Z",
		"2026-11-19X20:15:42Z", "22026-11-19T20:15:42Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int64_t t = 77;

		if (time_from_iso(wrong[i], &t) != -1)
			fail_msg("'%s' is read", wrong[i]);
		assert_true(t == 77);
	}
}

static void a_duration_is_told_in_words(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ -5, "0 s" }, { 0, "0 s" }, { 3, "3 s" }, { 59, "59 s" },
		{ 60, "1 min" }, { 299, "4 min" }, { 3599, "59 min" },
		{ 3600, "1 h" }, { 3659, "1 h" }, { 7800, "2 h 10 min" },
		{ 86399, "23 h 59 min" }, { 86400, "1 d" },
		{ 5 * 86400 + 3600, "5 d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[32];

		duration_to_text(cases[i].seconds, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void a_duration_is_cut_where_there_is_no_room(void **state)
{
	char text[] = "......";

	(void)state;
	duration_to_text(7800, text, 4);
	assert_string_equal(text, "2 h");
	assert_int_equal(text[4], '.');
}

static void an_instant_has_three_clocks(void **state)
{
	struct instant a, b;
	struct timespec ts;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &ts);
	clock_now(&a);
	clock_now(&b);
	assert_true(a.wall_ms >= (int64_t)ts.tv_sec * 1000);
	assert_true(a.wall_ms / 1000 <= clock_wall());
	assert_true(a.boot_ms > 0 && b.boot_ms >= a.boot_ms);
	assert_int_equal(strlen(a.boot_id), BOOT_ID_LEN);
	assert_string_equal(a.boot_id, b.boot_id);
}

/* The clock counts whole milliseconds, so one may be missing. */
static void a_sleep_lasts_as_long_as_asked(void **state)
{
	int64_t begun = clock_mono_ms();

	(void)state;
	assert_int_equal(clock_sleep_ms(30), 0);
	assert_true(clock_mono_ms() - begun >= 29);
}

static void a_sleep_of_nothing_returns(void **state)
{
	(void)state;
	assert_int_equal(clock_sleep_ms(0), 0);
	assert_int_equal(clock_sleep_ms(-1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_goes_to_text_and_back),
		cmocka_unit_test(
		    a_time_beyond_four_digits_of_years_is_the_epoch),
		cmocka_unit_test(all_spellings_of_a_time_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_duration_is_told_in_words),
		cmocka_unit_test(a_duration_is_cut_where_there_is_no_room),
		cmocka_unit_test(an_instant_has_three_clocks),
		cmocka_unit_test(a_sleep_lasts_as_long_as_asked),
		cmocka_unit_test(a_sleep_of_nothing_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
