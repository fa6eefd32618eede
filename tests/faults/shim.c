/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shim: stands between likesync and the C library (LD_PRELOAD), so that the
 * very program that is shipped can be killed after any system call that changes
 * a file, have any of them fail, or be told another time. It counts such calls
 * in the agent only, on regular files and folders only.
 *
 *   SHIM_LOG=FILE       a line for each: number, call, inode, path, second path
 *   SHIM_KILL=N         SIGKILL after the Nth
 *   SHIM_HALF=N         the Nth, a write, gets half way, then SIGKILL
 *                       Both also as CALL<tab>NAME<tab>N, the Nth such call
 *                       on files with that name, whatever order threads take;
 *                       a name is a path with # for what is random in it:
 *                       numbers, six hex digits or more, and what follows
 *                       ".likesync-" or "get-"
 *   SHIM_FAULT=WHAT:N   the Nth call that can fail so does; WHAT:N+ all from
 *                       the Nth on. WHAT is ENOSPC, EDQUOT, EIO, SHORT (a
 *                       write that is cut short) or SYNC (fsync says EIO)
 *   SHIM_READONLY=PATH  whatever would change something below it says EROFS
 *   SHIM_RIVAL=PATH     another program's PATH.rival takes the name PATH just
 *                       before PATH is renamed or removed
 *   SHIM_WALL=SECONDS   added to CLOCK_REALTIME
 *   SHIM_BOOT=SECONDS   added to CLOCK_BOOTTIME
 *   SHIM_FAST=N         CLOCK_MONOTONIC passes N times as fast: time-outs do
 *   SHIM_BOOT_ID=FILE   read in place of the kernel's boot id
 *   SHIM_STEP=SECONDS:N added to the wall clock from the Nth counted call on
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define LINE_MAX_LEN (2 * PATH_MAX + 100)

/* What a call can do, and how it can fail therefore. */
enum class { SPACE = 1, WRITE = 2, SYNC = 4, CHANGE = 8 };

static pid_t agent;			/* 0: this is another program */
static atomic_long counted, faults_met;
static long step_at, fault_at;
static struct moment {
	long n;				/* 0: none */
	const char *call, *name;	/* NULL: of all calls */
	atomic_long met;		/* of these, so far */
} kill_at, half_at;
static long wall_offset, boot_offset, step_offset, fast;
static struct timespec began;
static bool fault_stays;
static int fault_errno;
static unsigned fault_class;
static const char *readonly, *rival;
static int log_fd = -1;

static long number_of(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

static void parse_moment(const char *text, struct moment *m)
{
	char *copy, *name, *n;

	if (text == NULL)
		return;
	copy = strdup(text);
	name = strchr(copy, '\t');
	n = name != NULL ? strchr(name + 1, '\t') : NULL;
	if (n != NULL) {
		*name = *n = '\0';
		m->call = copy;
		m->name = name + 1;
	}
	m->n = strtol(n != NULL ? n + 1 : copy, NULL, 10);
}

static void parse_fault(const char *text)
{
	static const struct {
		const char *name;
		int error;
		unsigned class;
	} kinds[] = {
		{ "ENOSPC", ENOSPC, SPACE }, { "EDQUOT", EDQUOT, SPACE },
		{ "EIO", EIO, SPACE | SYNC | CHANGE }, { "SHORT", 0, WRITE },
		{ "SYNC", EIO, SYNC },
	};
	const char *colon = text != NULL ? strchr(text, ':') : NULL;

	for (size_t i = 0; colon != NULL && i < 5; i++)
		if (strncmp(text, kinds[i].name,
		    (size_t)(colon - text)) == 0) {
			fault_errno = kinds[i].error;
			fault_class = kinds[i].class;
			fault_at = strtol(colon + 1, NULL, 10);
			fault_stays = text[strlen(text) - 1] == '+';
		}
}

__attribute__((constructor)) static void begin(void)
{
	const char *log = getenv("SHIM_LOG"), *step = getenv("SHIM_STEP");

	if (strcmp(program_invocation_short_name, "likesync") != 0)
		return;
	agent = getpid();
	parse_moment(getenv("SHIM_KILL"), &kill_at);
	parse_moment(getenv("SHIM_HALF"), &half_at);
	wall_offset = number_of("SHIM_WALL");
	boot_offset = number_of("SHIM_BOOT");
	fast = number_of("SHIM_FAST");
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &began);
	parse_fault(getenv("SHIM_FAULT"));
	readonly = getenv("SHIM_READONLY");
	rival = getenv("SHIM_RIVAL");
	if (step != NULL && strchr(step, ':') != NULL) {
		step_offset = strtol(step, NULL, 10);
		step_at = strtol(strchr(step, ':') + 1, NULL, 10);
	}
	if (log != NULL)
		log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY |
		    O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* ---- what is counted ---- */

static void path_of(int fd, char path[PATH_MAX])
{
	char proc[64];
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlink, proc, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
}

/* A name in a folder, as an absolute path where the folder tells its own. */
static void path_at(int dir, const char *name, char path[PATH_MAX])
{
	size_t n;

	path[0] = '\0';
	if (dir != AT_FDCWD && name[0] != '/') {
		path_of(dir, path);
		n = strlen(path);
		snprintf(path + n, PATH_MAX - n, "/");
	}
	n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "%s", name);
}

static bool is_counted(int fd)
{
	struct stat st;
	char path[PATH_MAX];

	if (agent == 0 || getpid() != agent || fstat(fd, &st) != 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return false;
	path_of(fd, path);
	return strncmp(path, "/memfd:", 7) != 0 &&
	    strncmp(path, "/dev/", 5) != 0;
}

static ino_t inode_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ?
	    st.st_ino : 0;
}

static void tell(long n, const char *call, ino_t inode, const char *path,
    const char *second)
{
	char line[LINE_MAX_LEN];
	int len = snprintf(line, sizeof(line), "%ld\t%s\t%lu\t%s\t%s\n", n,
	    call, (unsigned long)inode, path, second);

	if (log_fd >= 0)
		syscall(SYS_write, log_fd, line, (size_t)len);
}

static void die(void)
{
	for (;;)
		kill(agent, SIGKILL);
}

/* The call's number; to be taken before it is made. */
static long take_number(void)
{
	return atomic_fetch_add(&counted, 1) + 1;
}

/* How long the part at path is that differs from run to run; begin: the whole
 * path's. */
static size_t random_len(const char *path, const char *begin)
{
	static const char *const before[] = { ".likesync-", "/get-" };
	size_t hex = strspn(path, "0123456789abcdef"), letters = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(before[i]);

		if ((size_t)(path - begin) >= n &&
		    strncmp(path - n, before[i], n) == 0)
			letters = strspn(path, "0123456789"
			    "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	}
	return letters > 0 ? letters : hex >= 6 ? hex :
	    strspn(path, "0123456789");
}

static void name_of(const char *path, char name[PATH_MAX])
{
	const char *begin = path;
	size_t n = 0;

	while (*path != '\0' && n + 1 < PATH_MAX) {
		size_t skip = random_len(path, begin);

		name[n++] = skip > 0 ? '#' : *path;
		path += skip > 0 ? skip : 1;
	}
	name[n] = '\0';
}

/* Is this the call, the nth of all? */
static bool is_moment(struct moment *m, long n, const char *call,
    const char *path)
{
	char name[PATH_MAX];

	if (m->n == 0 || m->call == NULL)
		return m->n != 0 && n == m->n;
	if (strcmp(call, m->call) != 0)
		return false;
	name_of(path, name);
	return strcmp(name, m->name) == 0 &&
	    atomic_fetch_add(&m->met, 1) + 1 == m->n;
}

static void done(long n, const char *call, const char *path)
{
	if (is_moment(&kill_at, n, call, path))
		die();
}

/* Is this call to fail? errno says how; SHORT has none. */
static bool fails(unsigned class)
{
	long n;

	if (fault_at == 0 || (class & fault_class) == 0)
		return false;
	n = atomic_fetch_add(&faults_met, 1) + 1;
	if (n != fault_at && !(fault_stays && n > fault_at))
		return false;
	errno = fault_errno;
	return true;
}

/* Likewise a change of what the name stands for. */
static bool name_fails(unsigned class, int dir, const char *name)
{
	char path[PATH_MAX];

	path_at(dir, name, path);
	if (readonly != NULL &&
	    strncmp(path, readonly, strlen(readonly)) == 0) {
		errno = EROFS;
		return true;
	}
	return fails(class);
}

/* ---- calls that write to a descriptor ---- */

static ssize_t write_counted(int fd, const char *call, size_t len,
    ssize_t (*put)(void *, size_t), void *ctx)
{
	long n = take_number();
	char path[PATH_MAX];
	struct stat st;
	ssize_t written;
	bool half;
	int error;

	path_of(fd, path);
	half = is_moment(&half_at, n, call, path);
	if (fails(SPACE | WRITE)) {
		if (fault_errno != 0)
			return -1;
		len = (len + 1) / 2;
	}
	written = put(ctx, half ? (len + 1) / 2 : len);
	error = errno;
	fstat(fd, &st);
	tell(n, call, st.st_ino, path, "");
	if (half)
		die();
	done(n, call, path);
	errno = error;
	return written;
}

struct flat { int fd; const void *data; off_t at; };

static ssize_t put_write(void *ctx, size_t len)
{
	struct flat *f = ctx;

	return syscall(SYS_write, f->fd, f->data, len);
}

ssize_t write(int fd, const void *data, size_t len)
{
	struct flat f = { fd, data, 0 };

	return is_counted(fd) ? write_counted(fd, "write", len, put_write,
	    &f) : syscall(SYS_write, fd, data, len);
}

static ssize_t put_pwrite(void *ctx, size_t len)
{
	struct flat *f = ctx;

	return syscall(SYS_pwrite64, f->fd, f->data, len, f->at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	struct flat f = { fd, data, at };

	return is_counted(fd) ? write_counted(fd, "pwrite", len, put_pwrite,
	    &f) : syscall(SYS_pwrite64, fd, data, len, at);
}

struct vector { int fd; const struct iovec *v; int count; };

/* Whole blocks only: fewer of them is what a short one means here. */
static ssize_t put_writev(void *ctx, size_t count)
{
	struct vector *v = ctx;

	return syscall(SYS_writev, v->fd, v->v, count);
}

ssize_t writev(int fd, const struct iovec *v, int count)
{
	struct vector x = { fd, v, count };

	return is_counted(fd) ? write_counted(fd, "writev", (size_t)count,
	    put_writev, &x) : syscall(SYS_writev, fd, v, count);
}

struct copy { int in, out; off_t *in_at, *out_at; unsigned flags; };

static ssize_t put_copy(void *ctx, size_t len)
{
	struct copy *c = ctx;

	return syscall(SYS_copy_file_range, c->in, c->in_at, c->out,
	    c->out_at, len, c->flags);
}

ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at,
    size_t len, unsigned flags)
{
	struct copy c = { in, out, in_at, out_at, flags };

	return is_counted(out) ? write_counted(out, "copy_file_range", len,
	    put_copy, &c) : put_copy(&c, len);
}

/* ---- calls that change a descriptor's file otherwise ---- */

static int fd_counted(int fd, const char *call, long result)
{
	int error = errno;
	long n = take_number();
	char path[PATH_MAX];
	struct stat st;

	path_of(fd, path);
	fstat(fd, &st);
	if (result == 0)
		tell(n, call, st.st_ino, path, "");
	done(n, call, path);
	errno = error;
	return (int)result;
}

int ftruncate(int fd, off_t len)
{
	if (!is_counted(fd))
		return (int)syscall(SYS_ftruncate, fd, len);
	if (fails(CHANGE))
		return -1;
	return fd_counted(fd, "ftruncate", syscall(SYS_ftruncate, fd, len));
}

int fsync(int fd)
{
	if (!is_counted(fd))
		return (int)syscall(SYS_fsync, fd);
	if (fails(SYNC))
		return -1;
	return fd_counted(fd, "fsync", syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	if (!is_counted(fd))
		return (int)syscall(SYS_fdatasync, fd);
	if (fails(SYNC))
		return -1;
	return fd_counted(fd, "fsync", syscall(SYS_fdatasync, fd));
}

/* ---- calls by name ---- */

static int name_counted(const char *call, int dir, const char *name, int to,
    const char *second, ino_t inode, long result)
{
	int error = errno;
	long n;
	char path[PATH_MAX], other[PATH_MAX] = "";

	if (result != 0)
		return (int)result;
	n = take_number();
	path_at(dir, name, path);
	if (second != NULL)
		path_at(to, second, other);
	tell(n, call, inode, path, other);
	done(n, call, path);
	errno = error;
	return 0;
}

static bool in_agent(void)
{
	return agent != 0 && getpid() == agent;
}

static void let_rival_go_first(int dir, const char *name)
{
	char path[PATH_MAX], from[PATH_MAX];

	if (rival == NULL)
		return;
	path_at(dir, name, path);
	snprintf(from, sizeof(from), "%s.rival", rival);
	if (strcmp(path, rival) == 0)
		syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, rival, 0);
}

int renameat2(int dir, const char *from, int to, const char *name,
    unsigned flags)
{
	ino_t inode = inode_of(dir, from);

	if (!in_agent())
		return (int)syscall(SYS_renameat2, dir, from, to, name, flags);
	let_rival_go_first(dir, from);
	if (name_fails(CHANGE | SPACE, to, name))
		return -1;
	return name_counted(flags & RENAME_EXCHANGE ? "exchange" : "rename",
	    dir, from, to, name, inode,
	    syscall(SYS_renameat2, dir, from, to, name, flags));
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int dir, const char *from, int to, const char *name, int flags)
{
	struct stat st = { .st_ino = 0 };

	if (!in_agent())
		return (int)syscall(SYS_linkat, dir, from, to, name, flags);
	if (name_fails(CHANGE | SPACE, to, name))
		return -1;
	fstatat(dir, from, &st, flags & AT_SYMLINK_FOLLOW ? 0 :
	    AT_SYMLINK_NOFOLLOW);
	return name_counted("link", dir, from, to, name, st.st_ino,
	    syscall(SYS_linkat, dir, from, to, name, flags));
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int dir, const char *name, int flags)
{
	if (!in_agent())
		return (int)syscall(SYS_unlinkat, dir, name, flags);
	let_rival_go_first(dir, name);
	if (name_fails(CHANGE, dir, name))
		return -1;
	return name_counted("unlink", dir, name, 0, NULL, 0,
	    syscall(SYS_unlinkat, dir, name, flags));
}

int unlink(const char *name)
{
	return unlinkat(AT_FDCWD, name, 0);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	if (!in_agent())
		return (int)syscall(SYS_mkdirat, dir, name, mode);
	if (name_fails(CHANGE | SPACE, dir, name))
		return -1;
	return name_counted("mkdir", dir, name, 0, NULL, 0,
	    syscall(SYS_mkdirat, dir, name, mode));
}

int mkdir(const char *name, mode_t mode)
{
	return mkdirat(AT_FDCWD, name, mode);
}

/* Does an open so make a file, or empty one? */
static bool makes(int dir, const char *name, int flags)
{
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return true;
	return (flags & O_TRUNC) != 0 ||
	    ((flags & O_CREAT) != 0 && inode_of(dir, name) == 0);
}

static int open_counted(int dir, const char *name, int flags, mode_t mode)
{
	const char *boot_id = getenv("SHIM_BOOT_ID");
	bool made;
	int fd;

	if (!in_agent())
		return (int)syscall(SYS_openat, dir, name, flags, mode);
	if (boot_id != NULL && strcmp(name, BOOT_ID) == 0)
		name = boot_id;
	made = makes(dir, name, flags);
	if ((made || (flags & O_ACCMODE) != O_RDONLY) &&
	    name_fails(made ? CHANGE | SPACE : 0, dir, name))
		return -1;
	fd = (int)syscall(SYS_openat, dir, name, flags, mode);
	if (fd >= 0 && made && is_counted(fd))
		fd_counted(fd, "create", 0);
	return fd;
}

#define MODE_OF(flags) __extension__ ({ \
	mode_t m = 0; \
	if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) { \
		va_list ap; \
		va_start(ap, flags); \
		m = va_arg(ap, mode_t); \
		va_end(ap); \
	} \
	m; })

int open(const char *name, int flags, ...)
{
	return open_counted(AT_FDCWD, name, flags, MODE_OF(flags));
}

int openat(int dir, const char *name, int flags, ...)
{
	return open_counted(dir, name, flags, MODE_OF(flags));
}

/* ---- what must not come before something is durable ---- */

/* A request; what is sent to the worker goes by sendmsg. */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	if (in_agent())
		tell(0, "send", 0, "", "");
	return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
}

/* ---- time ---- */

static void hasten(struct timespec *now)
{
	long ns = (now->tv_sec - began.tv_sec) * 1000000000L +
	    now->tv_nsec - began.tv_nsec;

	ns = ns * fast + began.tv_nsec;
	now->tv_sec = began.tv_sec + ns / 1000000000L;
	now->tv_nsec = ns % 1000000000L;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int failed = (int)syscall(SYS_clock_gettime, id, now);

	if (!in_agent())
		return failed;
	if (id == CLOCK_REALTIME) {
		now->tv_sec += wall_offset;
		if (step_at > 0 && atomic_load(&counted) >= step_at)
			now->tv_sec += step_offset;
	} else if (id == CLOCK_BOOTTIME) {
		now->tv_sec += boot_offset;
	} else if (id == CLOCK_MONOTONIC && fast > 0) {
		hasten(now);
	}
	return failed;
}
