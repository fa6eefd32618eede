/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log: to syslog under cron, else to stderr, chosen once. Every
 * line carries the run's id as run=ID once log_set_run has been called, then
 * text that begins with its object; details follow as key=value. Safe to call
 * from any thread. Secrets that outside text repeats are hidden
 * (base/secret.h); our own text never names one.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <syslog.h>

enum log_target { LOG_TO_AUTO, LOG_TO_SYSLOG, LOG_TO_STDERR };

/* Before log_open, lines go to stderr at level info. facility and level are
 * syslog(3)'s numbers. LOG_TO_AUTO means stderr for a person, whose terminal is
 * one of the standard descriptors (stderr itself may be a pipe), and where no
 * syslog answers; else syslog. quiet: stderr gets errors only; syslog's level
 * stays. */
void log_open(enum log_target target, int facility, int level, bool quiet);
void log_set_run(const char *run_id);	/* copied */

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)

/* One line; what is not printable (utf8.h) is escaped as \xNN. */
void log_line(int level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* For failures that need action: logged as an error, and also written to stderr
 * if the log goes to syslog, so that cron mails it. */
void log_act(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Progress of a long stage, with its rate and the time that is left: drawn in
 * place at most ten times a second on a terminal, a plain line every 30 seconds
 * where stderr goes elsewhere, nothing in syslog. log_line clears it before it
 * writes.
 */
void progress_begin(const char *stage, unsigned long total); /* 0: unknown */
void progress_step(unsigned long done);
void progress_end(void);
/* A callback for progress, at the beginning of a stage and then at most once a
 * second, wherever the log goes. NULL: none. */
void progress_watch(void (*watch)(void *ctx, const char *line), void *ctx);

#endif
