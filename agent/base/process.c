/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/process.h"
#include "base/stop.h"
#include "base/supervise.h"

/* From SIGTERM to SIGKILL: time enough to remove a temporary file. */
#define GRACE_MS 3000
/* How often the exit is looked for on kernels without pidfd_open. */
#define NO_PIDFD_MS 50
/* More than a pipe can hold when the leader has gone: another process that goes
 * on writing must not keep us reading. */
#define DRAIN_MAX (1024 * 1024)

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

enum pipe_end { READ_END, WRITE_END };

/* What the child reports if the program is not started. */
struct start_failure {
	int errnum;
	char step[28];
};

/* Everything that the child needs, made before the fork: between fork and exec
 * only async-signal-safe calls are allowed, so nothing is allocated there. */
struct launch {
	const struct process *p;
	char *program;
	char **env;
	int input;		/* for stdin */
	int out[2], err[2];
	int report[2];		/* close-on-exec: end of file means started */
	pid_t parent;
};

enum phase { RUNNING, TERMINATING, KILLED };

/* A started program, as its parent watches it. */
struct child {
	const struct process *p;
	struct process_result *r;
	pid_t pid;		/* also its process group */
	int pidfd;		/* -1 where the kernel has none */
	int out, err, report;	/* our ends; -1 when closed */
	bool unwanted;		/* talk->output wants no more */
	enum phase phase;
	int64_t next_phase_at;	/* clock_mono_ms; INT64_MAX: never */
	struct start_failure failure;	/* .errnum 0: it was started */
};

/*
 * The child, between fork and exec.
 */

static _Noreturn void give_up(const struct launch *l, const char *step)
{
	struct start_failure f = { .errnum = errno };
	ssize_t n;

	strncpy(f.step, step, sizeof(f.step) - 1);
	do
		n = write(l->report[WRITE_END], &f, sizeof(f));
	while (n < 0 && errno == EINTR);
	_exit(127);
}

/* Ends with the thread that waits for it. If the parent went before the call,
 * no signal will come: then the parent has changed already. */
static void tie_to_parent(const struct launch *l)
{
	if (prctl(PR_SET_PDEATHSIG, l->p->supervised ? SUPERVISE_KILL :
	    SIGKILL) != 0)
		give_up(l, "prctl");
	if (getppid() != l->parent)
		_exit(127);
}

/* Ignored signals and the mask outlive exec: the program gets neither. */
static void reset_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		sigaction(signo, &sa, NULL); /* fails for KILL and STOP: fine */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0 in wanted leaves the limit alone. A hard limit that is lower already
 * stays: only root could raise it. */
static void limit(const struct launch *l, __rlimit_resource_t what,
    uint64_t wanted, const char *step)
{
	struct rlimit lim;

	if (wanted == 0)
		return;
	if (getrlimit(what, &lim) != 0)
		give_up(l, step);
	if (lim.rlim_max > wanted)
		lim.rlim_max = wanted;
	lim.rlim_cur = lim.rlim_max;
	if (setrlimit(what, &lim) != 0)
		give_up(l, step);
}

/* Every descriptor from 3 on closes at exec, not now: the report pipe is one
 * of them and must live until then. */
static void close_the_rest(void)
{
	struct rlimit lim;
	int end = 65536;

	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < INT_MAX)
		end = (int)lim.rlim_cur;
	for (int fd = 3; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static _Noreturn void become_program(const struct launch *l)
{
	const char *folder = l->p->folder != NULL ? l->p->folder : "/";
	const struct rlimit none = { 0, 0 };

	setpgid(0, 0);
	tie_to_parent(l);
	if (l->p->supervised && supervise() != 0)
		give_up(l, "supervisor");
	reset_signals();
	/* None of the sources is 0, 1 or 2 (see above_standard), so that no
	 * dup2 overwrites what a later one needs. Copies outlive exec. */
	if (dup2(l->input, STDIN_FILENO) < 0 ||
	    dup2(l->out[WRITE_END], STDOUT_FILENO) < 0 ||
	    dup2(l->err[WRITE_END], STDERR_FILENO) < 0)
		give_up(l, "dup2");
	if (chdir(folder) != 0)
		give_up(l, "chdir");
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		give_up(l, "limit of core files");
	limit(l, RLIMIT_FSIZE, l->p->max_file_size, "limit of file size");
	limit(l, RLIMIT_DATA, l->p->max_memory, "limit of memory");
	limit(l, RLIMIT_CPU, l->p->max_cpu_s, "limit of CPU time");
	limit(l, RLIMIT_NPROC, l->p->max_tasks, "limit of processes");
	if (l->p->sandbox != NULL && landlock_enter(l->p->sandbox) != 0)
		give_up(l, "sandbox");
	close_the_rest();
	/* execve's prototype is older than const. */
	execve(l->program, (char *const *)(uintptr_t)l->p->argv, l->env);
	give_up(l, "");
}

/*
 * The parent: getting ready.
 */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A parent that was itself started without stdin, stdout or stderr gets these
 * numbers for its pipes; they would collide with the child's own. */
static int above_standard(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

static int open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0) {
		ends[READ_END] = ends[WRITE_END] = -1;
		return -1;
	}
	ends[READ_END] = above_standard(ends[READ_END]);
	ends[WRITE_END] = above_standard(ends[WRITE_END]);
	return ends[READ_END] < 0 || ends[WRITE_END] < 0 ? -1 : 0;
}

/* The input lies ready in memory as a file: a program that never reads it can
 * not block us, and one that ends early can not raise SIGPIPE here. */
static int open_input(const struct process *p)
{
	int fd;

	if (p->talk != NULL)
		return fcntl(p->talk->input, F_DUPFD_CLOEXEC,
		    STDERR_FILENO + 1);
	if (p->input == NULL)
		return above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
	fd = above_standard(memfd_create("input", MFD_CLOEXEC));
	if (fd < 0)
		return -1;
	if (file_write_all(fd, p->input, p->input_len) != 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		close_fd(&fd);
	return fd;
}

static int open_all(struct launch *l)
{
	l->input = open_input(l->p);
	if (l->input < 0 || open_pipe(l->out) != 0 || open_pipe(l->err) != 0 ||
	    open_pipe(l->report) != 0)
		return -1;
	/* Ours never block; the program's ends are as it expects them. */
	if (fcntl(l->out[READ_END], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(l->err[READ_END], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(l->report[READ_END], F_SETFL, O_NONBLOCK) != 0)
		return -1;
	return 0;
}

static char **make_env(const struct process *p)
{
	const char *path = getenv("PATH");
	const char *home = getenv("HOME");
	size_t n = 0;
	char **env;

	while (p->env != NULL && p->env[n] != NULL)
		n++;
	env = xcalloc(n + 4, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		env[i] = xstrdup(p->env[i]);
	if (p->env != NULL)
		return env;
	env[n++] = xasprintf("PATH=%s", path != NULL ? path : DEFAULT_PATH);
	env[n++] = xstrdup("LANG=C.UTF-8");
	if (home != NULL)
		env[n++] = xasprintf("HOME=%s", home);
	return env;
}

static void launch_free(struct launch *l)
{
	for (size_t i = 0; l->env != NULL && l->env[i] != NULL; i++)
		free(l->env[i]);
	free(l->env);
	free(l->program);
	close_fd(&l->input);
	for (int end = READ_END; end <= WRITE_END; end++) {
		close_fd(&l->out[end]);
		close_fd(&l->err[end]);
		close_fd(&l->report[end]);
	}
}

/* With all signals blocked, so that no handler of ours runs in the child while
 * it still shares our stop flag's pipe. */
static pid_t fork_program(const struct launch *l)
{
	sigset_t all, before;
	pid_t pid;
	int errnum;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_program(l);
	errnum = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = errnum;
	return pid;
}

/* Hands l's reading ends over to the child that it becomes. */
static int start(struct launch *l, struct child *c)
{
	/* Ignored by whoever started us, it would have the kernel reap the
	 * child, and how it ended would be lost. */
	signal(SIGCHLD, SIG_DFL);
	l->parent = getpid();
	c->pid = fork_program(l);
	if (c->pid < 0)
		return -1;
	/* The child does the same: whoever is first, the group exists before
	 * it is signalled and before the program runs. */
	setpgid(c->pid, c->pid);
	c->pidfd = pidfd_open(c->pid, 0);
	c->out = l->out[READ_END];
	c->err = l->err[READ_END];
	c->report = l->report[READ_END];
	l->out[READ_END] = l->err[READ_END] = l->report[READ_END] = -1;
	close_fd(&l->out[WRITE_END]);
	close_fd(&l->err[WRITE_END]);
	close_fd(&l->report[WRITE_END]);
	return 0;
}

/*
 * The parent: watching.
 */

static void take_output(struct child *c, struct buf *into, const char *data,
    size_t len)
{
	const struct process_talk *talk = c->p->talk;

	if (talk != NULL && into == &c->r->out)
		c->unwanted = c->unwanted || !talk->output(talk->ctx, data, len);
	else if (!buf_append_limited(into, data, len, c->p->max_output))
		c->r->truncated = true;
}

/* Reads once what is there; closes at its end. Returns the bytes read. */
static size_t read_output(struct child *c, int *fd, struct buf *into)
{
	char chunk[16384];
	ssize_t n;

	if (*fd < 0)
		return 0;
	n = read(*fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		close_fd(fd);
		return 0;
	}
	take_output(c, into, chunk, (size_t)n);
	return (size_t)n;
}

static void drain(struct child *c, int *fd, struct buf *into)
{
	size_t total = 0, n;

	while (total < DRAIN_MAX && (n = read_output(c, fd, into)) > 0)
		total += n;
	close_fd(fd);
}

/* The report is smaller than PIPE_BUF: it comes whole or not at all. */
static void read_report(struct child *c)
{
	struct start_failure f;
	ssize_t n;

	if (c->report < 0)
		return;
	n = read(c->report, &f, sizeof(f));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == (ssize_t)sizeof(f))
		c->failure = f;
	close_fd(&c->report);
}

/* Looks without reaping: as long as the leader is a zombie its number is not
 * given to another process, and the group can be signalled safely. */
static bool has_exited(const struct child *c)
{
	siginfo_t si = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT) != 0)
		return errno == ECHILD;
	return si.si_pid == c->pid;
}

/* SIGTERM first, SIGKILL after the grace. A program that was suspended (^Z,
 * SIGTTOU) has to continue to receive it. */
static void end_softly(struct child *c)
{
	kill(-c->pid, SIGTERM);
	kill(-c->pid, SIGCONT);
	c->phase = TERMINATING;
	c->next_phase_at = clock_mono_ms() + GRACE_MS;
}

static void advance_phase(struct child *c)
{
	bool due = clock_mono_ms() >= c->next_phase_at;

	if (c->phase == RUNNING && !c->p->ignore_stop && stop_requested()) {
		c->r->stopped = true;
		end_softly(c);
	} else if (c->phase == RUNNING && due) {
		c->r->timed_out = true;
		end_softly(c);
	} else if (c->phase == RUNNING && c->unwanted) {
		end_softly(c);
	} else if (c->phase == TERMINATING && due) {
		if (c->p->supervised)
			kill(c->pid, SUPERVISE_KILL);
		else
			kill(-c->pid, SIGKILL);
		c->phase = KILLED;
		c->next_phase_at = INT64_MAX;
	}
}

static bool ends_on_stop(const struct child *c)
{
	return c->phase == RUNNING && !c->p->ignore_stop;
}

/* Milliseconds until something is due even if no descriptor is ready. */
static int poll_timeout(const struct child *c)
{
	int64_t left = INT_MAX;

	if (c->next_phase_at != INT64_MAX)
		left = c->next_phase_at - clock_mono_ms();
	if (c->pidfd < 0 && left > NO_PIDFD_MS)
		left = NO_PIDFD_MS;
	if (left < 0)
		left = 0;
	if (left > INT_MAX)
		left = INT_MAX;
	return ends_on_stop(c) ? stop_remaining_ms((int)left) : (int)left;
}

/* The leader's exit ends it, not the end of its output: a grandchild that
 * keeps the pipes open would hold us for ever. */
static void watch(struct child *c)
{
	while (!has_exited(c)) {
		struct pollfd fds[] = {
			{ .fd = c->pidfd, .events = POLLIN },
			{ .fd = c->out, .events = POLLIN },
			{ .fd = c->err, .events = POLLIN },
			{ .fd = c->report, .events = POLLIN },
			/* It stays readable: only as long as it is news. */
			{ .fd = ends_on_stop(c) ? stop_fd() : -1,
			    .events = POLLIN },
			{ .fd = c->p->talk != NULL && !c->unwanted ?
			    c->p->talk->end : -1, .events = POLLIN },
		};

		if (poll(fds, sizeof(fds) / sizeof(fds[0]),
		    poll_timeout(c)) > 0) {
			read_output(c, &c->out, &c->r->out);
			read_output(c, &c->err, &c->r->err);
			read_report(c);
			c->unwanted |= fds[5].revents != 0;
		}
		advance_phase(c);
	}
}

static void reap(struct child *c)
{
	int status = 0;
	pid_t pid;

	kill(-c->pid, SIGKILL);
	do
		pid = waitpid(c->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid == c->pid && WIFEXITED(status))
		c->r->exit_code = WEXITSTATUS(status);
	else if (pid == c->pid && WIFSIGNALED(status))
		c->r->signal = WTERMSIG(status);
	drain(c, &c->out, &c->r->out);
	drain(c, &c->err, &c->r->err);
	read_report(c);
	/* stdout is data for the caller and stays as it is. */
	secret_hide_buf(&c->r->err, c->r->truncated);
	close_fd(&c->report);
	close_fd(&c->pidfd);
}

/* What a person can do about a program that the kernel does not start. */
static const char *start_advice(int errnum)
{
	switch (errnum) {
	case ENOENT:
		return ": the interpreter that its first line names is "
		    "missing; install that, or reinstall the program";
	case EACCES:
		return "; let this user execute it, and read its folder";
	case ENOEXEC:
		return "; install the program for this machine, or begin the "
		    "script with #! and its interpreter";
	default:
		return "";
	}
}

static enum outcome cant_start(const char *program, const char *step,
    int errnum, struct error *error)
{
	return error_set(error, ITEM_FAILED, "%s: cannot be started: %s%s%s%s",
	    program, step, step[0] != '\0' ? ": " : "", strerror(errnum),
	    step[0] != '\0' ? "" : start_advice(errnum));
}

static enum outcome run_to_end(struct launch *l, struct process_result *r,
    struct error *error)
{
	struct child c = { .p = l->p, .r = r, .next_phase_at = INT64_MAX };

	if (l->p->timeout_ms > 0)
		c.next_phase_at = clock_mono_ms() + l->p->timeout_ms;
	if (start(l, &c) != 0)
		return cant_start(l->program, "fork", errno, error);
	watch(&c);
	reap(&c);
	if (c.failure.errnum != 0)
		return cant_start(l->program, c.failure.step,
		    c.failure.errnum, error);
	return DONE;
}

enum outcome process_run(const struct process *p, struct process_result *r,
    struct error *error)
{
	struct launch l = {
		.p = p, .input = -1, .out = { -1, -1 }, .err = { -1, -1 },
		.report = { -1, -1 },
	};
	enum outcome o;

	*r = (struct process_result){ .exit_code = -1 };
	if (!p->ignore_stop && stop_requested()) {
		r->stopped = true;
		return DONE;
	}
	l.program = process_find(p->argv[0]);
	if (l.program == NULL)
		return error_set(error, ITEM_FAILED, errno == EACCES ?
		    "%s: not executable: chmod +x it" :
		    "%s: not found: install it, or give its full path",
		    p->argv[0]);
	l.env = make_env(p);
	if (open_all(&l) == 0)
		o = run_to_end(&l, r, error);
	else
		o = cant_start(l.program, "pipes", errno, error);
	launch_free(&l);
	return o;
}

static _Noreturn void leave_us(const char *const *argv,
    const char *const *env)
{
	int null = open("/dev/null", O_RDWR);

	if (setsid() < 0 || fork() != 0)
		_exit(0);
	reset_signals();
	if (null >= 0 && chdir("/") == 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0) {
		close_the_rest();
		execve(argv[0], (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)env);
	}
	_exit(127);
}

/* The child between the two ends at once: the program's parent is init. */
int process_detach(const char *const *argv, const char *const *env)
{
	pid_t pid = fork();

	if (pid == 0)
		leave_us(argv, env);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return pid < 0 ? -1 : 0;
}

void process_result_free(struct process_result *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}

/* Sets errno to EACCES for a file that is not executable; else leaves it. */
static bool is_program(const char *path)
{
	int errnum = errno;
	struct stat st;
	bool is_file = stat(path, &st) == 0 && S_ISREG(st.st_mode);

	if (is_file && access(path, X_OK) == 0)
		return true;
	errno = is_file ? EACCES : errnum;
	return false;
}

/* The program starts in another folder than ours. Symbolic links stay: some
 * programs look at the name that they were called by. */
static char *absolute(const char *path)
{
	char *here, *full;

	if (path[0] == '/')
		return xstrdup(path);
	here = getcwd(NULL, 0);
	full = here != NULL ? path_join(here, path) : NULL;
	free(here);
	return full;
}

char *process_find_beside(const char *const *places)
{
	char self[PATH_MAX], *folder, *found = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return NULL;
	self[n] = '\0';
	folder = path_dir(self);
	for (; found == NULL && *places != NULL; places++) {
		found = path_join(folder, *places);
		if (!is_program(found))
			str_replace(&found, NULL);
	}
	free(folder);
	return found;
}

/* Relative folders in the PATH are passed over, the empty one too: what runs
 * must not depend on where we were started. */
char *process_find(const char *name)
{
	const char *path = getenv("PATH");
	const char *end;

	errno = ENOENT;
	if (strchr(name, '/') != NULL)
		return is_program(name) ? absolute(name) : NULL;
	if (name[0] == '\0')
		return NULL;
	if (path == NULL)
		path = DEFAULT_PATH;
	for (; *path != '\0'; path = *end == ':' ? end + 1 : end) {
		char *full;

		end = path + strcspn(path, ":");
		if (*path != '/')
			continue;
		full = xasprintf("%.*s/%s", (int)(end - path), path, name);
		if (is_program(full))
			return full;
		free(full);
	}
	return NULL;
}

/* A carriage return starts a line as well: progress is drawn with it. */
char *process_last_line(const struct buf *text)
{
	const char *data = buf_str(text);
	size_t end = text->len, begin;

	while (end > 0 && strchr("\r\n\t ", data[end - 1]) != NULL &&
	    data[end - 1] != '\0')
		end--;
	begin = end;
	while (begin > 0 && data[begin - 1] != '\n' && data[begin - 1] != '\r')
		begin--;
	return xstrndup(data + begin, end - begin);
}
