/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * likesync-worker: opens media for the agent, which starts it with a socket as
 * stdin (types/protocol.h). It loads its libraries once and forks a sandboxed
 * child for each file (job.c). This process itself reads neither media nor the
 * children's answers: it passes descriptors in and text out, and kills a child
 * that exceeds its time or the size of an answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "types/protocol.h"
#include "base/buf.h"
#include "base/clock.h"
#include "worker/job.h"

#define AGENT STDIN_FILENO
#define MAX_EXTRA (WORKER_MAX_COVER + (1u << 20)) /* a cover, and tags */

static bool is_well_formed(const struct job *w)
{
	const struct worker_request *q = &w->request;

	if (q->magic != WORKER_MAGIC || q->timeout_ms == 0 ||
	    q->extra_len > MAX_EXTRA)
		return false;
	return (w->media >= 0) == (q->op != WORKER_VERSION) &&
	    (w->extra >= 0) == (q->op == WORKER_TAG ||
	    q->op == WORKER_REMUX);
}

/* A request, with which up to two descriptors come. False when the agent is
 * gone or its request is malformed. */
static bool receive(struct job *w)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = &w->request,
		.iov_len = sizeof(w->request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	int fd[2] = { -1, -1 };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(AGENT, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len - CMSG_LEN(0) <= sizeof(fd))
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	w->media = fd[0];
	w->extra = fd[1];
	if (n == sizeof(w->request) && is_well_formed(w))
		return true;
	fputs("likesync-worker: malformed request\n", stderr);
	return false;
}

/* Reads until the child's answer ends, or exceeds its time or size; status is
 * then WORKER_OK, _TIMED_OUT or _OVER_LIMIT. False if the agent is gone. */
static bool read_answer(int fd, uint32_t timeout_ms, struct buf *text,
    enum worker_status *status)
{
	int64_t end = clock_mono_ms() + timeout_ms;

	*status = WORKER_OK;
	for (;;) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN },
			{ .fd = AGENT, .events = POLLRDHUP } };
		int64_t left = end - clock_mono_ms();
		char block[16384];
		ssize_t n;

		if (left <= 0) {
			*status = WORKER_TIMED_OUT;
			return true;
		}
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return false;
		if (p[1].revents != 0)
			return false;
		if (p[0].revents == 0)
			continue;
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (!buf_append_limited(text, block, (size_t)n,
		    WORKER_MAX_ANSWER)) {
			*status = WORKER_OVER_LIMIT;
			return true;
		}
	}
}

/*
 * Kills and reaps the child, and sets a->status. A child that finished has
 * exited already: its exit closes the pipe. The kill is for a child that
 * exceeded a limit, or closed the pipe and runs on.
 */
static void end_child(pid_t child, struct worker_answer *a)
{
	int status = 0;

	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (a->status != WORKER_OK)
		return;
	if (WIFSIGNALED(status)) {
		a->detail = (uint32_t)WTERMSIG(status);
		a->status = a->detail == SIGXCPU ? WORKER_TIMED_OUT :
		    WORKER_CRASHED;
	} else if (WEXITSTATUS(status) == JOB_REFUSED) {
		a->status = WORKER_REFUSED;
	} else if (WEXITSTATUS(status) == JOB_NO_MEMORY) {
		a->status = WORKER_OVER_LIMIT;
	} else if (WEXITSTATUS(status) != JOB_DONE) {
		a->status = WORKER_CRASHED;
	}
}

static bool send_all(const struct worker_answer *a, const struct buf *text)
{
	if (send(AGENT, a, sizeof(*a), MSG_NOSIGNAL) != sizeof(*a))
		return false;
	for (size_t at = 0; at < a->len;) {
		size_t n = a->len - at < WORKER_PACKET ? a->len - at :
		    WORKER_PACKET;

		if (send(AGENT, text->data + at, n, MSG_NOSIGNAL) !=
		    (ssize_t)n)
			return false;
		at += n;
	}
	return true;
}

/* Forks the child for w; *fd reads its answer. -1: fork failed. */
static pid_t start_child(struct job *w, int *fd)
{
	pid_t self = getpid(), child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	w->answer = ends[1];
	child = fork();
	if (child == 0)
		job_run(w, self);
	close(ends[1]);
	*fd = ends[0];
	if (child < 0)
		close(ends[0]);
	return child;
}

/* One request. False when the agent is gone or fork failed: both end this
 * worker. */
static bool serve(struct job *w)
{
	struct worker_answer a = { .magic = WORKER_MAGIC };
	struct buf text = BUF_INIT;
	enum worker_status status;
	int fd = -1;
	pid_t child = start_child(w, &fd);
	bool connected;

	if (w->media >= 0)
		close(w->media);
	if (w->extra >= 0)
		close(w->extra);
	if (child < 0) {
		fprintf(stderr, "likesync-worker: fork: %s\n",
		    strerror(errno));
		return false;
	}
	connected = read_answer(fd, w->request.timeout_ms, &text, &status);
	a.status = status;
	end_child(child, &a);
	close(fd);
	if (a.status == WORKER_OK || a.status == WORKER_REFUSED)
		a.len = (uint32_t)text.len;
	connected = connected && send_all(&a, &text);
	buf_free(&text);
	return connected;
}

int main(int argc, char **argv)
{
	struct job w;
	struct stat st;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("likesync-worker " LIKESYNC_VERSION);
		return EX_OK;
	}
	if (argc != 1 || fstat(AGENT, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		fputs("likesync-worker: started by likesync(1), not by hand\n",
		    stderr);
		return EX_USAGE;
	}
	/* The agent handles signals; the worker ends when its socket closes. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	job_warm_up();
	while (receive(&w))
		if (!serve(&w))
			break;
	return EX_OK;
}
