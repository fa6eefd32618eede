/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER true
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER false
#endif

#define LOW_DESCRIPTORS 256	/* the worker has a handful */

/* What decoding, tagging and the C library's memory need. No open, no socket,
 * no clone, no exec: files come as descriptors, and there are no threads. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write),
	SCMP_SYS(pwrite64), SCMP_SYS(writev), SCMP_SYS(lseek),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(ftruncate),
	SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(close), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(mmap), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
	SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall),
	SCMP_SYS(tgkill),
};

static int limit(int resource, rlim_t value)
{
	const struct rlimit r = { value, value };

	return setrlimit((__rlimit_resource_t)resource, &r);
}

static int set_limits(const struct jail *j)
{
	int failed = limit(RLIMIT_CORE, 0);

	/* A sanitizer maps terabytes that it never touches. */
	if (j->memory > 0 && !UNDER_SANITIZER)
		failed |= limit(RLIMIT_AS, j->memory);
	if (j->cpu_seconds > 0)
		failed |= limit(RLIMIT_CPU, j->cpu_seconds);
	/* Only where a file may be written at all; the answer's pipe is no
	 * file and has no size. */
	failed |= limit(RLIMIT_FSIZE, j->file_size);
	failed |= limit(RLIMIT_NOFILE, 64);
	return failed;
}

static bool is_kept(const struct jail *j, int fd)
{
	for (size_t i = 0; i < j->n_keep; i++)
		if (j->keep[i] == fd)
			return true;
	return fd == STDOUT_FILENO;
}

static void close_others(const struct jail *j)
{
	for (int fd = 0; fd < LOW_DESCRIPTORS; fd++)
		if (!is_kept(j, fd))
			close(fd);
	close_range(LOW_DESCRIPTORS, ~0u, 0);
}

static int close_box(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(*allowed);
	    i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	return rc;
}

int jail_enter(const struct jail *j)
{
	close_others(j);
	if (set_limits(j) != 0)
		return -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return close_box() == 0 ? 0 : -1;
}
