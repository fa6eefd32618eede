/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "types/protocol.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/stop.h"
#include "types/reason.h"

#define MAX_WORKERS 64
#define DEFAULT_TIMEOUT_MS 120000
#define GRACE_MS 10000		/* for the worker, beyond its child's time */
#define STDERR_MAX 4096		/* bytes of a worker's stderr that are kept */

struct worker {
	pid_t pid;		/* 0: not started, or ended */
	int socket;
	int log_fd;		/* memfd that is its stderr */
	bool busy;
};

struct workers {
	char *program;
	uint64_t memory;
	uint32_t timeout_ms;
	char *gaps;
	pthread_mutex_t lock;	/* busy, of all of them */
	pthread_cond_t freed;
	int count;
	struct worker worker[MAX_WORKERS];
};

/*
 * One worker's life.
 */

/* A file in memory of fixed size: writes beyond it fail, so that it need not be
 * read meanwhile. */
static int make_log(void)
{
	int fd = memfd_create("likesync-worker-stderr",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, STDERR_MAX) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The last line of the worker's stderr, "" if there is none; caller frees. */
static char *last_error_line(const struct worker *k)
{
	char text[STDERR_MAX];
	ssize_t n = pread(k->log_fd, text, sizeof(text), 0);
	struct buf b = { .data = text, .len = n > 0 ? strnlen(text, (size_t)n) :
	    0 };

	return process_last_line(&b);
}

/* Starts the program with socket as stdin and log_fd as its stderr, in a group
 * of its own, so that ^C reaches only us, and with our signals undone. It
 * closes what a library of ours left open over exec, as LMDB its file. */
static int spawn(pid_t *pid, const char *program, int socket, int log_fd)
{
	char *const argv[] = { (char *)(uintptr_t)"likesync-worker", NULL };
	static char *const env[] = { "LANG=C.UTF-8", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t ignored, none;
	int rc;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);	/* the one that exec would keep so */
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, log_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, log_fd, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &ignored);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(pid, program, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static void end_worker(struct worker *k)
{
	if (k->pid == 0)
		return;
	kill(k->pid, SIGKILL);	/* its child dies with it */
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	close(k->socket);
	close(k->log_fd);
	k->pid = 0;
}

static enum outcome start_worker(const struct workers *w, struct worker *k,
    struct error *error)
{
	int ends[2] = { -1, -1 }, rc = 0;

	k->log_fd = -1;
	/* Not every system returns the error of exec from posix_spawn. */
	if (access(w->program, X_OK) < 0 || (k->log_fd = make_log()) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		rc = errno;
	if (rc == 0)
		rc = spawn(&k->pid, w->program, ends[1], k->log_fd);
	if (ends[1] >= 0)
		close(ends[1]);
	k->socket = ends[0];
	if (rc == 0)
		return DONE;
	k->pid = 0;
	if (k->socket >= 0)
		close(k->socket);
	if (k->log_fd >= 0)
		close(k->log_fd);
	return error_set(error, SERVICE_FAILED, "%s: can't be started: %s; it "
	    "is part of likesync: install it, or set $LIKESYNC_WORKER",
	    w->program, strerror(rc));
}

/*
 * One request, one answer.
 */

struct call {
	enum worker_op op;
	int media, extra;	/* -1: none */
	uint32_t extra_len;
	struct worker_answer answer;
	struct buf text;
};

/* How an exchange ended. */
enum exchange { ANSWERED, WORKER_LOST, WORKER_SILENT, STOP_REQUESTED };

static bool send_request(const struct workers *w, const struct worker *k,
    const struct call *c)
{
	struct worker_request q = { .magic = WORKER_MAGIC, .op = c->op,
		.memory = w->memory, .timeout_ms = w->timeout_ms,
		.extra_len = c->extra_len };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { .space = { 0 } };
	int fd[2] = { c->media, c->extra };
	size_t len = (size_t)((c->media >= 0) + (c->extra >= 0)) * sizeof(int);
	struct iovec iov = { .iov_base = &q, .iov_len = sizeof(q) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (len > 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(len);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(len);
		memcpy(CMSG_DATA(&control.head), fd, len);
	}
	return sendmsg(k->socket, &msg, MSG_NOSIGNAL) == sizeof(q);
}

/* Waits for one packet of at most len bytes; *got is its length. */
static enum exchange receive(const struct worker *k, int64_t end_ms,
    void *packet, size_t len, size_t *got)
{
	for (;;) {
		struct pollfd p[] = { { .fd = k->socket, .events = POLLIN },
			{ .fd = stop_fd(), .events = POLLIN } };
		int64_t left = end_ms - clock_mono_ms();
		ssize_t n;

		if (stop_requested())
			return STOP_REQUESTED;
		if (left <= 0)
			return WORKER_SILENT;
		if (poll(p, 2, stop_remaining_ms((int)left)) <= 0 ||
		    p[0].revents == 0)
			continue;
		n = recv(k->socket, packet, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return WORKER_LOST;
		*got = (size_t)n;
		return ANSWERED;
	}
}

/* WORKER_LOST: also if the answer violates the protocol. */
static enum exchange exchange_packets(const struct workers *w,
    const struct worker *k, struct call *c)
{
	int64_t end = clock_mono_ms() + w->timeout_ms + GRACE_MS;
	char packet[WORKER_PACKET];
	enum exchange e;
	size_t got;

	buf_clear(&c->text);
	if (!send_request(w, k, c))
		return WORKER_LOST;
	e = receive(k, end, &c->answer, sizeof(c->answer), &got);
	if (e != ANSWERED)
		return e;
	if (got != sizeof(c->answer) || c->answer.magic != WORKER_MAGIC ||
	    c->answer.len > WORKER_MAX_ANSWER)
		return WORKER_LOST;
	while (c->text.len < c->answer.len) {
		e = receive(k, end, packet, sizeof(packet), &got);
		if (e != ANSWERED)
			return e;
		if (!buf_append_limited(&c->text, packet, got, c->answer.len))
			return WORKER_LOST;
	}
	return ANSWERED;
}

/* Takes the child's reason. */
static enum outcome explain_refusal(const struct call *c, struct error *error)
{
	struct json *v = json_parse(buf_str(&c->text), c->text.len, NULL);
	const char *text = json_get_string(v, "why");

	reason_set(error, reason_parse(json_get_string(v, "reason")), "%s",
	    text != NULL ? text :
	    "is not an audio file, for an unknown reason");
	json_free(v);
	return ITEM_FAILED;
}

static enum outcome explain_answer(const struct workers *w,
    const struct call *c, struct error *error)
{
	switch ((enum worker_status)c->answer.status) {
	case WORKER_OK:
		return DONE;
	case WORKER_REFUSED:
		return explain_refusal(c, error);
	case WORKER_TIMED_OUT:
		return reason_set(error, REASON_TIMEOUT, "takes longer than %g "
		    "s ([analysis] timeout)", w->timeout_ms / 1000.0);
	case WORKER_OVER_LIMIT:
		return reason_set(error, REASON_MEMORY, "needs more memory "
		    "than [analysis] memory allows (%" PRIu64 " MiB)", w->memory
		    >> 20);
	case WORKER_CRASHED:
		break;
	}
	return reason_set(error, REASON_CRASHED, "crashes the decoder (signal %"
	    PRIu32 ")", c->answer.detail);
}

/* The worker itself, not its child, failed, and so did a new one. */
static enum outcome explain_loss(const struct workers *w,
    const struct worker *k, const struct call *c, enum exchange e,
    struct error *error)
{
	enum outcome o = c->op == WORKER_VERSION ? SERVICE_FAILED : ITEM_FAILED;
	const char *how = e == WORKER_SILENT ? "does not answer" : "died";
	char *line = last_error_line(k);
	const char *colon = *line != '\0' ? ": " : "";

	if (o == SERVICE_FAILED)
		error_set(error, o, "%s: %s at its start%s%s", w->program, how,
		    colon, line);
	else
		reason_set(error, e == WORKER_SILENT ? REASON_TIMEOUT :
		    REASON_CRASHED, "can't be opened: the worker %s%s%s", how,
		    colon, line);
	free(line);
	return o;
}

/* Sends a request to a running worker. Ends the worker if it died or hangs;
 * *lost: another one may succeed. */
static enum outcome ask(const struct workers *w, struct worker *k,
    struct call *c, bool *lost, struct error *error)
{
	enum exchange e = exchange_packets(w, k, c);
	enum outcome o;

	*lost = e == WORKER_LOST;
	if (e == ANSWERED)
		return explain_answer(w, c, error);
	if (e == STOP_REQUESTED)
		o = error_set(error, STOPPED, "not opened: the run was stopped "
		    "(%s)", stop_reason());
	else
		o = explain_loss(w, k, c, e, error);
	end_worker(k);
	return o;
}

/* Starts a worker of our own version; *gaps (may be NULL) becomes what its
 * sandbox lacks on this system. */
static enum outcome start_and_check(const struct workers *w, struct worker *k,
    char **gaps, struct error *error)
{
	struct call c = { .op = WORKER_VERSION, .media = -1, .extra = -1 };
	enum outcome o = start_worker(w, k, error);
	const char *version;
	struct json *v;
	bool lost;

	if (o != DONE)
		return o;
	o = ask(w, k, &c, &lost, error);
	if (o == ITEM_FAILED)	/* its child failed without a file */
		o = SERVICE_FAILED;
	v = o == DONE ? json_parse(buf_str(&c.text), c.text.len, NULL) : NULL;
	version = json_get_string(v, "version");
	if (o == DONE && (version == NULL ||
	    strcmp(version, LIKESYNC_VERSION) != 0))
		o = error_set(error, SERVICE_FAILED, "%s: is version %s, not "
		    LIKESYNC_VERSION ": reinstall both", w->program,
		    version != NULL ? version : "unknown");
	if (o != DONE)
		end_worker(k);
	else if (gaps != NULL)
		str_replace(gaps, json_get_string(v, "gaps"));
	json_free(v);
	buf_free(&c.text);
	return o;
}

/* Starts the worker if needed. If it was lost, tries once more with a new one,
 * except for requests that write: the file may be incomplete. */
static enum outcome ask_with_retry(const struct workers *w, struct worker *k,
    struct call *c, struct error *error)
{
	for (int i = 0;; i++) {
		bool lost;
		enum outcome o = k->pid != 0 ? DONE :
		    start_and_check(w, k, NULL, error);

		if (o != DONE)
			return o;
		o = ask(w, k, c, &lost, error);
		if (!lost || i > 0 || c->op == WORKER_TAG ||
		    c->op == WORKER_REMUX)
			return o;
	}
}

/*
 * All of them.
 */

/* One that runs, if there is any. */
static struct worker *find_idle(struct workers *w)
{
	struct worker *idle = NULL;

	for (struct worker *k = w->worker; k < w->worker + w->count; k++)
		if (!k->busy && (idle == NULL || idle->pid == 0))
			idle = k;
	return idle;
}

/* Need not check for a stop: after one, workers are released soon. */
static struct worker *acquire_worker(struct workers *w)
{
	struct worker *k;

	pthread_mutex_lock(&w->lock);
	while ((k = find_idle(w)) == NULL)
		pthread_cond_wait(&w->freed, &w->lock);
	k->busy = true;
	pthread_mutex_unlock(&w->lock);
	return k;
}

static void release_worker(struct workers *w, struct worker *k)
{
	pthread_mutex_lock(&w->lock);
	k->busy = false;
	pthread_cond_signal(&w->freed);
	pthread_mutex_unlock(&w->lock);
}

/* The answer as a tree in *v (json_free) when DONE. */
static enum outcome request(struct workers *w, struct call *c,
    struct json **v, struct error *error)
{
	struct worker *k = acquire_worker(w);
	enum outcome o = ask_with_retry(w, k, c, error);

	release_worker(w, k);
	*v = NULL;
	if (o == DONE) {
		*v = json_parse(buf_str(&c->text), c->text.len, NULL);
		if (*v == NULL)
			o = reason_set(error, REASON_CRASHED, "crashes the "
			    "decoder: its answer is not JSON");
	}
	buf_free(&c->text);
	return o;
}

/* Frees the answer v, which was complete or not. */
static enum outcome end_answer(enum outcome o, bool complete, struct json *v,
    struct error *error)
{
	json_free(v);
	if (o != DONE || complete)
		return o;
	return reason_set(error, REASON_CRASHED, "crashes the decoder: its "
	    "answer is incomplete");
}

static enum outcome probe(void *self, int fd, struct media *out,
    struct error *error)
{
	struct call c = { .op = WORKER_PROBE, .media = fd, .extra = -1 };
	struct json *v;
	enum outcome o = request(self, &c, &v, error);

	memset(out, 0, sizeof(*out));
	return end_answer(o, o == DONE && media_from_json(out, v) == 0, v,
	    error);
}

static enum outcome decode(void *self, int fd, struct decoded_media *out,
    struct error *error)
{
	struct call c = { .op = WORKER_DECODE, .media = fd, .extra = -1 };
	struct json *v;
	enum outcome o = request(self, &c, &v, error);

	memset(out, 0, sizeof(*out));
	return end_answer(o, o == DONE && decoded_media_from_json(out, v) == 0,
	    v, error);
}

static enum outcome prove(void *self, int fd, struct media *out,
    char stream[STREAM_LEN + 1], struct error *error)
{
	struct call c = { .op = WORKER_PROVE, .media = fd, .extra = -1 };
	struct json *v;
	enum outcome o = request(self, &c, &v, error);

	memset(out, 0, sizeof(*out));
	stream_from_json(v, stream);
	return end_answer(o, o == DONE && stream[0] != '\0' &&
	    media_from_json(out, json_get(v, "media")) == 0, v, error);
}

/* Tags as JSON, a NUL, and the cover, in a memfd. */
static int pack_tags(const struct tags *tags, const void *cover, size_t
    cover_len, uint32_t *len)
{
	int fd = memfd_create("likesync-tags", MFD_CLOEXEC);
	struct json_writer *j = json_writer_new(false);
	size_t text_len;
	char *text;

	tags_to_json(tags, j, NULL);
	text = json_writer_end(j, &text_len);
	*len = (uint32_t)(text_len + 1 + cover_len);
	if (fd >= 0 && (file_write_all(fd, text, text_len + 1) < 0 ||
	    file_write_all(fd, cover, cover_len) < 0)) {
		close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}

static enum outcome tag(void *self, int fd, const struct tags *tags,
    const void *cover, size_t cover_len, struct error *error)
{
	struct call c = { .op = WORKER_TAG, .media = fd };
	struct json *v;
	enum outcome o;

	if (cover == NULL)
		cover_len = 0;
	if (cover_len > WORKER_MAX_COVER)
		return error_set(error, ITEM_FAILED, "can't be tagged: its "
		    "cover has %zu MiB", cover_len >> 20);
	c.extra = pack_tags(tags, cover, cover_len, &c.extra_len);
	if (c.extra < 0)
		return error_set(error, ITEM_FAILED, "can't be tagged: no "
		    "memory for its cover: %s", strerror(errno));
	o = request(self, &c, &v, error);
	close(c.extra);
	json_free(v);
	return o;
}

static enum outcome remux(void *self, int fd, int to, bool *moved,
    struct error *error)
{
	struct call c = { .op = WORKER_REMUX, .media = fd, .extra = to };
	struct json *v;
	enum outcome o = request(self, &c, &v, error);

	*moved = json_get_bool(v, "moved", false);
	json_free(v);
	return o;
}

static char *find_program(const char *configured)
{
	static const char *const places[] = { "../libexec/likesync-worker",
		"likesync-worker", NULL };
	const char *wanted = secure_getenv("LIKESYNC_WORKER");
	char *beside;

	if (wanted == NULL || *wanted == '\0')
		wanted = configured;
	if (wanted != NULL)
		return xstrdup(wanted);
	beside = process_find_beside(places);
	return beside != NULL ? beside : xstrdup(LIKESYNC_WORKER);
}

static int cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) :
	    1;
}

struct workers *workers_open(const struct workers_config *cfg)
{
	struct workers *w = xcalloc(1, sizeof(*w));
	int64_t timeout = cfg->timeout_ms > 0 ? cfg->timeout_ms :
	    DEFAULT_TIMEOUT_MS;

	w->program = find_program(cfg->program);
	w->memory = cfg->memory;
	w->timeout_ms = timeout < INT_MAX / 2 ? (uint32_t)timeout :
	    INT_MAX / 2;
	w->gaps = xstrdup("");
	w->count = cfg->count > 0 ? cfg->count : cores();
	if (w->count > MAX_WORKERS)
		w->count = MAX_WORKERS;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->freed, NULL);
	return w;
}

enum outcome workers_ready(struct workers *w, struct error *error)
{
	return w->worker[0].pid != 0 ? DONE :
	    start_and_check(w, &w->worker[0], &w->gaps, error);
}

enum outcome workers_start(const struct workers_config *cfg,
    struct workers **out, struct error *error)
{
	enum outcome o;

	*out = workers_open(cfg);
	o = workers_ready(*out, error);
	if (o != DONE) {
		workers_stop(*out);
		*out = NULL;
	}
	return o;
}

void workers_stop(struct workers *w)
{
	if (w == NULL)
		return;
	for (int i = 0; i < w->count; i++)
		end_worker(&w->worker[i]);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->freed);
	free(w->program);
	free(w->gaps);
	free(w);
}

struct media_service workers_service(struct workers *w)
{
	return (struct media_service){ .self = w, .probe = probe,
		.decode = decode, .prove = prove, .tag = tag,
		.remux = remux };
}

int workers_count(const struct workers *w)
{
	return w->count;
}

const char *workers_gaps(const struct workers *w)
{
	return w->gaps != NULL ? w->gaps : "";
}
