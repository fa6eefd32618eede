/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/supervise.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "base/integer.h"

#define MAX_ROUNDS 100	/* then a child hangs in the kernel */
#define ROUND_NS 50000000	/* usually a child's end comes first */

/* Kills our children. -1: the kernel does not list them. */
static int kill_children(void)
{
	char text[4096];
	const char *at = text;
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	int64_t pid;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	/* A number that is cut off is left for the next round. */
	while (n > 0 && text[n - 1] != ' ')
		n--;
	text[n] = '\0';
	while (int_prefix(&at, 1, INT_MAX, &pid) == 0)
		kill((pid_t)pid, SIGKILL);
	return 0;
}

/* Takes the status of every child that has ended. False: there are no more
 * children. */
static bool reap(pid_t program, bool *ended, int *status)
{
	pid_t pid;
	int s;

	while ((pid = waitpid(-1, &s, WNOHANG)) > 0)
		if (pid == program) {
			*ended = true;
			*status = s;
		}
	return pid == 0 || errno != ECHILD;
}

/* Ends as the program did, for who waits for us. */
static _Noreturn void end_as(int status)
{
	const struct rlimit none = { 0, 0 };
	sigset_t all;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	kill(getpid(), WTERMSIG(status));
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	_exit(127);
}

static _Noreturn void watch(pid_t program)
{
	const struct timespec round = { .tv_nsec = ROUND_NS };
	int status = 0, signo = 0;
	bool ended = false;
	sigset_t awaited;

	/* Locks and pipes of ours are not to outlive us in it. */
	if (close_range(0, ~0U, 0) != 0)
		for (int fd = 0; fd < 65536; fd++)
			close(fd);
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SUPERVISE_KILL);
	while (!ended && signo != SUPERVISE_KILL) {
		signo = sigwaitinfo(&awaited, NULL);
		reap(program, &ended, &status);
	}
	for (int i = 0; i < MAX_ROUNDS && kill_children() == 0 &&
	    reap(program, &ended, &status); i++)
		sigtimedwait(&awaited, NULL, &round);
	end_as(ended ? status : SIGKILL);
}

int supervise(void)
{
	pid_t self = getpid(), program;

	signal(SIGCHLD, SIG_DFL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return -1;
	program = fork();
	if (program > 0)
		watch(program);
	if (program < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return -1;
	if (getppid() != self)
		_exit(127);
	return 0;
}
