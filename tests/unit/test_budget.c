/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/clock.h"
#include "fetch/budget.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

/* A clock that the tests set. */
static struct instant fake;

static void fake_now(struct instant *out)
{
	*out = fake;
}

static void boot(const char *id)
{
	snprintf(fake.boot_id, sizeof(fake.boot_id), "%s", id);
	fake.boot_ms = 1000;
}

static void pass(int64_t ms)
{
	fake.wall_ms += ms;
	fake.boot_ms += ms;
}

static struct budget *open_at(const char *folder, bool expected, int hour,
    int day)
{
	char path[600];
	struct budget *b;

	snprintf(path, sizeof(path), "%s/ledger.jsonl", folder);
	assert_int_equal(budget_open(path, expected, hour, day, &b, NULL),
	    DONE);
	budget_set_clock(b, fake_now);
	return b;
}

static int setup(void **state)
{
	clock_now(&fake);
	return make_folder(state);
}

static void what_is_reserved_is_counted_by_the_next_process(void **state)
{
	struct budget *b = open_at(*state, false, 2, 3);
	struct budget_left left;
	struct why why;

	assert_int_equal(budget_reserve(b, "s", "k", &why), DONE);
	assert_int_equal(budget_reserve(b, "s", "k", &why), DONE);
	assert_int_equal(budget_reserve(b, "s", "k", &why), SERVICE_FAILED);
	assert_non_null(strstr(why.text, "hourly cap of 2"));
	budget_close(b);
	b = open_at(*state, true, 2, 3);
	budget_left(b, &left);
	assert_int_equal(left.hour, 0);
	assert_int_equal(left.day, 1);
	pass(HOUR_MS + 1);
	budget_left(b, &left);
	assert_int_equal(left.hour, 2);
	assert_int_equal(budget_reserve(b, "s", "k", &why), DONE);
	assert_int_equal(budget_reserve(b, "s", "k", &why), SERVICE_FAILED);
	assert_non_null(strstr(why.text, "daily cap of 3"));
	budget_close(b);
}

static void a_lost_ledger_counts_as_used_up_for_a_day(void **state)
{
	struct budget *b = open_at(*state, true, 5, 5);
	struct budget_left left;

	budget_left(b, &left);
	assert_int_equal(left.day, 0);
	assert_true(left.frees_at > 0);
	pass(DAY_MS + 60000);
	budget_left(b, &left);
	assert_int_equal(left.day, 5);
	budget_close(b);
}

static void a_damaged_ledger_counts_as_used_up(void **state)
{
	char path[600];
	FILE *f;
	struct budget *b;
	struct budget_left left;

	snprintf(path, sizeof(path), "%s/ledger.jsonl", (char *)*state);
	f = fopen(path, "w");
	fputs("{\"boot\":\"x\",\n", f);
	fclose(f);
	b = open_at(*state, true, 5, 5);
	budget_left(b, &left);
	assert_int_equal(left.day, 0);
	budget_close(b);
}

static void an_entry_from_the_future_counts_after_a_boot(void **state)
{
	struct budget *b = open_at(*state, false, 1, 1);
	struct budget_left left;

	assert_int_equal(budget_reserve(b, "s", "k", NULL), DONE);
	boot("boot-2");
	fake.wall_ms -= 30 * DAY_MS;
	budget_left(b, &left);
	assert_int_equal(left.day, 0);
	budget_close(b);
}

/* Random work, restarts and wall clocks that step, within one boot: by true
 * time, no window ever holds more than its cap. */
static void caps_hold_whatever_the_wall_clock_does(void **state)
{
	enum { HOUR_CAP = 4, DAY_CAP = 10, STEPS = 3000 };
	static int64_t started[STEPS];
	struct budget *b = open_at(*state, false, HOUR_CAP, DAY_CAP);
	int64_t truth = 0;
	size_t n = 0;

	srand(7);
	for (int i = 0; i < STEPS; i++) {
		int64_t ms = rand() % (20 * 60000);

		truth += ms;
		pass(ms);
		if (rand() % 50 == 0)
			fake.wall_ms += (rand() % 3 - 1) * DAY_MS;
		if (budget_reserve(b, "s", "k", NULL) == DONE)
			started[n++] = truth;
	}
	budget_close(b);
	assert_true(n > DAY_CAP);
	for (size_t i = HOUR_CAP; i < n; i++)
		assert_true(started[i] - started[i - HOUR_CAP] >= HOUR_MS);
	for (size_t i = DAY_CAP; i < n; i++)
		assert_true(started[i] - started[i - DAY_CAP] >= DAY_MS);
}

/* Across boots wall time decides: restarts and boots, no steps. The ledger is
 * opened by the real clock, so the story is told in its time. */
static void caps_hold_across_boots(void **state)
{
	enum { HOUR_CAP = 4, DAY_CAP = 10, STEPS = 3000 };
	static int64_t started[STEPS];
	struct budget *b = open_at(*state, false, HOUR_CAP, DAY_CAP);
	int64_t truth = 0;
	size_t n = 0;

	srand(11);
	for (int i = 0; i < STEPS; i++) {
		int64_t ms = rand() % (20 * 60000);
		char id[32];

		truth += ms;
		pass(ms);
		if (rand() % 30 == 0) {
			snprintf(id, sizeof(id), "boot-%d", i);
			boot(id);
			budget_close(b);
			b = open_at(*state, true, HOUR_CAP, DAY_CAP);
		}
		if (budget_reserve(b, "s", "k", NULL) == DONE)
			started[n++] = truth;
	}
	budget_close(b);
	for (size_t i = HOUR_CAP; i < n; i++)
		assert_true(started[i] - started[i - HOUR_CAP] >= HOUR_MS);
	for (size_t i = DAY_CAP; i < n; i++)
		assert_true(started[i] - started[i - DAY_CAP] >= DAY_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_is_reserved_is_counted_by_the_next_process, setup,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_lost_ledger_counts_as_used_up_for_a_day, setup,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_damaged_ledger_counts_as_used_up, setup,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    an_entry_from_the_future_counts_after_a_boot, setup,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    caps_hold_whatever_the_wall_clock_does, setup,
		    remove_folder),
		cmocka_unit_test_setup_teardown(caps_hold_across_boots, setup,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
