/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"
#include "types/availability.h"

#define NOW 1800000000LL
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

static const struct outage no_network = { .reason = "no network" };

static bool fail_for(struct availability *a, const char *key, int64_t now)
{
	return availability_fail(a, key, &no_network, now);
}

/* Unavailable as of NOW. */
static struct availability unavailable(void)
{
	struct availability a = { .name = "s" };

	fail_for(&a, "k1", NOW);
	fail_for(&a, "k2", NOW);
	fail_for(&a, "k3", NOW);
	return a;
}

static void assert_state(const struct availability *a, int64_t now,
    enum availability_state state)
{
	assert_int_equal(availability_state(a, now), state);
}

static void three_different_tracks_in_a_row_are_an_outage(void **state)
{
	struct availability a = { .name = "s" };

	(void)state;
	assert_false(fail_for(&a, "k1", NOW));
	assert_false(fail_for(&a, "k1", NOW));
	assert_false(fail_for(&a, "k1", NOW));
	assert_false(fail_for(&a, "k2", NOW));
	assert_false(fail_for(&a, "k1", NOW));
	assert_state(&a, NOW, SOURCE_AVAILABLE);
	assert_true(fail_for(&a, "k3", NOW));
	assert_state(&a, NOW, SOURCE_COOLING);
	assert_int_equal(a.since, NOW);
}

static void five_tracks_are_needed_if_candidates_may_be_the_reason(
    void **state)
{
	const struct outage nothing = { .reason = "no file", .unclear = true };
	struct availability a = { .name = "s" };
	char key[2] = "a";

	(void)state;
	for (; key[0] < 'e'; key[0]++)
		assert_false(availability_fail(&a, key, &nothing, NOW));
	assert_true(availability_fail(&a, key, &nothing, NOW));
	assert_state(&a, NOW, SOURCE_COOLING);
}

static void a_delivery_restarts_the_count_of_failures(void **state)
{
	struct availability a = { .name = "s" };

	(void)state;
	assert_false(availability_succeed(&a, true, NOW));
	fail_for(&a, "k1", NOW);
	fail_for(&a, "k2", NOW);
	assert_true(availability_succeed(&a, true, NOW + 1));
	assert_int_equal(a.worked, NOW + 1);
	assert_false(fail_for(&a, "k3", NOW));
	assert_false(fail_for(&a, "k1", NOW));
	assert_true(fail_for(&a, "k2", NOW));
}

static void an_outage_lasts_five_minutes_until_a_test(void **state)
{
	struct availability a = unavailable();

	(void)state;
	assert_state(&a, NOW + 5 * MINUTE - 1, SOURCE_COOLING);
	assert_state(&a, NOW + 5 * MINUTE, SOURCE_UNTESTED);
	assert_state(&a, NOW + DAY, SOURCE_UNTESTED);
}

static void each_failed_test_doubles_the_time_up_to_six_hours(void **state)
{
	static const int minutes[] = { 10, 20, 40, 80, 160, 320, 360, 360 };
	struct availability a = unavailable();
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++) {
		now = a.until;
		assert_true(fail_for(&a, "k4", now));
		assert_int_equal(a.until, now + minutes[i] * MINUTE);
	}
	assert_int_equal(a.since, NOW);
}

/* Several threads may be at it when it fails. */
static void a_download_already_running_is_no_failed_test(void **state)
{
	struct availability a = unavailable();

	(void)state;
	assert_true(fail_for(&a, "k4", NOW + 1));
	assert_int_equal(a.until, NOW + 5 * MINUTE);
	assert_int_equal(a.failures, 1);
}

static void a_success_ends_an_outage_and_resets_its_wait(void **state)
{
	struct availability a = unavailable();

	(void)state;
	fail_for(&a, "k4", a.until);
	assert_true(availability_succeed(&a, true, NOW + DAY));
	assert_state(&a, NOW + DAY, SOURCE_AVAILABLE);
	assert_string_equal(a.reason, "");
	for (int i = 0; i < 3; i++) {
		char key[2] = { (char)('a' + i), '\0' };

		fail_for(&a, key, NOW + DAY);
	}
	assert_int_equal(a.until, NOW + DAY + 5 * MINUTE);
}

static void an_answer_to_a_search_ends_an_outage_of_searches_only(
    void **state)
{
	const struct outage search = { .reason = "x", .searching = true };
	struct availability a = { .name = "s" }, b = { .name = "s" };

	(void)state;
	availability_fail(&a, "k1", &search, NOW);
	availability_fail(&a, "k2", &search, NOW);
	b = a;
	availability_fail(&a, "k3", &search, NOW);
	fail_for(&b, "k3", NOW);
	assert_true(availability_succeed(&a, false, NOW));
	assert_state(&a, NOW, SOURCE_AVAILABLE);
	assert_int_equal(a.worked, 0);
	assert_false(availability_succeed(&b, false, NOW));
	assert_state(&b, NOW, SOURCE_COOLING);
}

static void a_retry_time_of_the_service_is_respected(void **state)
{
	struct outage o = { .reason = "429", .retry_after = 2 * HOUR };
	struct availability a = { .name = "s" }, b = { .name = "s" };

	(void)state;
	assert_true(availability_fail(&a, "k1", &o, NOW));
	assert_int_equal(a.until, NOW + 2 * HOUR);
	/* Less than what we would wait anyhow, or absurd. */
	o.retry_after = 1;
	assert_true(availability_fail(&b, "k1", &o, NOW));
	assert_int_equal(b.until, NOW + 5 * MINUTE);
	o.retry_after = INT64_MAX;
	assert_true(availability_fail(&b, "k1", &o, NOW));
	assert_int_equal(b.until, NOW + DAY);
}

static void an_outage_that_a_person_ended_adds_no_wait(void **state)
{
	const struct outage bad = { .reason = "no such option", .at_once =
		true, .must_act = true };
	struct availability a = { .name = "s" }, b = { .name = "s" };

	(void)state;
	assert_true(availability_fail(&a, "k1", &bad, NOW));
	assert_true(a.must_act);
	assert_state(&a, NOW, SOURCE_UNTESTED);
	availability_reopen(&a);
	assert_state(&a, NOW, SOURCE_UNTESTED);
	availability_close(&b, "is not installed", NOW);
	assert_true(b.must_act);
	assert_state(&b, NOW, SOURCE_UNTESTED);
	availability_reopen(&b);
	assert_state(&b, NOW, SOURCE_AVAILABLE);
}

static void a_clock_that_was_set_back_delays_nothing(void **state)
{
	struct availability a = unavailable();

	(void)state;
	assert_state(&a, NOW - DAY + 5 * MINUTE, SOURCE_COOLING);
	assert_state(&a, NOW - DAY, SOURCE_UNTESTED);
	assert_true(fail_for(&a, "k4", NOW - DAY));
	assert_int_equal(a.until, NOW - DAY + 10 * MINUTE);
}

static void the_tracks_it_failed_are_known_the_latest_for_longest(
    void **state)
{
	struct availability a = { .name = "s" };
	char key[16], long_key[64];

	(void)state;
	for (int i = 0; i < AVAILABILITY_TRACKS + 1; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		fail_for(&a, key, NOW);
	}
	assert_false(availability_failed_for(&a, "k0"));
	assert_true(availability_failed_for(&a, "k1"));
	availability_succeed(&a, true, NOW);
	assert_true(availability_failed_for(&a, "k1"));
	assert_false(availability_failed_for(NULL, "k1"));
	memset(long_key, 'x', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = '\0';
	fail_for(&a, long_key, NOW);
	assert_false(availability_failed_for(&a, long_key));
}

static void an_outage_is_described_in_words(void **state)
{
	struct availability a = unavailable();
	char text[ERROR_MAX + 64];

	(void)state;
	assert_true(availability_text(&a, NOW, text, sizeof(text)));
	assert_string_equal(text,
	    "unavailable, not asked for another 5 min: no network");
	assert_true(availability_text(&a, NOW + HOUR, text, sizeof(text)));
	assert_string_equal(text,
	    "unavailable, the next run tests it: no network");
	assert_false(availability_text(NULL, NOW, text, sizeof(text)));
	assert_string_equal(text, "");
}

/* ---- the file ---- */

static void saved_availability_is_loaded_by_the_next_run(void **state)
{
	struct availabilities list = { .count = 0 }, back;
	const struct availability *a;
	struct error error;

	*availability_add(&list, "s") = unavailable();
	*availability_add(&list, "s") = unavailable();
	availability_add(&list, "t")->worked = NOW;
	assert_int_equal(list.count, 2);
	assert_int_equal(availability_save(*state, &list, &error), DONE);
	availability_load(*state, &back);
	assert_int_equal(back.count, 2);
	a = availability_of(&back, "s");
	assert_memory_equal(a, &list.items[0], sizeof(*a));
	assert_int_equal(availability_of(&back, "t")->worked, NOW);
	assert_null(availability_of(&back, "u"));
	availabilities_free(&list);
	availabilities_free(&back);
}

static void without_a_readable_file_every_source_is_available(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{\"sources\":1}",
		"{\"sources\":[1,{},{\"name\":7},{\"name\":\"s\",\"since\":"
		"\"x\",\"until\":-5,\"failures\":99999999999,\"streak\":-1,"
		"\"tracks\":[1,null,\"k\"]}]}" };
	char *path = path_join(*state, "sources.json");
	struct availabilities list;

	availability_load(*state, &list);
	assert_int_equal(list.count, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(file_write(path, texts[i], strlen(texts[i]),
		    0600), 0);
		availability_load(*state, &list);
		assert_state(availability_of(&list, "s"), NOW,
		    SOURCE_AVAILABLE);
		availabilities_free(&list);
	}
	free(path);
}

static void a_name_that_is_too_long_is_not_remembered(void **state)
{
	struct availabilities list = { .count = 0 };
	char name[AVAILABILITY_NAME + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[AVAILABILITY_NAME] = '\0';
	assert_null(availability_add(&list, name));
	name[AVAILABILITY_NAME - 1] = '\0';
	assert_non_null(availability_add(&list, name));
	availabilities_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_different_tracks_in_a_row_are_an_outage),
		cmocka_unit_test(
		    five_tracks_are_needed_if_candidates_may_be_the_reason),
		cmocka_unit_test(
		    a_delivery_restarts_the_count_of_failures),
		cmocka_unit_test(an_outage_lasts_five_minutes_until_a_test),
		cmocka_unit_test(each_failed_test_doubles_the_time_up_to_six_hours),
		cmocka_unit_test(a_download_already_running_is_no_failed_test),
		cmocka_unit_test(a_success_ends_an_outage_and_resets_its_wait),
		cmocka_unit_test(
		    an_answer_to_a_search_ends_an_outage_of_searches_only),
		cmocka_unit_test(a_retry_time_of_the_service_is_respected),
		cmocka_unit_test(
		    an_outage_that_a_person_ended_adds_no_wait),
		cmocka_unit_test(a_clock_that_was_set_back_delays_nothing),
		cmocka_unit_test(
		    the_tracks_it_failed_are_known_the_latest_for_longest),
		cmocka_unit_test(an_outage_is_described_in_words),
		cmocka_unit_test_setup_teardown(
		    saved_availability_is_loaded_by_the_next_run, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    without_a_readable_file_every_source_is_available,
		    make_folder, remove_folder),
		cmocka_unit_test(a_name_that_is_too_long_is_not_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
