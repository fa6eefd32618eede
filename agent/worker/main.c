/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * likesync-worker: opens media for the agent. It is started once, loads its
 * libraries once, and forks a boxed child for every file (analysis/jail.h).
 * The parent never looks at a file's bytes, nor at what a child says of them:
 * it passes them on, and ends a child that takes too long.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "analysis/jail.h"
#include "analysis/protocol.h"
#include "base/buf.h"
#include "base/clock.h"
#include "worker/work.h"

#define AGENT STDIN_FILENO

/* What came with a request. */
struct order {
	struct worker_request request;
	int media;		/* -1: none */
	int extra;		/* memfd with tags and cover; -1: none */
};

static void close_order(struct order *o)
{
	if (o->media >= 0)
		close(o->media);
	if (o->extra >= 0)
		close(o->extra);
}

/* 1: an order; 0: the agent is gone; -1: what came was none. */
static int receive_order(struct order *o)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { &o->request, sizeof(o->request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;
	int fds[2] = { -1, -1 };

	do
		n = recvmsg(AGENT, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	o->media = o->extra = -1;
	if (n <= 0)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len >=
		    CMSG_LEN(2 * sizeof(int)) ? 2 * sizeof(int) :
		    sizeof(int));
	o->media = fds[0];
	o->extra = fds[1];
	return n == sizeof(o->request) &&
	    o->request.magic == WORKER_MAGIC && o->media >= 0 ? 1 : -1;
}

/* How large the file may become by tagging: its tags and cover, no more. */
static uint64_t file_ceiling(const struct order *o)
{
	struct stat st;

	if (o->request.op != WORKER_TAG || fstat(o->media, &st) != 0)
		return 0;
	return (uint64_t)st.st_size + o->request.extra_len + (16u << 20);
}

/* The child: boxes itself in, does the work, and is gone. */
static void __attribute__((noreturn)) be_child(const struct order *o,
    int answer_fd)
{
	const int keep[] = { o->media, o->extra, answer_fd };
	const struct jail jail = {
		.memory = o->request.memory,
		.cpu_seconds = o->request.timeout_ms / 1000 + 1,
		.file_size = file_ceiling(o),
		.keep = keep, .n_keep = 3,
	};
	struct buf extra = BUF_INIT;
	int status;

	signal(SIGXFSZ, SIG_IGN);
	if (o->extra >= 0 && work_read_extra(o->extra, o->request.extra_len,
	    &extra) != 0)
		_exit(EX_IOERR);
	if (jail_enter(&jail) != 0)
		_exit(EX_OSERR);
	status = work_do((enum worker_op)o->request.op, o->media, &extra,
	    answer_fd);
	_exit(status);
}

struct child {
	pid_t pid;
	int fd;			/* its answer */
	int64_t ends_ms;	/* when its time is over */
	struct buf answer;
};

static void end_child(struct child *c, struct worker_answer *a)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (a->status != WORKER_OK)
		return;
	if (WIFSIGNALED(status)) {
		a->detail = (uint32_t)WTERMSIG(status);
		a->status = a->detail == SIGXCPU || a->detail == SIGKILL ?
		    WORKER_TIMED_OUT : WORKER_CRASHED;
	} else if (WEXITSTATUS(status) == EX_DATAERR) {
		a->status = WORKER_REFUSED;
	} else if (WEXITSTATUS(status) != 0) {
		a->detail = (uint32_t)WEXITSTATUS(status);
		a->status = WORKER_OVER_LIMIT;
	}
}

/* Reads what the child says until it ends, takes too long or says too much.
 * Returns -1 if the agent went away meanwhile. */
static int watch_child(struct child *c, struct worker_answer *a)
{
	char block[8192];

	for (;;) {
		struct pollfd p[] = { { c->fd, POLLIN, 0 },
			{ AGENT, POLLHUP, 0 } };
		int64_t left = c->ends_ms - clock_mono_ms();
		ssize_t n;

		if (left <= 0) {
			a->status = WORKER_TIMED_OUT;
			return 0;
		}
		if (poll(p, 2, (int)left) < 0)
			continue;
		if (p[1].revents & (POLLHUP | POLLERR))
			return -1;
		if (p[0].revents == 0)
			continue;
		n = read(c->fd, block, sizeof(block));
		if (n == 0)
			return 0;
		if (n > 0 && !buf_append_limited(&c->answer, block, (size_t)n,
		    WORKER_MAX_ANSWER)) {
			a->status = WORKER_OVER_LIMIT;
			return 0;
		}
	}
}

static int send_answer(const struct worker_answer *a, const char *text)
{
	if (send(AGENT, a, sizeof(*a), MSG_NOSIGNAL) != sizeof(*a))
		return -1;
	for (uint32_t at = 0; at < a->len;) {
		uint32_t n = a->len - at < WORKER_PACKET ? a->len - at :
		    WORKER_PACKET;

		if (send(AGENT, text + at, n, MSG_NOSIGNAL) != (ssize_t)n)
			return -1;
		at += n;
	}
	return 0;
}

static int serve(struct order *o)
{
	struct worker_answer a = { .magic = WORKER_MAGIC,
		.status = WORKER_OK };
	struct child c = { .pid = -1 };
	int ends[2], gone;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	c.pid = fork();
	if (c.pid == 0)
		be_child(o, ends[1]);
	close(ends[1]);
	c.fd = ends[0];
	c.ends_ms = clock_mono_ms() + o->request.timeout_ms;
	gone = c.pid < 0 ? -1 : watch_child(&c, &a);
	if (c.pid > 0) {
		if (gone || a.status != WORKER_OK)
			kill(c.pid, SIGKILL);
		end_child(&c, &a);
	}
	close(c.fd);
	a.len = (uint32_t)c.answer.len;
	if (!gone)
		gone = send_answer(&a, buf_str(&c.answer));
	buf_free(&c.answer);
	return gone;
}

int main(int argc, char **argv)
{
	struct order order;
	struct stat st;
	int r;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("likesync-worker " LIKESYNC_VERSION);
		return EX_OK;
	}
	if (argc != 1 || fstat(AGENT, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		fputs("likesync-worker: started by likesync, which hands it "
		    "files; not by hand\n", stderr);
		return EX_USAGE;
	}
	/* The agent is told to stop; it tells us by going away. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	work_warm_up();
	while ((r = receive_order(&order)) != 0) {
		if (r > 0 && serve(&order) != 0)
			r = 0;
		close_order(&order);
		if (r == 0)
			break;
	}
	return EX_OK;
}
