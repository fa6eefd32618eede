/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock: the three clocks that the agent uses, and time as text. Wall time may
 * step. Boot time (CLOCK_BOOTTIME) continues through suspend and is comparable
 * only within one boot id.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define BOOT_ID_LEN 36
#define ISO_TIME_LEN 24

struct instant {
	int64_t wall_ms;		/* Unix time */
	int64_t boot_ms;		/* CLOCK_BOOTTIME */
	char boot_id[BOOT_ID_LEN + 1];	/* of /proc/sys/kernel/random/boot_id */
};

void clock_now(struct instant *now);
int64_t clock_wall(void);		/* Unix time, seconds */
int64_t clock_mono_ms(void);		/* for durations and time-outs */

/* 2026-11-19T20:15:42Z */
void time_to_iso(int64_t unix_seconds, char out[ISO_TIME_LEN]);
/* Parses that form, with or without fractions or an offset, or a date alone.
 * Returns 0, or -1 if text is something else. */
int time_from_iso(const char *text, int64_t *unix_seconds);

/* "3 s", "4 min", "2 h 10 min", "5 d": for people. */
void duration_to_text(int64_t seconds, char *out, size_t size);

/* Sleeps for ms; returns 0, or -1 as soon as a stop is requested (stop.h). */
int clock_sleep_ms(int64_t ms);

#endif
