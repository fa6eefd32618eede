/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/stop.h"

static int64_t read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Where the kernel tells no boot id, all boots are one: then an entry's boot
 * time decides, which errs towards fewer fetches. */
static void read_boot_id(char out[BOOT_ID_LEN + 1])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(out, 0, BOOT_ID_LEN + 1);
	if (fd < 0)
		return;
	if (read(fd, out, BOOT_ID_LEN) != BOOT_ID_LEN)
		memset(out, 0, BOOT_ID_LEN);
	close(fd);
}

void clock_now(struct instant *now)
{
	now->wall_ms = read_ms(CLOCK_REALTIME);
	now->boot_ms = read_ms(CLOCK_BOOTTIME);
	read_boot_id(now->boot_id);
}

int64_t clock_wall(void)
{
	return read_ms(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

void time_to_iso(int64_t unix_seconds, char out[ISO_TIME_LEN])
{
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 9999 - 1900 ||
	    tm.tm_year < -1900)
		memset(&tm, 0, sizeof(tm));
	strftime(out, ISO_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* After the time: nothing, Z, or +hh:mm; the offset in seconds. */
static int parse_offset(const char *s, int64_t *offset)
{
	int hours, minutes, n = 0;
	char sign;

	*offset = 0;
	if (*s == '\0' || strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return 0;
	if (sscanf(s, "%c%2d:%2d%n", &sign, &hours, &minutes, &n) != 3 ||
	    s[n] != '\0' || (sign != '+' && sign != '-'))
		return -1;
	*offset = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return 0;
}

int time_from_iso(const char *text, int64_t *unix_seconds)
{
	struct tm tm = { 0 };
	int64_t offset = 0;
	int n = 0;

	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &n) != 3 || n != 10)
		return -1;
	text += n;
	if (*text == 'T' || *text == ' ') {
		n = 0;
		if (sscanf(text + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min,
		    &tm.tm_sec, &n) != 3 || n != 8)
			return -1;
		text += 1 + n;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
	}
	if (parse_offset(text, &offset) != 0)
		return -1;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*unix_seconds = (int64_t)timegm(&tm) - offset;
	return 0;
}

void duration_to_text(int64_t seconds, char *out, size_t size)
{
	long long s = seconds > 0 ? seconds : 0;

	if (s < 60)
		snprintf(out, size, "%lld s", s);
	else if (s < 3600)
		snprintf(out, size, "%lld min", s / 60);
	else if (s < 86400 && s % 3600 >= 60)
		snprintf(out, size, "%lld h %lld min", s / 3600,
		    s % 3600 / 60);
	else if (s < 86400)
		snprintf(out, size, "%lld h", s / 3600);
	else
		snprintf(out, size, "%lld d", s / 86400);
}

int clock_sleep_ms(int64_t ms)
{
	int64_t end = clock_mono_ms() + ms;

	for (;;) {
		struct pollfd p = { .fd = stop_fd(), .events = POLLIN };
		int64_t left = end - clock_mono_ms();
		int slice = left > 60000 ? 60000 : (int)left;

		if (stop_requested())
			return -1;
		if (left <= 0)
			return 0;
		poll(&p, 1, stop_remaining_ms(slice));
	}
}
