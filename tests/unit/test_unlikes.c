/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "run/unlikes.h"

static void a_list_is_short_if_both_limits_are_exceeded(void **state)
{
	(void)state;
	assert_false(unlikes_is_short(100, 100));
	assert_false(unlikes_is_short(100, 101));
	assert_false(unlikes_is_short(100, 90));	/* 10 tracks */
	assert_true(unlikes_is_short(100, 89));		/* 11, 11% */
	assert_false(unlikes_is_short(110, 99));	/* 11, 10% */
	assert_true(unlikes_is_short(109, 98));		/* 11, 10.1% */
	assert_false(unlikes_is_short(1000, 900));
	assert_true(unlikes_is_short(1000, 899));
	assert_false(unlikes_is_short(12, 2));
	assert_true(unlikes_is_short(12, 1));
}

static void an_empty_list_is_short_unless_it_was_empty(void **state)
{
	(void)state;
	assert_true(unlikes_is_short(1, 0));
	assert_true(unlikes_is_short(10, 0));
	assert_false(unlikes_is_short(0, 0));
	assert_false(unlikes_is_short(2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_short_if_both_limits_are_exceeded),
		cmocka_unit_test(an_empty_list_is_short_unless_it_was_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
