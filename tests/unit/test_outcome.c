/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/outcome.h"

static void a_reason_is_kept_and_the_outcome_passed_on(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_set(&error, ITEM_FAILED, "%s: has %d channels",
	    "a.mp3", 9), ITEM_FAILED);
	assert_string_equal(error.text, "a.mp3: has 9 channels");
}

static void a_reason_may_be_of_no_interest(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, RUN_AUTH, "%s", "unread"), RUN_AUTH);
}

static void a_reason_may_be_built_upon_itself(void **state)
{
	struct error error;

	(void)state;
	error_set(&error, ITEM_FAILED, "no such host");
	error_set(&error, SERVICE_FAILED, "api.example: %s", error.text);
	assert_string_equal(error.text, "api.example: no such host");
}

static void what_commands_a_terminal_is_replaced(void **state)
{
	static const struct {
		const char *given, *kept;
	} cases[] = {
		{ "two\nlines\r\t", "two?lines??" },
		{ "\x1b[2Jgone\x7f", "?[2Jgone?" },
		{ "\xc2\x9b" "2J", "??2J" },	/* C1's CSI */
		{ "\xe2\x80\xae" "abc\xe2\x80\xa8", "???abc???" },
		{ "\xc2\xa0kept", "\xc2\xa0kept" },
		{ "Bj\xc3\xb6rk \xe2\x99\xa5 \xf0\x9f\x8e\xb5",
		  "Bj\xc3\xb6rk \xe2\x99\xa5 \xf0\x9f\x8e\xb5" },
		{ "Bj\xf6rk", "Bj?rk" },		/* Latin-1 */
		{ "\xc0\x8a\xed\xa0\x80", "?????" },	/* overlong, half */
		{ "torn \xe2\x99", "torn ??" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error error;

		error_set(&error, ITEM_FAILED, "%s", cases[i].given);
		assert_string_equal(error.text, cases[i].kept);
	}
}

static void a_long_reason_is_cut_at_a_whole_character(void **state)
{
	char given[2 * ERROR_MAX];
	struct error error;

	(void)state;
	/* Each length of the beginning puts the cut elsewhere in a heart. */
	for (size_t begin = 0; begin < 3; begin++) {
		size_t len;

		memset(given, 'x', begin);
		for (size_t i = begin; i + 3 < sizeof(given); i += 3)
			memcpy(given + i, "\xe2\x99\xa5", 4);
		error_set(&error, ITEM_FAILED, "%s", given);
		len = strlen(error.text);
		assert_true(len < ERROR_MAX && len >= ERROR_MAX - 3);
		assert_int_equal((len - begin) % 3, 0);
		assert_memory_equal(error.text, given, len);
	}
}

static void a_finer_name_does_not_outlive_its_reason(void **state)
{
	struct error error = { .text = "", .reason = 3 };

	(void)state;
	error_set(&error, ITEM_FAILED, "something else");
	assert_int_equal(error.reason, 0);
}

static void exit_statuses_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(outcome_exit_status(DONE), 0);
	assert_int_equal(outcome_exit_status(STOPPED), 0);
	assert_int_equal(outcome_exit_status(RUN_FAILED), 1);
	assert_int_equal(outcome_exit_status(SERVICE_FAILED), 75);
	assert_int_equal(outcome_exit_status(RUN_LATER), 75);
	assert_int_equal(outcome_exit_status(RUN_ACT), 78);
	assert_int_equal(outcome_exit_status(RUN_AUTH), 77);
	assert_int_equal(outcome_exit_status(RUN_CONFIG), 78);
}

static void each_outcome_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum outcome i = DONE; i <= RUN_FAILED; i++)
		for (enum outcome k = DONE; k < i; k++)
			assert_string_not_equal(outcome_name(i),
			    outcome_name(k));
	assert_string_equal(outcome_name(DONE), "done");
	assert_string_equal(outcome_name(ITEM_FAILED), "track");
	assert_string_equal(outcome_name(SERVICE_FAILED), "service");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reason_is_kept_and_the_outcome_passed_on),
		cmocka_unit_test(a_reason_may_be_of_no_interest),
		cmocka_unit_test(a_reason_may_be_built_upon_itself),
		cmocka_unit_test(what_commands_a_terminal_is_replaced),
		cmocka_unit_test(a_long_reason_is_cut_at_a_whole_character),
		cmocka_unit_test(a_finer_name_does_not_outlive_its_reason),
		cmocka_unit_test(exit_statuses_are_those_of_the_manual),
		cmocka_unit_test(each_outcome_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
