/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stop that is set stays set: each case that sets it has a process of its
 * own, which exits with the line of what was not so. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

#define MUST(what)                                 \
	do {                                       \
		if (!(what))                       \
			_exit(__LINE__ % 255 + 1); \
	} while (0)

static pid_t start(void (*body)(int), int fd)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		body(fd);
		_exit(0);
	}
	return pid;
}

static void assert_ends_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("line %d (modulo 255) of the child's part does not "
		    "hold", WEXITSTATUS(status) - 1);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0;
}

static void without_handlers_nothing_stops(void **state)
{
	(void)state;
	assert_int_equal(stop_fd(), -1);
	assert_false(stop_requested());
	assert_null(stop_reason());
	assert_int_equal(stop_remaining_ms(500), 500);
	assert_int_equal(stop_remaining_ms(-1), -1);
}

static void be_stopped_without_handlers(int fd)
{
	(void)fd;
	stop_now(SIGTERM);
	MUST(stop_requested());
	MUST(stop_remaining_ms(500) == 0);
	MUST(clock_sleep_ms(60000) == -1);
}

static void a_stop_from_inside_needs_no_handlers(void **state)
{
	(void)state;
	assert_ends_well(start(be_stopped_without_handlers, -1));
}

static void be_signalled(int signo)
{
	static const struct {
		int signo;
		const char *name;
	} names[] = { { SIGTERM, "SIGTERM" }, { SIGINT, "SIGINT" },
		{ SIGHUP, "SIGHUP" } };

	stop_install();
	MUST(fcntl(stop_fd(), F_GETFD) == FD_CLOEXEC);
	MUST(!stop_requested() && !readable(stop_fd()));
	MUST(stop_reason() == NULL);
	raise(signo);
	for (int again = 0; again < 2; again++) {
		MUST(stop_requested());
		MUST(readable(stop_fd()));
		MUST(stop_remaining_ms(500) == 0);
		MUST(stop_remaining_ms(-1) == 0);
		raise(signo);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].signo == signo)
			MUST(strcmp(stop_reason(), names[i].name) == 0);
}

static void each_signal_stops_for_good_and_is_named(void **state)
{
	(void)state;
	assert_ends_well(start(be_signalled, SIGTERM));
	assert_ends_well(start(be_signalled, SIGINT));
	assert_ends_well(start(be_signalled, SIGHUP));
}

static void interrupt_an_errno(int fd)
{
	uint64_t most = UINT64_MAX - 1;

	(void)fd;
	stop_install();
	/* So full that one more can't be added without waiting. */
	MUST(write(stop_fd(), &most, sizeof(most)) == sizeof(most));
	errno = ENOTTY;
	raise(SIGTERM);
	MUST(errno == ENOTTY);
	MUST(stop_requested() && readable(stop_fd()));
}

static void the_handler_neither_blocks_nor_changes_errno(void **state)
{
	(void)state;
	assert_ends_well(start(interrupt_an_errno, -1));
}

static void sleep_until_told(int fd)
{
	stop_install();
	MUST(write(fd, "", 1) == 1);
	MUST(clock_sleep_ms(60000) == -1);
	MUST(strcmp(stop_reason(), "SIGTERM") == 0);
}

/* Whether the signal comes before the sleep or in it, it ends it. */
static void a_sleep_is_ended_by_a_signal(void **state)
{
	int64_t begun = clock_mono_ms();
	int ends[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = start(sleep_until_told, ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(pid, SIGTERM);
	assert_ends_well(pid);
	assert_true(clock_mono_ms() - begun < 30000);
	close(ends[0]);
	close(ends[1]);
}

static void pass_the_deadline(int fd)
{
	(void)fd;
	stop_install();
	stop_set_deadline(1);
	MUST(!stop_requested() && stop_reason() == NULL);
	MUST(stop_remaining_ms(5) == 5);
	MUST(stop_remaining_ms(60000) <= 1000);
	MUST(stop_remaining_ms(-1) <= 1000 && stop_remaining_ms(-1) > 0);
	MUST(clock_sleep_ms(60000) == -1);
	MUST(stop_requested());
	MUST(strcmp(stop_reason(), "deadline") == 0);
	MUST(stop_remaining_ms(60000) == 0);
	MUST(!readable(stop_fd()));
}

static void the_deadline_stops_and_ends_a_sleep(void **state)
{
	int64_t begun = clock_mono_ms();

	(void)state;
	assert_ends_well(start(pass_the_deadline, -1));
	assert_true(clock_mono_ms() - begun >= 1000);
}

static void have_a_far_deadline(int fd)
{
	(void)fd;
	stop_set_deadline(INT64_C(1000) * 86400);
	MUST(!stop_requested());
	MUST(stop_remaining_ms(-1) == INT_MAX);
	MUST(stop_remaining_ms(500) == 500);
	stop_set_deadline(0);
	MUST(stop_remaining_ms(-1) == -1);
	stop_set_deadline(-3);
	MUST(!stop_requested());
}

static void a_deadline_may_be_years_away_or_none(void **state)
{
	(void)state;
	assert_ends_well(start(have_a_far_deadline, -1));
}

static void write_to_nobody(int fd)
{
	int ends[2];

	(void)fd;
	stop_install();
	MUST(pipe(ends) == 0);
	close(ends[0]);
	MUST(write(ends[1], "x", 1) == -1 && errno == EPIPE);
}

static void a_reader_that_went_away_is_only_an_error(void **state)
{
	(void)state;
	assert_ends_well(start(write_to_nobody, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_handlers_nothing_stops),
		cmocka_unit_test(a_stop_from_inside_needs_no_handlers),
		cmocka_unit_test(each_signal_stops_for_good_and_is_named),
		cmocka_unit_test(the_handler_neither_blocks_nor_changes_errno),
		cmocka_unit_test(a_sleep_is_ended_by_a_signal),
		cmocka_unit_test(the_deadline_stops_and_ends_a_sleep),
		cmocka_unit_test(a_deadline_may_be_years_away_or_none),
		cmocka_unit_test(a_reader_that_went_away_is_only_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
