/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

#include "base/buf.h"
#include "base/landlock.h"

#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

/* A sanitizer maps terabytes of shadow and reports on stderr. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void add_gap(struct buf *gaps, const char *what, int error)
{
	buf_printf(gaps, "%s%s (%s)", gaps->len > 0 ? ", " : "", what,
	    error != 0 ? strerror(error) : "not with this build");
}

/* Bytes mapped already: the program and some two hundred libraries. */
static uint64_t mapped_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 512u << 20;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void set_limit(int resource, const char *name, rlim_t soft, rlim_t hard,
    struct buf *gaps)
{
	struct rlimit old, r = { .rlim_cur = soft, .rlim_max = hard };

	/* Only root may raise a limit that is lower already. */
	if (getrlimit((__rlimit_resource_t)resource, &old) == 0) {
		if (r.rlim_max > old.rlim_max)
			r.rlim_max = old.rlim_max;
		if (r.rlim_cur > r.rlim_max)
			r.rlim_cur = r.rlim_max;
	}
	if (setrlimit((__rlimit_resource_t)resource, &r) < 0)
		add_gap(gaps, name, errno);
}

static void set_limits(const struct worker_sandbox *s, uint64_t mapped,
    struct buf *gaps)
{
	rlim_t cpu = (s->timeout_ms + 999u) / 1000u;

	/* Exceeding the file size is then an error of write, not a signal. */
	signal(SIGXFSZ, SIG_IGN);
	set_limit(RLIMIT_CORE, "no core file", 0, 0, gaps);
	/* Applies to every write except to pipes, overwriting included. */
	set_limit(RLIMIT_FSIZE, "file size", s->max_size, s->max_size, gaps);
	/* Does not bind root; the system call filter refuses clone to all. */
	set_limit(RLIMIT_NPROC, "no processes", 0, 0, gaps);
	if (cpu > 0)
		set_limit(RLIMIT_CPU, "CPU time", cpu, cpu + 1, gaps);
	/* Valgrind needs descriptors of its own. */
	if (!RUNNING_ON_VALGRIND)
		set_limit(RLIMIT_NOFILE, "no descriptors", 0, 0, gaps);
	if (s->memory == 0)
		return;
	if (SANITIZED || RUNNING_ON_VALGRIND) {
		add_gap(gaps, "memory", 0);
		return;
	}
	set_limit(RLIMIT_AS, "memory", mapped + s->memory, mapped + s->memory,
	    gaps);
}

static void close_between(unsigned first, unsigned last)
{
	if (close_range(first, last, 0) == 0)
		return;
	/* A kernel before 5.9. */
	long end = sysconf(_SC_OPEN_MAX);
	for (unsigned fd = first; fd <= last && fd < (unsigned long)end; fd++)
		close((int)fd);
}

/* Closes all but what the child needs. */
static void close_others(const struct worker_sandbox *s)
{
	const int keep[] = { SANITIZED ? STDERR_FILENO : -1, s->media,
		s->extra, s->answer };
	unsigned next = 0, kept;

	do {
		kept = ~0u;
		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= next &&
			    (unsigned)keep[i] < kept)
				kept = (unsigned)keep[i];
		if (kept > next)
			close_between(next, kept - 1);
		next = kept + 1;
	} while (kept != ~0u);
}

/* System calls that affect only this process and its memory. */
static const int allowed_calls[] = {
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(sched_yield),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(rseq),
};

/* Like libseccomp's own macros, which clang warns about: argument, comparison,
 * mask or value, value under the mask. */
#define FD_IS(fd) { 0, SCMP_CMP_EQ, (scmp_datum_t)(fd), 0 }
#define NO_EXEC { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 }
#define ANONYMOUS { 3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS }

/* All calls that are allowed: some whatever their arguments, others with
 * certain values of one or two of them. */
static int add_rules(scmp_filter_ctx filter, const struct worker_sandbox *s)
{
	const int written = s->to_extra ? s->extra : s->media;
	const bool writes = s->max_size > 0;
	const struct {
		bool allowed;
		int call;
		unsigned count;
		struct scmp_arg_cmp arg[2];
	} rules[] = {
		{ true, SCMP_SYS(pread64), 1, { FD_IS(s->media) } },
		{ s->extra >= 0, SCMP_SYS(pread64), 1, { FD_IS(s->extra) } },
		{ true, SCMP_SYS(write), 1, { FD_IS(s->answer) } },
		{ SANITIZED, SCMP_SYS(write), 1, { FD_IS(STDERR_FILENO) } },
		{ writes, SCMP_SYS(pwrite64), 1, { FD_IS(written) } },
		{ writes, SCMP_SYS(ftruncate), 1, { FD_IS(written) } },
		{ writes, SCMP_SYS(ftruncate64), 1, { FD_IS(written) } },
		/* Memory only: no file is mapped and nothing is run. */
		{ true, SCMP_SYS(mmap), 2, { NO_EXEC, ANONYMOUS } },
		{ true, SCMP_SYS(mmap2), 2, { NO_EXEC, ANONYMOUS } },
		{ true, SCMP_SYS(mprotect), 1, { NO_EXEC } },
		/* abort() */
		{ true, SCMP_SYS(tgkill), 1, { FD_IS(getpid()) } },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 &&
	     i < sizeof(allowed_calls) / sizeof(*allowed_calls); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    allowed_calls[i], 0);
	for (size_t i = 0; rc == 0 && i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].allowed)
			rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
			    rules[i].call, rules[i].count, rules[i].arg);
	return rc;
}

static void filter_calls(const struct worker_sandbox *s, struct buf *gaps)
{
	/* Valgrind itself makes system calls in this process. */
	if (RUNNING_ON_VALGRIND) {
		add_gap(gaps, "system call filter", 0);
		return;
	}
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = -ENOMEM;

	if (filter != NULL && (rc = add_rules(filter, s)) == 0)
		rc = seccomp_load(filter);
	if (rc < 0)
		add_gap(gaps, "system call filter", -rc);
	seccomp_release(filter);
}

void worker_sandbox_enter(const struct worker_sandbox *s, struct buf *gaps)
{
	uint64_t mapped = mapped_bytes();	/* while files can be opened */
	struct landlock *l = landlock_new();

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		add_gap(gaps, "death with the parent", errno);
	if (getppid() != s->parent)
		_exit(1);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		add_gap(gaps, "not dumpable", errno);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		add_gap(gaps, "no new privileges", errno);
	/* The filter refuses open as well; this is a second barrier. Kernels
	 * and containers without Landlock are common: that is no gap. */
	if (l != NULL)
		(void)landlock_enter(l);
	landlock_free(l);
	close_others(s);
	set_limits(s, mapped, gaps);
	filter_calls(s, gaps);
}
