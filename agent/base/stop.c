/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

static atomic_int signal_seen;
static int wake_fd = -1;
static int64_t deadline_ms;	/* monotonic; 0: none */

void stop_now(int signo)
{
	int error = errno;
	uint64_t one = 1;

	atomic_store(&signal_seen, signo);
	/* If it is full it is readable already, which is all that counts. */
	if (wake_fd >= 0 && write(wake_fd, &one, sizeof(one)) < 0)
		atomic_store(&signal_seen, signo);
	errno = error;
}

void stop_install(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = stop_now };

	if (wake_fd < 0)
		wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &sa, NULL);
	/* A reader that went away is an error of write, not the end. */
	signal(SIGPIPE, SIG_IGN);
}

void stop_set_deadline(int64_t seconds)
{
	deadline_ms = seconds > 0 ? clock_mono_ms() + seconds * 1000 : 0;
}

static bool deadline_passed(void)
{
	return deadline_ms != 0 && clock_mono_ms() >= deadline_ms;
}

bool stop_requested(void)
{
	return atomic_load(&signal_seen) != 0 || deadline_passed();
}

const char *stop_reason(void)
{
	switch (atomic_load(&signal_seen)) {
	case 0:
		return deadline_passed() ? "deadline" : NULL;
	case SIGTERM:
		return "SIGTERM";
	case SIGINT:
		return "SIGINT";
	case SIGHUP:
		return "SIGHUP";
	default:
		return "signal";
	}
}

int stop_fd(void)
{
	return wake_fd;
}

int stop_remaining_ms(int limit_ms)
{
	int64_t left;

	if (stop_requested())
		return 0;
	if (deadline_ms == 0)
		return limit_ms;
	left = deadline_ms - clock_mono_ms();
	if (left < 0)
		return 0;
	if (limit_ms < 0)	/* poll's "for ever" */
		limit_ms = INT_MAX;
	return left < limit_ms ? (int)left : limit_ms;
}
