/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stop: how a run ends early: SIGTERM, SIGINT, SIGHUP or the
 * deadline. Code that waits polls stop_fd() as well; code that
 * loops checks stop_requested(). Once set it stays set.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* Installs the handlers and makes the descriptor. Once, before threads. */
void stop_install(void);
/* The run's end in seconds from now; <= 0: none. Once, before threads. */
void stop_set_deadline(int64_t seconds);

bool stop_requested(void);
/* "SIGTERM", "SIGINT", "SIGHUP", "deadline", or NULL while the run may go
 * on. Static. */
const char *stop_reason(void);
/* Readable once a stop is requested by a signal; never read it. */
int stop_fd(void);
/* Milliseconds until the deadline, or limit_ms (< 0: for ever) if that is
 * sooner or there is none; 0 when a stop was requested. For poll's time-out. */
int stop_remaining_ms(int limit_ms);
/* As a signal would, from inside. Async-signal-safe. */
void stop_now(int signo);

#endif
