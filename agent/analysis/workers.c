/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/workers.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/protocol.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stop.h"

#define MAX_WORKERS 64
#define GRACE_MS 5000	/* that a worker has beyond its child's own time */

struct worker {
	pid_t pid;		/* 0: not running */
	int fd;			/* our end of the socket */
	bool busy;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct worker worker[MAX_WORKERS];
	int count;
	char *program;
	uint64_t memory;
	int64_t timeout_ms;
	bool prefer_tags;
};

/* ---- processes ---- */

/* In the child, between fork and exec: only what is safe there. */
static void __attribute__((noreturn)) become_worker(const char *program,
    int fd)
{
	static char *const env[] = { "LANG=C.UTF-8", NULL };
	char *const argv[] = { (char *)(uintptr_t)program, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* A group of its own: Ctrl-C is for the agent, who ends cleanly. */
	setpgid(0, 0);
	if (dup2(fd, STDIN_FILENO) >= 0)
		execve(program, argv, env);
	_exit(127);
}

static enum outcome start_worker(struct workers *w, struct worker *k,
    struct why *why)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return why_set(why, SERVICE_FAILED, "socketpair: %s",
		    strerror(errno));
	k->pid = fork();
	if (k->pid == 0)
		become_worker(w->program, ends[1]);
	close(ends[1]);
	if (k->pid < 0) {
		k->pid = 0;
		close(ends[0]);
		return why_set(why, SERVICE_FAILED, "fork: %s",
		    strerror(errno));
	}
	k->fd = ends[0];
	return DONE;
}

static void end_worker(struct worker *k)
{
	if (k->pid == 0)
		return;
	close(k->fd);	/* it ends, with its child, when we are gone */
	kill(k->pid, SIGKILL);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	k->pid = 0;
}

/* Beside our own program when run from where it was built; else installed. */
static char *find_program(const char *configured)
{
	const char *wanted = getenv("LIKESYNC_WORKER");
	char self[PATH_MAX], *folder, *beside;
	ssize_t n;

	if (wanted == NULL || *wanted == '\0')
		wanted = configured;
	if (wanted != NULL)
		return xstrdup(wanted);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		folder = path_dir(self);
		beside = path_join(folder, "likesync-worker");
		free(folder);
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return xstrdup(LIKESYNC_WORKER);
}

enum outcome workers_start(const struct workers_config *cfg,
    struct workers **out, struct why *why)
{
	struct workers *w = xcalloc(1, sizeof(*w));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int count = cfg->count > 0 ? cfg->count : (int)cores;

	*out = NULL;
	w->program = find_program(cfg->program);
	w->count = count < 1 ? 1 : count > MAX_WORKERS ? MAX_WORKERS : count;
	w->memory = cfg->memory;
	w->timeout_ms = cfg->timeout_ms > 0 ? cfg->timeout_ms : 120000;
	w->prefer_tags = cfg->prefer_tags;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->idle, NULL);
	if (access(w->program, X_OK) != 0) {
		why_set(why, SERVICE_FAILED, "%s: %s; the program that opens "
		    "media is part of likesync: install it again",
		    w->program, strerror(errno));
		workers_stop(w);
		return SERVICE_FAILED;
	}
	*out = w;	/* each is started when it is first needed */
	return DONE;
}

void workers_stop(struct workers *w)
{
	if (w == NULL)
		return;
	for (int i = 0; i < w->count; i++)
		end_worker(&w->worker[i]);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->idle);
	free(w->program);
	free(w);
}

int workers_count(const struct workers *w)
{
	return w->count;
}

/* ---- one question, one answer ---- */

static struct worker *find_idle(struct workers *w)
{
	for (int i = 0; i < w->count; i++)
		if (!w->worker[i].busy)
			return &w->worker[i];
	return NULL;
}

static struct worker *borrow(struct workers *w)
{
	struct worker *k;

	pthread_mutex_lock(&w->lock);
	while ((k = find_idle(w)) == NULL)
		pthread_cond_wait(&w->idle, &w->lock);
	k->busy = true;
	pthread_mutex_unlock(&w->lock);
	return k;
}

static void give_back(struct workers *w, struct worker *k)
{
	pthread_mutex_lock(&w->lock);
	k->busy = false;
	pthread_cond_signal(&w->idle);
	pthread_mutex_unlock(&w->lock);
}

static int send_request(struct worker *k, const struct worker_request *q,
    int media, int extra)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	int fds[2] = { media, extra };
	size_t len = (extra >= 0 ? 2 : 1) * sizeof(int);
	struct iovec iov = { (void *)(uintptr_t)q, sizeof(*q) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(len) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), fds, len);
	return sendmsg(k->fd, &msg, MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(*q) ? 0 : -1;
}

/* A packet; 0: the worker is gone; -1: told to stop, or out of patience. */
static ssize_t receive(struct worker *k, void *data, size_t len,
    int64_t patience_ms)
{
	for (;;) {
		struct pollfd p[] = { { k->fd, POLLIN, 0 },
			{ stop_fd(), POLLIN, 0 } };
		int n = poll(p, stop_fd() >= 0 ? 2 : 1,
		    stop_remaining_ms((int)patience_ms));

		if (n > 0 && p[0].revents != 0)
			return recv(k->fd, data, len, 0);
		if (stop_requested() || n == 0)
			return -1;
		if (n < 0 && errno != EINTR)
			return -1;
	}
}

static enum outcome read_answer(struct workers *w, struct worker *k,
    struct worker_answer *a, struct buf *text, struct why *why)
{
	char packet[WORKER_PACKET];
	ssize_t n = receive(k, a, sizeof(*a), w->timeout_ms + GRACE_MS);

	if (n == sizeof(*a) && a->magic == WORKER_MAGIC &&
	    a->len <= WORKER_MAX_ANSWER) {
		while (text->len < a->len && (n = receive(k, packet,
		    sizeof(packet), GRACE_MS)) > 0)
			buf_append(text, packet, (size_t)n);
		if (text->len == a->len)
			return DONE;
	}
	if (stop_requested())
		return STOPPED;
	return why_set(why, TRACK_FAILED, "the worker that opened it did not "
	    "answer");
}

static enum outcome explain(const struct workers *w,
    const struct worker_answer *a, const struct buf *text, struct why *why)
{
	struct json *v;
	const char *reason;

	switch ((enum worker_status)a->status) {
	case WORKER_OK:
		return DONE;
	case WORKER_REFUSED:
		v = json_parse(buf_str(text), text->len, NULL);
		reason = json_get_string(v, "why");
		why_set(why, TRACK_FAILED, "%s", reason != NULL ? reason :
		    "was refused without a reason");
		json_free(v);
		return TRACK_FAILED;
	case WORKER_TIMED_OUT:
		return why_set(why, TRACK_FAILED, "took longer than %lld s "
		    "to read ([analysis] timeout)",
		    (long long)(w->timeout_ms / 1000));
	case WORKER_CRASHED:
		return why_set(why, TRACK_FAILED, "breaks the decoder "
		    "(signal %u)", a->detail);
	case WORKER_OVER_LIMIT:
		break;
	}
	return why_set(why, TRACK_FAILED, "needs more memory than [analysis] "
	    "memory allows, or the box could not be closed (status %u)",
	    a->detail);
}

static enum outcome ask(struct workers *w, enum worker_op op, int media,
    int extra, uint32_t extra_len, struct json **out, struct why *why)
{
	const struct worker_request q = { .magic = WORKER_MAGIC, .op = op,
		.memory = w->memory, .timeout_ms = (uint32_t)w->timeout_ms,
		.extra_len = extra_len };
	struct worker *k = borrow(w);
	struct worker_answer a = { .len = 0 };
	struct buf text = BUF_INIT;
	enum outcome o = k->pid != 0 ? DONE : start_worker(w, k, why);

	*out = NULL;
	if (o == DONE && send_request(k, &q, media, extra) != 0)
		o = why_set(why, SERVICE_FAILED, "%s: can't be talked to: %s",
		    w->program, strerror(errno));
	if (o == DONE)
		o = read_answer(w, k, &a, &text, why);
	if (o != DONE)
		end_worker(k);	/* a new one next time */
	else
		o = explain(w, &a, &text, why);
	give_back(w, k);
	if (o == DONE) {
		*out = json_parse(buf_str(&text), text.len, why);
		o = *out != NULL ? DONE : TRACK_FAILED;
	}
	buf_free(&text);
	return o;
}

/* ---- the examiner ---- */

static enum outcome probe(void *self, int fd, struct media *out,
    struct why *why)
{
	struct json *v;
	enum outcome o = ask(self, WORKER_PROBE, fd, -1, 0, &v, why);

	memset(out, 0, sizeof(*out));
	if (o == DONE && media_from_json(out, v) != 0)
		o = why_set(why, TRACK_FAILED, "can't be told apart from "
		    "others");
	json_free(v);
	return o;
}

static enum outcome examine(void *self, int fd, struct examination *out,
    struct why *why)
{
	const struct workers *w = self;
	struct json *v;
	enum outcome o = ask(self, WORKER_EXAMINE, fd, -1, 0, &v, why);

	memset(out, 0, sizeof(*out));
	if (o == DONE && examination_from_json(out, v) != 0)
		o = why_set(why, TRACK_FAILED, "can't be told apart from "
		    "others");
	if (o == DONE && w->prefer_tags)
		analysis_apply_tags(&out->analysis, &out->media.tags);
	json_free(v);
	return o;
}

/* The tags as JSON, a NUL and the cover, in a descriptor without a file. */
static int pack_extra(const struct tags *tags, const void *cover,
    size_t cover_len, uint32_t *len)
{
	struct json_writer *w = json_writer_new(false);
	int fd = memfd_create("tags", MFD_CLOEXEC), failed;
	size_t text_len;
	char *text;

	tags_to_json(tags, w, NULL);
	text = json_writer_end(w, &text_len);
	failed = fd < 0 || file_write_all(fd, text, text_len + 1) != 0 ||
	    file_write_all(fd, cover, cover_len) != 0;
	*len = (uint32_t)(text_len + 1 + cover_len);
	free(text);
	if (failed && fd >= 0)
		close(fd);
	return failed ? -1 : fd;
}

static enum outcome tag(void *self, int fd, const struct tags *tags,
    const void *cover, size_t cover_len, struct why *why)
{
	uint32_t len;
	int extra = pack_extra(tags, cover, cover_len, &len);
	struct json *v = NULL;
	enum outcome o;

	if (extra < 0)
		return why_set(why, RUN_FAILED, "memfd: %s", strerror(errno));
	o = ask(self, WORKER_TAG, fd, extra, len, &v, why);
	close(extra);
	json_free(v);
	return o;
}

struct examiner workers_examiner(struct workers *w)
{
	return (struct examiner){ .self = w, .probe = probe,
		.examine = examine, .tag = tag };
}
