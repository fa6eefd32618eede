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

/* One voice for the whole process; the lock keeps lines and the progress
 * line from writing into each other. */
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
} voice = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO };

static bool is_at_a_terminal(void)
{
	return isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) ||
	    isatty(STDERR_FILENO);
}

/* Does anybody listen? syslog(3) never says: a container's lines would be
 * lost. Daemons listen for datagrams or for a stream. */
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

	pthread_mutex_lock(&voice.lock);
	voice.terminal = isatty(STDERR_FILENO) != 0;
	voice.to_syslog = to_syslog;
	atomic_store(&voice.level, quiet && !to_syslog && level > LOG_ERR ?
	    LOG_ERR : level);
	if (voice.to_syslog)
		openlog("likesync", LOG_PID, facility);
	pthread_mutex_unlock(&voice.lock);
}

void log_set_run(const char *run_id)
{
	pthread_mutex_lock(&voice.lock);
	snprintf(voice.run, sizeof(voice.run), "%s", run_id);
	pthread_mutex_unlock(&voice.lock);
}

static void write_stderr(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;	/* nobody is left to be told */
		text += n;
		len -= (size_t)n;
	}
}

static void clear_progress(void)
{
	if (!voice.progress.drawn)
		return;
	write_stderr("\r\033[K", 4);
	voice.progress.drawn = false;
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
	if (voice.terminal || voice.run[0] == '\0')
		n = snprintf(line, sizeof(line), "likesync: %s%s\n", mark,
		    text);
	else
		n = snprintf(line, sizeof(line), "likesync: run=%s %s%s\n",
		    voice.run, mark, text);
	if (n > 0)
		write_stderr(line, (size_t)n < sizeof(line) ? (size_t)n :
		    sizeof(line) - 1);
}

static void say(int level, const char *text, bool also_stderr)
{
	pthread_mutex_lock(&voice.lock);
	if (voice.to_syslog && voice.run[0] != '\0')
		syslog(level, "run=%s %s", voice.run, text);
	else if (voice.to_syslog)
		syslog(level, "%s", text);
	if (!voice.to_syslog || also_stderr)
		line_to_stderr(level, text);
	pthread_mutex_unlock(&voice.lock);
}

/* Leaves errno alone: whoever logs a failure may still have to return it. */
static void vsay(int level, bool also_stderr, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES + 4], text[LINE_MAX_BYTES];
	int error = errno;
	int n = vsnprintf(raw, sizeof(raw), fmt, ap);
	size_t len = secret_hide(raw, strlen(raw), n >= (int)sizeof(raw));

	utf8_escape(raw, utf8_cut(raw, len, LINE_MAX_BYTES), text,
	    sizeof(text));
	say(level, text, also_stderr);
	errno = error;
}

void log_line(int level, const char *fmt, ...)
{
	va_list ap;

	if (level > atomic_load(&voice.level))
		return;
	va_start(ap, fmt);
	vsay(level, false, fmt, ap);
	va_end(ap);
}

void log_act(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(LOG_ERR, true, fmt, ap);
	va_end(ap);
}

/* "analyzing 120 of 4000, 2.1 a second, about 31 min": the rate of the whole
 * stage, once that can be told. */
static int describe_progress(char *line, size_t size)
{
	int64_t elapsed = clock_mono_ms() - voice.progress.begun_ms;
	unsigned long done = voice.progress.done;
	unsigned long total = voice.progress.total;
	char count[64], rate[64] = "", left[48] = "", time[32];

	if (total > 0)
		snprintf(count, sizeof(count), "%lu of %lu", done, total);
	else
		snprintf(count, sizeof(count), "%lu", done);
	if (done > 0 && elapsed > 2000) {
		double each_second = (double)done * 1000 / (double)elapsed;

		if (each_second >= 1)
			snprintf(rate, sizeof(rate), ", %.1f a second",
			    each_second);
		else
			snprintf(rate, sizeof(rate), ", %.1f a minute",
			    each_second * 60);
	}
	if (rate[0] != '\0' && total > done) {
		duration_to_text(elapsed / 1000 * (int64_t)(total - done) /
		    (int64_t)done, time, sizeof(time));
		snprintf(left, sizeof(left), ", about %s", time);
	}
	return snprintf(line, size, "%s %s%s%s", voice.progress.stage, count,
	    rate, left);
}

static void draw_progress(void)
{
	char line[256] = "\r\033[K";
	int n = 4 + describe_progress(line + 4, sizeof(line) - 4);

	write_stderr(line, (size_t)n < sizeof(line) ? (size_t)n :
	    sizeof(line) - 1);
	voice.progress.drawn = true;
}

/* Where nothing can be drawn in place, a line now and then. */
static void line_of_progress(void)
{
	char line[256];

	describe_progress(line, sizeof(line));
	line_to_stderr(LOG_INFO, line);
}

void progress_watch(void (*watch)(void *ctx, const char *line), void *ctx)
{
	pthread_mutex_lock(&voice.lock);
	voice.watch = watch;
	voice.watch_ctx = ctx;
	pthread_mutex_unlock(&voice.lock);
}

static void tell_watch(int64_t now)
{
	char line[256];

	voice.progress.watched_ms = now;
	if (voice.watch == NULL)
		return;
	describe_progress(line, sizeof(line));
	voice.watch(voice.watch_ctx, line);
}

void progress_begin(const char *stage, unsigned long total)
{
	pthread_mutex_lock(&voice.lock);
	memset(&voice.progress, 0, sizeof(voice.progress));
	snprintf(voice.progress.stage, sizeof(voice.progress.stage), "%s",
	    stage);
	voice.progress.total = total;
	voice.progress.begun_ms = clock_mono_ms();
	voice.progress.drawn_ms = voice.terminal ? 0 : voice.progress.begun_ms;
	voice.progress.active = !voice.to_syslog &&
	    atomic_load(&voice.level) >= LOG_INFO;
	tell_watch(voice.progress.begun_ms);
	pthread_mutex_unlock(&voice.lock);
}

void progress_step(unsigned long done)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&voice.lock);
	voice.progress.done = done;
	if (voice.progress.active && now - voice.progress.drawn_ms >=
	    (voice.terminal ? DRAW_MS : PROGRESS_LINE_MS)) {
		voice.progress.drawn_ms = now;
		if (voice.terminal)
			draw_progress();
		else
			line_of_progress();
	}
	if (now - voice.progress.watched_ms >= WATCH_MS)
		tell_watch(now);
	pthread_mutex_unlock(&voice.lock);
}

void progress_end(void)
{
	pthread_mutex_lock(&voice.lock);
	clear_progress();
	voice.progress.active = false;
	pthread_mutex_unlock(&voice.lock);
}
