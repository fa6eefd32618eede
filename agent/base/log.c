/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <paths.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 2048	/* syslog daemons cut at about this */
#define DRAW_MS 100
#define PROGRESS_LINE_MS 30000
#define WATCH_MS 1000

/* One for the whole process; the lock keeps lines and the progress line from
 * writing into each other. */
static struct {
	pthread_mutex_t lock;
	bool to_syslog;
	bool terminal;
	atomic_int level;
	char run[64];
	struct {
		bool active, drawn;
		char stage[32];
		unsigned long done, total;
		int64_t begun_ms, drawn_ms, watched_ms;
	} progress;
	void (*watch)(void *ctx, const char *line);
	void *watch_ctx;
} logger = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO };

static bool is_at_a_terminal(void)
{
	return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) ||
	    isatty(STDERR_FILENO);
}

/* syslog(3) loses lines silently where no daemon listens, as in a container.
 * Daemons listen for datagrams or for a stream. */
static bool syslog_answers(void)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	const struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = _PATH_LOG };
	bool answers = false;

	for (size_t i = 0; i < 2 && !answers; i++) {
		int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);

		answers = fd >= 0 && connect(fd, (const struct sockaddr *)&to,
		    sizeof(to)) == 0;
		if (fd >= 0)
			close(fd);
	}
	return answers;
}

void log_open(enum log_target target, int facility, int level, bool quiet)
{
	bool to_syslog = target == LOG_TO_SYSLOG || (target == LOG_TO_AUTO &&
	    !is_at_a_terminal() && syslog_answers());

	pthread_mutex_lock(&logger.lock);
	logger.terminal = isatty(STDERR_FILENO) != 0;
	logger.to_syslog = to_syslog;
	atomic_store(&logger.level, quiet && !to_syslog && level > LOG_ERR ?
	    LOG_ERR : level);
	if (logger.to_syslog)
		openlog("likesync", LOG_PID, facility);
	pthread_mutex_unlock(&logger.lock);
}

void log_set_run(const char *run_id)
{
	pthread_mutex_lock(&logger.lock);
	snprintf(logger.run, sizeof(logger.run), "%s", run_id);
	pthread_mutex_unlock(&logger.lock);
}

static void write_stderr(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void clear_progress(void)
{
	if (!logger.progress.drawn)
		return;
	write_stderr("\r\033[K", 4);
	logger.progress.drawn = false;
}

/* A whole line in one write, so that lines of several processes that share a
 * log stay whole. A person at a terminal needs no run id. */
static void line_to_stderr(int level, const char *text)
{
	char line[LINE_MAX_BYTES + 128];
	const char *mark = level <= LOG_ERR ? "error: " :
	    level == LOG_WARNING ? "warning: " : "";
	int n;

	clear_progress();
	if (logger.terminal || logger.run[0] == '\0')
		n = snprintf(line, sizeof(line), "likesync: %s%s\n", mark,
		    text);
	else
		n = snprintf(line, sizeof(line), "likesync: run=%s %s%s\n",
		    logger.run, mark, text);
	if (n > 0)
		write_stderr(line, (size_t)n < sizeof(line) ? (size_t)n :
		    sizeof(line) - 1);
}

/* Leaves errno alone: the caller may still have to return it. */
static void log_text(int level, bool also_stderr, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES + 4], text[LINE_MAX_BYTES];
	int error = errno;
	int n = vsnprintf(raw, sizeof(raw), fmt, ap);
	size_t len = secret_hide(raw, strlen(raw), n >= (int)sizeof(raw));

	utf8_escape(raw, utf8_cut(raw, len, LINE_MAX_BYTES), text,
	    sizeof(text));
	pthread_mutex_lock(&logger.lock);
	if (logger.to_syslog && logger.run[0] != '\0')
		syslog(level, "run=%s %s", logger.run, text);
	else if (logger.to_syslog)
		syslog(level, "%s", text);
	if (!logger.to_syslog || also_stderr)
		line_to_stderr(level, text);
	pthread_mutex_unlock(&logger.lock);
	errno = error;
}

void log_line(int level, const char *fmt, ...)
{
	va_list ap;

	if (level > atomic_load(&logger.level))
		return;
	va_start(ap, fmt);
	log_text(level, false, fmt, ap);
	va_end(ap);
}

void log_act(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(LOG_ERR, true, fmt, ap);
	va_end(ap);
}

/* "analyzing 120 of 4000, 2.1 a second, about 31 min": the rate of the whole
 * stage, after its first two seconds. */
static int describe_progress(char *line, size_t size)
{
	int64_t elapsed = clock_mono_ms() - logger.progress.begun_ms;
	unsigned long done = logger.progress.done;
	unsigned long total = logger.progress.total;
	double each_second = (double)done * 1000 / (double)elapsed;
	char count[64] = "", rate[64] = "", left[48] = "", time[32];
	bool by_minute = each_second < 1;

	if (total > 0)
		snprintf(count, sizeof(count), " of %lu", total);
	if (done > 0 && elapsed > 2000)
		snprintf(rate, sizeof(rate), ", %.1f a %s", each_second *
		    (by_minute ? 60 : 1), by_minute ? "minute" : "second");
	if (rate[0] != '\0' && total > done) {
		duration_to_text(elapsed / 1000 * (int64_t)(total - done) /
		    (int64_t)done, time, sizeof(time));
		snprintf(left, sizeof(left), ", about %s", time);
	}
	return snprintf(line, size, "%s %lu%s%s%s", logger.progress.stage,
	    done, count, rate, left);
}

/* In place on a terminal; elsewhere a line now and then. */
static void show_progress(void)
{
	char line[256] = "\r\033[K";
	int n = 4 + describe_progress(line + 4, sizeof(line) - 4);

	if (!logger.terminal) {
		line_to_stderr(LOG_INFO, line + 4);
		return;
	}
	write_stderr(line, (size_t)n < sizeof(line) ? (size_t)n :
	    sizeof(line) - 1);
	logger.progress.drawn = true;
}

void progress_watch(void (*watch)(void *ctx, const char *line), void *ctx)
{
	pthread_mutex_lock(&logger.lock);
	logger.watch = watch;
	logger.watch_ctx = ctx;
	pthread_mutex_unlock(&logger.lock);
}

static void call_watch(int64_t now)
{
	char line[256];

	logger.progress.watched_ms = now;
	if (logger.watch == NULL)
		return;
	describe_progress(line, sizeof(line));
	logger.watch(logger.watch_ctx, line);
}

void progress_begin(const char *stage, unsigned long total)
{
	pthread_mutex_lock(&logger.lock);
	memset(&logger.progress, 0, sizeof(logger.progress));
	snprintf(logger.progress.stage, sizeof(logger.progress.stage), "%s",
	    stage);
	logger.progress.total = total;
	logger.progress.begun_ms = clock_mono_ms();
	logger.progress.drawn_ms = logger.terminal ? 0 :
	    logger.progress.begun_ms;
	logger.progress.active = !logger.to_syslog &&
	    atomic_load(&logger.level) >= LOG_INFO;
	call_watch(logger.progress.begun_ms);
	pthread_mutex_unlock(&logger.lock);
}

void progress_step(unsigned long done)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&logger.lock);
	logger.progress.done = done;
	if (logger.progress.active && now - logger.progress.drawn_ms >=
	    (logger.terminal ? DRAW_MS : PROGRESS_LINE_MS)) {
		logger.progress.drawn_ms = now;
		show_progress();
	}
	if (now - logger.progress.watched_ms >= WATCH_MS)
		call_watch(now);
	pthread_mutex_unlock(&logger.lock);
}

void progress_end(void)
{
	pthread_mutex_lock(&logger.lock);
	clear_progress();
	logger.progress.active = false;
	pthread_mutex_unlock(&logger.lock);
}
