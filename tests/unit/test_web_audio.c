/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file's parts: which bytes a Range header asks for. */
#include "test.h"

#include "web/audio.h"

static void check(const char *range, int64_t size, int status, int64_t from,
    int64_t length)
{
	int64_t f, l;

	assert_int_equal(audio_range(range, size, &f, &l), status);
	if (status == 416)
		return;
	assert_int_equal(f, from);
	assert_int_equal(l, length);
}

static void a_range_is_within_the_file(void **state)
{
	(void)state;
	check("bytes=0-", 100, 206, 0, 100);
	check("bytes=0-0", 100, 206, 0, 1);
	check("bytes=99-", 100, 206, 99, 1);
	check("bytes=99-200", 100, 206, 99, 1);
	check("bytes=100-", 100, 416, 0, 0);
	check("bytes=-1", 100, 206, 99, 1);
	check("bytes=-100", 100, 206, 0, 100);
	check("bytes=-101", 100, 206, 0, 100);
	check("bytes=-0", 100, 416, 0, 0);
	check("bytes=0-", 0, 416, 0, 0);
	check("bytes=-5", 0, 416, 0, 0);
}

static void a_part_has_a_limit(void **state)
{
	(void)state;
	check("bytes=1-", AUDIO_MAX_PART + 1, 206, 1, AUDIO_MAX_PART);
	check("bytes=1-", AUDIO_MAX_PART + 2, 206, 1, AUDIO_MAX_PART);
}

static void what_is_no_range_is_not_understood(void **state)
{
	static const char *const others[] = { "", "bytes", "bytes=", "bytes=-",
		"bytes=1", "bytes=5-4", "bytes=1-2,4-5", "bytes=a-b",
		"bytes= 1-2", "bytes=+1-2", "bytes=1--2", "bytes=1-2x",
		"items=1-2", "bytes=99999999999999999999-",
		"bytes=1-99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		check(others[i], 100, 200, 0, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_within_the_file),
		cmocka_unit_test(a_part_has_a_limit),
		cmocka_unit_test(what_is_no_range_is_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
