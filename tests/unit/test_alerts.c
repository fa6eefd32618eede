/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"
#include "base/state.h"
#include "report/alerts.h"

#define T 1800000000LL

/* What a run notes, and the next one finds. */
static bool tell(void **state, const char *key, int64_t now)
{
	struct alerts a;
	bool told;

	alerts_load(*state, &a, now);
	told = alerts_tell(&a, key, now);
	assert_int_equal(alerts_save(*state, &a, NULL), DONE);
	return told;
}

static bool run_ends(void **state, bool succeeded, int64_t now)
{
	struct alerts a;
	bool told;

	alerts_load(*state, &a, now);
	told = alerts_note_run(&a, succeeded, now);
	assert_int_equal(alerts_save(*state, &a, NULL), DONE);
	return told;
}

static void a_failure_is_reported_at_once_and_then_once_a_day(void **state)
{
	assert_true(tell(state, "a", T));
	assert_false(tell(state, "a", T));
	assert_true(tell(state, "b", T + 10));
	assert_false(tell(state, "a", T + ALERT_DAY_S - 1));
	assert_true(tell(state, "a", T + ALERT_DAY_S));
	assert_false(tell(state, "a", T + ALERT_DAY_S + 1));
	assert_true(tell(state, "b", T + ALERT_DAY_S + 10));
}

static void a_clock_that_was_ahead_suppresses_no_report(void **state)
{
	assert_true(tell(state, "a", T + 1000000));
	assert_true(tell(state, "a", T));
	assert_false(run_ends(state, false, T + 1000000));
	assert_false(run_ends(state, false, T + 2));
	assert_true(run_ends(state, false, T + 2 + ALERT_DAY_S));
}

static void a_day_without_success_is_reported_once_a_day(void **state)
{
	assert_false(run_ends(state, false, T));
	assert_false(run_ends(state, false, T + ALERT_DAY_S - 1));
	assert_true(run_ends(state, false, T + ALERT_DAY_S));
	assert_false(run_ends(state, false, T + 2 * ALERT_DAY_S - 1));
	assert_true(run_ends(state, false, T + 2 * ALERT_DAY_S));
	/* A success begins it anew. */
	assert_false(run_ends(state, true, T + 3 * ALERT_DAY_S));
	assert_false(run_ends(state, false, T + 3 * ALERT_DAY_S + 1));
	assert_false(run_ends(state, false, T + 4 * ALERT_DAY_S));
	assert_true(run_ends(state, false, T + 4 * ALERT_DAY_S + 1));
}

static void a_reported_cause_replaces_the_report_of_the_day(void **state)
{
	assert_false(run_ends(state, false, T));
	assert_true(tell(state, "a", T + 3600));
	assert_false(run_ends(state, false, T + ALERT_DAY_S + 3599));
	assert_true(run_ends(state, false, T + ALERT_DAY_S + 3600));
}

static void success_writes_nothing(void **state)
{
	struct buf text = BUF_INIT;
	char *path = path_join(*state, STATE_ALERTS);

	assert_false(run_ends(state, true, T));
	assert_int_equal(file_read(path, 100, &text), -1);
	buf_free(&text);
	free(path);
}

static void an_unreadable_file_counts_as_empty(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{\"told\":3}",
		"{\"told\":[3,{},{\"key\":\"a\"},{\"at\":1800000000}],"
		"\"failing_since\":-5}" };
	char *path = path_join(*state, STATE_ALERTS);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct alerts a;

		assert_int_equal(file_write(path, texts[i], strlen(texts[i]),
		    0600), 0);
		alerts_load(*state, &a, T);
		assert_int_equal(a.count, 0);
		assert_false(alerts_note_run(&a, false, T));
	}
	free(path);
}

static void alerts_beyond_the_limit_are_reported_and_not_lost(void **state)
{
	char key[2 * ALERT_KEY], name[16];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_true(tell(state, key, T));
	assert_false(tell(state, key, T));
	for (int i = 1; i < MAX_ALERTS; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_true(tell(state, name, T));
		assert_false(tell(state, name, T));
	}
	assert_true(tell(state, "one more", T));
	assert_true(tell(state, "one more", T));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failure_is_reported_at_once_and_then_once_a_day),
		TEST(a_clock_that_was_ahead_suppresses_no_report),
		TEST(a_day_without_success_is_reported_once_a_day),
		TEST(a_reported_cause_replaces_the_report_of_the_day),
		TEST(success_writes_nothing),
		TEST(an_unreadable_file_counts_as_empty),
		TEST(alerts_beyond_the_limit_are_reported_and_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
