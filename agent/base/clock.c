/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
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

/* Without a boot id all boots count as one: then an entry's boot time decides,
 * which errs towards fewer fetches. */
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

/* Years without four digits come from no clock; they become the epoch. */
void time_to_iso(int64_t unix_seconds, char out[ISO_TIME_LEN])
{
	static const struct tm epoch = { .tm_year = 70, .tm_mday = 1 };
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 1000 - 1900 ||
	    tm.tm_year > 9999 - 1900)
		tm = epoch;
	strftime(out, ISO_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Reads exactly count digits and advances *s. sscanf and strptime would accept
 * blanks, signs and fewer digits. */
static bool digits(const char **s, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*value = *value * 10 + (**s - '0');
	}
	return true;
}

static bool literal(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* YYYY-MM-DD; false also for a day that its month does not have. */
static bool read_date(const char **s, int64_t *midnight)
{
	int year, month, day;
	struct tm tm = { 0 };

	if (!digits(s, 4, &year) || !literal(s, '-') ||
	    !digits(s, 2, &month) || !literal(s, '-') || !digits(s, 2, &day))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	*midnight = timegm(&tm);
	/* timegm makes the first of March of the 30th of February. */
	return tm.tm_mon == month - 1 && tm.tm_mday == day;
}

/* hh:mm:ss, a leap second included, and fractions, which are dropped. */
static bool read_time(const char **s, int64_t *seconds)
{
	int hour, minute, second;
	size_t fraction;

	if (!digits(s, 2, &hour) || !literal(s, ':') ||
	    !digits(s, 2, &minute) || !literal(s, ':') ||
	    !digits(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds = hour * 3600 + minute * 60 + second;
	if (!literal(s, '.'))
		return true;
	fraction = strspn(*s, "0123456789");
	*s += fraction;
	return fraction > 0;
}

/* After the time: nothing, Z, or +hh:mm; the offset in seconds. */
static bool read_offset(const char **s, int64_t *offset)
{
	bool west = **s == '-';
	int hours, minutes;

	*offset = 0;
	if (**s == '\0' || literal(s, 'Z') || literal(s, 'z'))
		return true;
	if ((!literal(s, '+') && !literal(s, '-')) || !digits(s, 2, &hours) ||
	    !literal(s, ':') || !digits(s, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*offset = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
	return true;
}

int time_from_iso(const char *text, int64_t *unix_seconds)
{
	int64_t midnight, seconds = 0, offset = 0;

	if (!read_date(&text, &midnight))
		return -1;
	if ((literal(&text, 'T') || literal(&text, ' ')) &&
	    (!read_time(&text, &seconds) || !read_offset(&text, &offset)))
		return -1;
	if (*text != '\0')
		return -1;
	*unix_seconds = midnight + seconds - offset;
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
