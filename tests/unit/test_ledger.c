/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "records/ledger.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

static const struct ledger_source any = { .name = "s" };

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

static char ledger_path[600];

static const char *ledger(const char *folder)
{
	snprintf(ledger_path, sizeof(ledger_path), "%s/ledger.jsonl", folder);
	return ledger_path;
}

static struct ledger *open_at(const char *folder, enum ledger_past past,
    int hour, int day)
{
	struct ledger *b;

	assert_int_equal(ledger_open_by_clock(ledger(folder), past, hour,
	    day, fake_now, &b, NULL), DONE);
	return b;
}

static void assert_left(struct ledger *b, int hour, int day)
{
	struct ledger_remaining left;

	ledger_remaining(b, &left);
	assert_int_equal(left.hour, hour);
	assert_int_equal(left.day, day);
}

static void write_ledger(const char *folder, const char *text)
{
	assert_int_equal(file_write(ledger(folder), text, strlen(text), 0600),
	    0);
}

static int setup(void **state)
{
	clock_now(&fake);
	boot("boot-1");
	return make_folder(state);
}

static void what_is_reserved_is_counted_by_the_next_process(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 2, 3);
	struct error error;

	assert_int_equal(ledger_reserve(b, &any, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &any, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &any, "k", &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "hourly cap of 2"));
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 2, 3);
	assert_left(b, 0, 1);
	pass(HOUR_MS);
	assert_left(b, 2, 1);
	assert_int_equal(ledger_reserve(b, &any, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &any, "k", &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "daily cap of 3"));
	ledger_close(b);
}

static void it_says_when_the_next_fetch_may_start(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 2, 10);
	struct ledger_remaining left;
	int64_t first = fake.wall_ms;

	ledger_reserve(b, &any, "k", NULL);
	pass(10 * 60000);
	ledger_reserve(b, &any, "k", NULL);
	ledger_remaining(b, &left);
	assert_int_equal(left.frees_at, (first + HOUR_MS) / 1000 + 1);
	ledger_close(b);
	/* A smaller cap since: both of them have to leave the window. */
	b = open_at(*state, LEDGER_MADE, 1, 10);
	ledger_remaining(b, &left);
	assert_int_equal(left.frees_at,
	    (first + HOUR_MS + 10 * 60000) / 1000 + 1);
	ledger_close(b);
}

static void a_source_has_caps_of_its_own(void **state)
{
	const struct ledger_source own = { "own", 2, 3 };
	struct ledger *b = open_at(*state, LEDGER_NEW, 10, 10);
	struct error error;

	assert_int_equal(ledger_reserve(b, &own, "k", &error), DONE);
	assert_false(ledger_is_used_up(b, &own, &error));
	assert_int_equal(ledger_reserve(b, &own, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &own, "k", &error), SERVICE_FAILED);
	assert_int_equal(error.reason, LEDGER_SOURCE);
	assert_string_equal(error.text, "the hourly cap of 2 of own is used up; "
	    "its next download may start in 1 h");
	assert_true(ledger_is_used_up(b, &own, &error));
	/* Others go on, and nothing was counted in vain. */
	assert_int_equal(ledger_reserve(b, &any, "k", &error), DONE);
	assert_left(b, 7, 7);
	ledger_close(b);
	pass(HOUR_MS);
	b = open_at(*state, LEDGER_MADE, 10, 10);
	assert_false(ledger_is_used_up(b, &own, NULL));
	assert_int_equal(ledger_reserve(b, &own, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &own, "k", &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "daily cap of 3 of own"));
	ledger_close(b);
}

static void the_cap_of_all_counts_before_that_of_a_source(void **state)
{
	const struct ledger_source own = { "own", 1, 0 };
	struct ledger *b = open_at(*state, LEDGER_NEW, 1, 10);
	struct error error;

	assert_int_equal(ledger_reserve(b, &own, "k", &error), DONE);
	assert_int_equal(ledger_reserve(b, &own, "k", &error), SERVICE_FAILED);
	assert_int_equal(error.reason, LEDGER_ALL);
	ledger_close(b);
}

static void a_cap_of_zero_lets_nothing_start(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 0, 10);
	struct error error;

	assert_int_equal(ledger_reserve(b, &any, "k", &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "cap of 0"));
	ledger_close(b);
}

static void a_lost_ledger_counts_as_used_up_for_a_day(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_MADE, 5, 5);
	struct ledger_remaining left;

	ledger_remaining(b, &left);
	assert_int_equal(left.day, 0);
	assert_int_equal(left.frees_at, (fake.wall_ms + DAY_MS) / 1000 + 1);
	pass(DAY_MS - 1);
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	assert_left(b, 0, 0);
	pass(1);
	assert_left(b, 5, 5);
	ledger_close(b);
}

static void a_ledger_that_is_lost_during_the_run_counts_as_used_up(
    void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 5, 5);
	struct error error;

	assert_int_equal(ledger_reserve(b, &any, "k", &error), DONE);
	unlink(ledger(*state));
	assert_int_equal(ledger_reserve(b, &any, "k", &error), SERVICE_FAILED);
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	assert_left(b, 0, 0);
	ledger_close(b);
}

static void a_damaged_ledger_counts_as_used_up(void **state)
{
	static const char *const damages[] = {
		"{\"boot\":\"x\",\n", "[]\n", "{}\n",
		"{\"boot\":\"x\",\"boot_ms\":1}\n",
		"{\"boot\":\"x\",\"boot_ms\":1,\"wall_ms\":\"soon\"}\n",
		"{\"boot\":\"x\",\"boot_ms\":-9223372036854775808,"
		    "\"wall_ms\":1}\n",
		"{\"boot\":\"x\",\"boot_ms\":1,"
		    "\"wall_ms\":9223372036854775807}\n",
		"{\"boot\":\"x\",\"boot_ms\":1,\"wall_ms\":1,"
		    "\"found\":{\"boot\":\"y\"}}\n",
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		struct ledger *b;

		write_ledger(*state, damages[i]);
		b = open_at(*state, LEDGER_MADE, 5, 5);
		assert_left(b, 0, 0);
		pass(DAY_MS);
		ledger_close(b);
		/* It was said once, and is mended. */
		b = open_at(*state, LEDGER_MADE, 5, 5);
		assert_left(b, 5, 5);
		ledger_close(b);
	}
}

/* Two downloads, then something happens to the file. */
static struct ledger *open_after(const char *folder, void (*damage)(void))
{
	struct ledger *b = open_at(folder, LEDGER_NEW, 5, 5);

	assert_int_equal(ledger_reserve(b, &any, "k1", NULL), DONE);
	assert_int_equal(ledger_reserve(b, &any, "k2", NULL), DONE);
	ledger_close(b);
	ledger(folder);
	damage();
	return open_at(folder, LEDGER_MADE, 5, 5);
}

static const char *size_note(void)
{
	static char path[sizeof(ledger_path) + 8];

	snprintf(path, sizeof(path), "%s.size", ledger_path);
	return path;
}

static off_t ledger_size(void)
{
	struct stat st;

	assert_int_equal(stat(ledger_path, &st), 0);
	return st.st_size;
}

static void empty_it(void)
{
	assert_int_equal(truncate(ledger_path, 0), 0);
}

static void fill_it_with_nuls(void)
{
	off_t size = ledger_size();

	empty_it();
	assert_int_equal(truncate(ledger_path, size), 0);
}

/* Its blocks were never written, those of the line before it were. */
static void end_it_in_nuls(void)
{
	assert_int_equal(truncate(ledger_path, ledger_size() + 4096), 0);
}

static void cut_it_in_its_middle(void)
{
	assert_int_equal(truncate(ledger_path, ledger_size() / 4), 0);
}

static void cut_its_last_line_off(void)
{
	assert_int_equal(truncate(ledger_path, ledger_size() / 2), 0);
}

static void cut_its_last_newline_off(void)
{
	assert_int_equal(truncate(ledger_path, ledger_size() - 1), 0);
}

static void leave_it(void)
{
}

static void what_took_lines_from_a_ledger_uses_up_the_caps(void **state)
{
	static void (*const damages[])(void) = { empty_it, fill_it_with_nuls,
		end_it_in_nuls, cut_it_in_its_middle, cut_its_last_line_off,
		cut_its_last_newline_off };
	struct ledger *b;

	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		b = open_after(*state, damages[i]);
		assert_left(b, 0, 0);
		pass(DAY_MS);
		ledger_close(b);
		b = open_at(*state, LEDGER_MADE, 5, 5);
		assert_left(b, 5, 5);
		ledger_close(b);
	}
	b = open_after(*state, leave_it);
	assert_left(b, 3, 3);
	ledger_close(b);
}

static void what_took_lines_during_the_run_uses_up_the_caps(void **state)
{
	struct ledger *b = open_after(*state, leave_it);

	empty_it();
	assert_int_equal(ledger_reserve(b, &any, "k", NULL), SERVICE_FAILED);
	assert_left(b, 0, 0);
	ledger_close(b);
}

static void an_empty_ledger_of_old_downloads_is_none_that_was_lost(
    void **state)
{
	struct ledger *b = open_after(*state, leave_it);

	pass(DAY_MS);
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	ledger_close(b);
	assert_int_equal(ledger_size(), 0);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	assert_left(b, 5, 5);
	ledger_close(b);
}

/* As another version left it, or somebody who removed the note as well. */
static void an_empty_ledger_without_a_note_is_held_against_what_is_known(
    void **state)
{
	static const struct {
		enum ledger_past past;
		int left;
	} cases[] = { { LEDGER_NEW, 5 }, { LEDGER_MADE, 5 },
		{ LEDGER_USED, 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ledger *b;

		write_ledger(*state, "");
		unlink(size_note());
		b = open_at(*state, cases[i].past, 5, 5);
		assert_left(b, cases[i].left, cases[i].left);
		ledger_close(b);
	}
}

static void a_note_that_cannot_be_read_says_nothing(void **state)
{
	static const char *const notes[] = { "", "9", "no number at all .." };
	struct ledger *b;

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		b = open_at(*state, LEDGER_NEW, 5, 5);
		ledger_close(b);
		assert_int_equal(file_write(size_note(), notes[i],
		    strlen(notes[i]), 0600), 0);
		b = open_at(*state, LEDGER_MADE, 5, 5);
		assert_left(b, 5, 5);
		ledger_close(b);
	}
}

static void a_torn_last_line_was_no_fetch(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 5, 5);
	FILE *f;

	ledger_reserve(b, &any, "k", NULL);
	ledger_close(b);
	f = fopen(ledger(*state), "a");
	fputs("{\"boot\":\"bo", f);
	fclose(f);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	assert_left(b, 4, 4);
	ledger_close(b);
}

static void an_entry_from_the_future_counts_after_a_boot(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 1, 1);

	assert_int_equal(ledger_reserve(b, &any, "k", NULL), DONE);
	boot("boot-2");
	fake.wall_ms -= 30 * DAY_MS;
	assert_left(b, 0, 0);
	ledger_close(b);
}

/* The clock was a month ahead for one boot: that must not cost a month. */
static void an_entry_from_the_future_counts_for_one_window(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 1, 1);

	assert_int_equal(ledger_reserve(b, &any, "k", NULL), DONE);
	ledger_close(b);
	boot("boot-2");
	fake.wall_ms -= 30 * DAY_MS;
	b = open_at(*state, LEDGER_MADE, 1, 1);
	pass(DAY_MS - 1);
	assert_left(b, 1, 0);
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 1, 1);
	assert_left(b, 1, 0);
	pass(1);
	assert_left(b, 1, 1);
	ledger_close(b);
}

/* Its own time is not forgotten over that: a clock that was behind for one
 * boot must not buy a fetch at the next. */
static void a_boot_with_a_clock_that_is_behind_buys_nothing(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 1, 1);

	assert_int_equal(ledger_reserve(b, &any, "k", NULL), DONE);
	for (int i = 0; i < 3; i++) {
		ledger_close(b);
		boot(i % 2 == 0 ? "boot-2" : "boot-3");
		fake.wall_ms += (i % 2 == 0 ? -400 : 400) * DAY_MS;
		pass(60000);
		b = open_at(*state, LEDGER_MADE, 1, 1);
		assert_left(b, 0, 0);
	}
	ledger_close(b);
}

/* It began with a clock that was behind, and was set right while it ran. */
static void a_step_forward_in_a_boot_is_known_to_the_next(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 1, 1);

	assert_int_equal(ledger_reserve(b, &any, "k", NULL), DONE);
	fake.wall_ms += 400 * DAY_MS;
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 1, 1);
	ledger_close(b);
	boot("boot-2");
	pass(60000);
	b = open_at(*state, LEDGER_MADE, 1, 1);
	assert_left(b, 0, 0);
	pass(DAY_MS);
	assert_left(b, 1, 1);
	ledger_close(b);
}

/* How much is left an hour after a reservation, in another boot, if the clock
 * was set forward by so much soon after it. */
static void assert_left_after_step(const char *folder, int64_t step, int hour)
{
	struct ledger *b = open_at(folder, LEDGER_NEW, 1, 5);

	assert_int_equal(ledger_reserve(b, &any, "k", NULL), DONE);
	fake.wall_ms += step;
	ledger_close(b);
	ledger_close(open_at(folder, LEDGER_MADE, 1, 5));
	boot("boot-2");
	pass(HOUR_MS - step);
	b = open_at(folder, LEDGER_MADE, 1, 5);
	assert_left(b, hour, 4);
	pass(step);
	assert_left(b, 1, 4);
	ledger_close(b);
}

static void a_step_of_a_minute_is_drift(void **state)
{
	assert_left_after_step(*state, 60000, 1);
}

static void a_step_of_more_is_none(void **state)
{
	assert_left_after_step(*state, 60001, 0);
}

static void old_entries_are_dropped_and_the_others_kept_whole(void **state)
{
	struct ledger *b = open_at(*state, LEDGER_NEW, 5, 5);
	struct buf text = BUF_INIT;

	ledger_reserve(b, &(struct ledger_source){ .name = "old" },
	    "k1", NULL);
	pass(DAY_MS);
	ledger_reserve(b, &(struct ledger_source){ .name = "new" },
	    "k2", NULL);
	ledger_close(b);
	b = open_at(*state, LEDGER_MADE, 5, 5);
	ledger_close(b);
	assert_int_equal(file_read(ledger(*state), 65536, &text), 0);
	assert_null(strstr(text.data, "\"old\""));
	assert_non_null(strstr(text.data, "\"source\":\"new\""));
	assert_non_null(strstr(text.data, "\"track\":\"k2\""));
	buf_free(&text);
}

/* Many runs at once, each with a budget of its own. */
static void processes_share_one_cap(void **state)
{
	enum { PROCESSES = 6, EACH = 5, CAP = 17 };
	struct ledger *b = open_at(*state, LEDGER_NEW, CAP, CAP);
	int got = 0, status;

	ledger_close(b);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			int n = 0;

			if (ledger_open(ledger(*state), LEDGER_MADE, CAP, CAP,
			    &b, NULL) != DONE)
				_exit(99);
			for (int j = 0; j < EACH; j++)
				n += ledger_reserve(b, &any, "k", NULL) == DONE;
			_exit(n);
		}
		assert_true(pid > 0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		got += WEXITSTATUS(status);
	}
	assert_int_equal(got, CAP);
}

/* ---- whatever happens, no window holds more than its cap ---- */

struct story {
	unsigned seed;
	int restarts;		/* one in so many steps; 0: none */
	int boots;
	int wall_steps;		/* of the wall clock, within a boot */
	int steps_back;		/* of the wall clock, at a boot */
	int tears;		/* a process killed while it appends */
	bool stale;		/* boots begin with a clock that is behind, and
				   only later set right */
};

static bool happens(int one_in)
{
	return one_in > 0 && rand() % one_in == 0;
}

static void tear(const char *folder)
{
	static const char line[] = "{\"boot\":\"boot-1\",\"boot_ms\":10";
	FILE *f = fopen(ledger(folder), "a");

	fwrite(line, 1, 1 + (size_t)rand() % (sizeof(line) - 1), f);
	fclose(f);
}

/* How far a clock is behind that is yet to be set right. */
static int64_t behind;

/* What may come between two fetches; reopens the budget. */
static void disturb(const struct story *s, const char *folder, int i,
    int hour_cap, int day_cap, struct ledger **b)
{
	bool boots = behind == 0 && happens(s->boots);
	char id[32];

	if (happens(s->wall_steps))
		fake.wall_ms += (rand() % 3 - 1) * DAY_MS;
	if (happens(s->tears))
		tear(folder);
	if (boots && s->stale) {
		snprintf(id, sizeof(id), "boot-%d", i + 2);
		boot(id);
		fake.wall_ms -= behind = rand() % (400 * DAY_MS);
		boots = false;
		ledger_close(*b);
		*b = open_at(folder, LEDGER_MADE, hour_cap, day_cap);
	} else if (behind > 0) {
		fake.wall_ms += behind;
		behind = 0;
		ledger_close(*b);
		*b = open_at(folder, LEDGER_MADE, hour_cap, day_cap);
	}
	if (boots) {
		snprintf(id, sizeof(id), "boot-%d", i + 2);
		boot(id);
		if (happens(s->steps_back))
			fake.wall_ms -= rand() % (2 * DAY_MS);
	}
	if (boots || happens(s->restarts)) {
		ledger_close(*b);
		*b = open_at(folder, LEDGER_MADE, hour_cap, day_cap);
	}
}

static void tell(const struct story *s, const char *folder)
{
	enum { HOUR_CAP = 4, DAY_CAP = 10, STEPS = 2000 };
	static int64_t started[STEPS];
	struct ledger *b = open_at(folder, LEDGER_NEW, HOUR_CAP, DAY_CAP);
	int64_t truth = 0;
	size_t n = 0;

	srand(s->seed);
	for (int i = 0; i < STEPS; i++) {
		int64_t ms = rand() % (20 * 60000);

		truth += ms;
		pass(ms);
		disturb(s, folder, i, HOUR_CAP, DAY_CAP, &b);
		if (ledger_reserve(b, &any, "k", NULL) == DONE)
			started[n++] = truth;
	}
	ledger_close(b);
	assert_true(n > DAY_CAP);	/* and they are not held up for good */
	for (size_t i = HOUR_CAP; i < n; i++)
		assert_true(started[i] - started[i - HOUR_CAP] >= HOUR_MS);
	for (size_t i = DAY_CAP; i < n; i++)
		assert_true(started[i] - started[i - DAY_CAP] >= DAY_MS);
}

/* Each story is told by chances of its own; in make torture, by many. */
static void tell_all(struct story s, const char *folder)
{
	unsigned tellings = getenv("LIKESYNC_TORTURE") != NULL ? 100 : 1;

	for (unsigned i = 0; i < tellings; i++) {
		unlink(ledger(folder));
		unlink(size_note());
		clock_now(&fake);
		boot("boot-1");
		behind = 0;
		s.seed = i;
		tell(&s, folder);
	}
}

static void caps_hold_whatever_the_wall_clock_does_in_a_boot(void **state)
{
	tell_all((struct story){ .restarts = 20, .wall_steps = 50,
		.tears = 30 }, *state);
}

static void caps_hold_across_boots(void **state)
{
	tell_all((struct story){ .restarts = 40, .boots = 30, .tears = 30 },
	    *state);
}

/* A step forward while the machine was off is time that passed, for all that
 * anybody can tell; a step back is not. */
static void caps_hold_when_the_clock_is_set_back_at_a_boot(void **state)
{
	tell_all((struct story){ .restarts = 40, .boots = 40,
		.steps_back = 2, .tears = 40 }, *state);
}

static void caps_hold_on_a_machine_whose_clock_is_set_after_boot(void **state)
{
	tell_all((struct story){ .restarts = 40, .boots = 40, .stale = true,
		.tears = 40 }, *state);
}

#define IN_A_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, setup, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(what_is_reserved_is_counted_by_the_next_process),
		IN_A_FOLDER(it_says_when_the_next_fetch_may_start),
		IN_A_FOLDER(a_source_has_caps_of_its_own),
		IN_A_FOLDER(the_cap_of_all_counts_before_that_of_a_source),
		IN_A_FOLDER(a_cap_of_zero_lets_nothing_start),
		IN_A_FOLDER(a_lost_ledger_counts_as_used_up_for_a_day),
		IN_A_FOLDER(
		    a_ledger_that_is_lost_during_the_run_counts_as_used_up),
		IN_A_FOLDER(a_damaged_ledger_counts_as_used_up),
		IN_A_FOLDER(what_took_lines_from_a_ledger_uses_up_the_caps),
		IN_A_FOLDER(what_took_lines_during_the_run_uses_up_the_caps),
		IN_A_FOLDER(
		    an_empty_ledger_of_old_downloads_is_none_that_was_lost),
		IN_A_FOLDER(
		    an_empty_ledger_without_a_note_is_held_against_what_is_known),
		IN_A_FOLDER(a_note_that_cannot_be_read_says_nothing),
		IN_A_FOLDER(a_torn_last_line_was_no_fetch),
		IN_A_FOLDER(an_entry_from_the_future_counts_after_a_boot),
		IN_A_FOLDER(an_entry_from_the_future_counts_for_one_window),
		IN_A_FOLDER(a_boot_with_a_clock_that_is_behind_buys_nothing),
		IN_A_FOLDER(a_step_forward_in_a_boot_is_known_to_the_next),
		IN_A_FOLDER(a_step_of_a_minute_is_drift),
		IN_A_FOLDER(a_step_of_more_is_none),
		IN_A_FOLDER(old_entries_are_dropped_and_the_others_kept_whole),
		IN_A_FOLDER(processes_share_one_cap),
		IN_A_FOLDER(caps_hold_whatever_the_wall_clock_does_in_a_boot),
		IN_A_FOLDER(caps_hold_across_boots),
		IN_A_FOLDER(caps_hold_when_the_clock_is_set_back_at_a_boot),
		IN_A_FOLDER(
		    caps_hold_on_a_machine_whose_clock_is_set_after_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
