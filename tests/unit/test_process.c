/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/stop.h"

/* Long enough to tell "killed" from "ran to its end" on a slow machine. */
#define FOREVER "600"
#define SOON_MS 60000

static enum outcome run(struct process p, struct process_result *r,
    struct error *error)
{
	if (p.max_output == 0)
		p.max_output = 1024 * 1024;
	return process_run(&p, r, error);
}

static enum outcome run_shell(const char *script, struct process p,
    struct process_result *r)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct error error = { .text = "" };
	enum outcome o;

	p.argv = argv;
	o = run(p, r, &error);
	assert_string_equal(error.text, "");
	return o;
}

#define OPTIONS(...) ((struct process){ __VA_ARGS__ })
#define PLAIN OPTIONS(.timeout_ms = SOON_MS)

/* Whether pid is gone or at least dead; waits for it, within reason. */
static bool dies(pid_t pid)
{
	int64_t until = clock_mono_ms() + SOON_MS;

	while (clock_mono_ms() < until) {
		char path[64], state = 'Z';
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "re");
		if (f == NULL)
			return true;
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 'Z';
		fclose(f);
		if (state == 'Z' || state == 'X')
			return true;
		sched_yield();
	}
	return false;
}

static void output_and_exit_code_come_back(void **state)
{
	struct process_result r;

	(void)state;
	assert_int_equal(run_shell("echo out; echo err >&2; exit 7", PLAIN, &r),
	    DONE);
	assert_string_equal(buf_str(&r.out), "out\n");
	assert_string_equal(buf_str(&r.err), "err\n");
	assert_int_equal(r.exit_code, 7);
	assert_int_equal(r.signal, 0);
	assert_false(r.timed_out || r.stopped || r.truncated);
	process_result_free(&r);
}

static void the_signal_that_ended_it_comes_back(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("kill -SEGV $$", PLAIN, &r);
	assert_int_equal(r.exit_code, -1);
	assert_int_equal(r.signal, SIGSEGV);
	process_result_free(&r);
}

static void input_arrives_whole_also_when_large(void **state)
{
	size_t len = 3 * 1024 * 1024;
	char *data = xmalloc(len);
	struct process_result r;

	(void)state;
	for (size_t i = 0; i < len; i++)
		data[i] = (char)(i * 31 % 251);
	run_shell("cat", OPTIONS(.input = data, .input_len = len,
	    .max_output = len, .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.exit_code, 0);
	assert_int_equal(r.out.len, len);
	assert_memory_equal(r.out.data, data, len);
	assert_false(r.truncated);
	process_result_free(&r);
	free(data);
}

static void a_program_that_ignores_its_input_does_no_harm(void **state)
{
	size_t len = 1024 * 1024;
	char *data = xcalloc(1, len);
	struct process_result r;

	(void)state;
	run_shell("exec <&-; exit 0", OPTIONS(.input = data, .input_len = len,
	    .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.exit_code, 0);
	process_result_free(&r);
	free(data);
}

static void without_input_stdin_is_at_its_end(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("readlink /proc/self/fd/0; cat", PLAIN, &r);
	assert_string_equal(buf_str(&r.out), "/dev/null\n");
	assert_int_equal(r.exit_code, 0);
	process_result_free(&r);
}

static void output_over_the_limit_is_thrown_away(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("head -c 1000000 /dev/zero; head -c 10 /dev/zero >&2; exit 3",
	    OPTIONS(.max_output = 1000, .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.out.len, 1000);
	assert_int_equal(r.err.len, 10);
	assert_true(r.truncated);
	assert_int_equal(r.exit_code, 3);
	process_result_free(&r);
}

static void output_up_to_the_limit_is_not_truncated(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("head -c 1000 /dev/zero",
	    OPTIONS(.max_output = 1000, .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.out.len, 1000);
	assert_false(r.truncated);
	process_result_free(&r);
}

static void a_program_that_is_not_there_is_a_failure_in_words(void **state)
{
	const char *argv[] = { "likesync-no-such-program", NULL };
	struct process_result r;
	struct error error;

	(void)state;
	assert_int_equal(run(OPTIONS(.argv = argv), &r, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "likesync-no-such-program: not found"));
	assert_int_equal(r.exit_code, -1);
	process_result_free(&r);
}

static void a_file_that_is_no_program_is_a_failure_in_words(void **state)
{
	char path[] = "/tmp/likesync-test-XXXXXX";
	const char *argv[] = { path, NULL };
	int fd = mkstemp(path);
	struct process_result r;
	struct error error;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "neither ELF nor #!", 18), 18);
	assert_int_equal(run(OPTIONS(.argv = argv), &r, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "not executable"));
	process_result_free(&r);

	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	assert_int_equal(run(OPTIONS(.argv = argv), &r, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, strerror(ENOEXEC)));
	assert_non_null(strstr(error.text, "install the program for this "
	    "machine"));
	process_result_free(&r);
	unlink(path);
}

static void a_missing_interpreter_is_named_as_what_to_install(void **state)
{
	static const char script[] = "#!/no/such/interpreter\n";
	char path[] = "/tmp/likesync-test-XXXXXX";
	const char *argv[] = { path, NULL };
	struct process_result r;
	struct error error;
	int fd;

	(void)state;
	/* It can't go on after an execve that fails. */
	if (getenv("UNDER_VALGRIND") != NULL)
		skip();
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, sizeof(script) - 1),
	    sizeof(script) - 1);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	assert_int_equal(run(OPTIONS(.argv = argv), &r, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "the interpreter that its first "
	    "line names is missing; install that"));
	process_result_free(&r);
	unlink(path);
}

static void a_folder_that_is_not_there_is_a_failure_in_words(void **state)
{
	const char *argv[] = { "true", NULL };
	struct process_result r;
	struct error error;

	(void)state;
	assert_int_equal(run(OPTIONS(.argv = argv, .folder = "/no/such"), &r,
	    &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "chdir"));
	assert_non_null(strstr(error.text, strerror(ENOENT)));
	process_result_free(&r);
}

static void it_starts_in_the_root_or_the_folder_asked_for(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("pwd", PLAIN, &r);
	assert_string_equal(buf_str(&r.out), "/\n");
	process_result_free(&r);
	run_shell("pwd", OPTIONS(.folder = "/usr", .timeout_ms = SOON_MS), &r);
	assert_string_equal(buf_str(&r.out), "/usr\n");
	process_result_free(&r);
}

static void the_environment_is_small_unless_given(void **state)
{
	const char *env[] = { "A=1", "PATH=/usr/bin:/bin", NULL };
	const char *argv[] = { "env", NULL };
	struct process_result r;

	(void)state;
	setenv("LIKESYNC_SECRET", "hush", 1);
	run(OPTIONS(.argv = argv), &r, NULL);
	assert_null(strstr(buf_str(&r.out), "hush"));
	assert_non_null(strstr(buf_str(&r.out), "PATH="));
	assert_non_null(strstr(buf_str(&r.out), "LANG=C.UTF-8\n"));
	process_result_free(&r);
	run(OPTIONS(.argv = argv, .env = env), &r, NULL);
	assert_string_equal(buf_str(&r.out), "A=1\nPATH=/usr/bin:/bin\n");
	process_result_free(&r);
	unsetenv("LIKESYNC_SECRET");
}

static void no_descriptor_but_the_standard_ones_is_inherited(void **state)
{
	int leaky = open("/dev/null", O_RDONLY); /* not close-on-exec */
	int high = fcntl(leaky, F_DUPFD, 100);
	struct process_result r;

	(void)state;
	assert_true(leaky >= 0 && high >= 100);
	/* The shell's own glob opens one more: ls would, too. */
	run_shell("for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 100; do "
	    "test -e /proc/$$/fd/$n && echo $n; done; exit 0", PLAIN, &r);
	assert_string_equal(buf_str(&r.out), "");
	process_result_free(&r);
	close(high);
	close(leaky);
}

static void signals_are_as_a_program_expects_them(void **state)
{
	/* 32 and 33 are the C library's own; nobody else may set them. */
	const unsigned long long own = 3ull << 31;
	unsigned long long blocked = 1, ignored = 1;
	sigset_t set, before;
	struct process_result r;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&set);
	pthread_sigmask(SIG_SETMASK, &set, &before);
	run_shell("grep -E 'Sig(Blk|Ign)' /proc/self/status", PLAIN, &r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sscanf(buf_str(&r.out), "SigBlk: %llx SigIgn: %llx",
	    &blocked, &ignored), 2);
	assert_true(blocked == 0);
	assert_true((ignored & ~own) == 0);
	process_result_free(&r);
}

/* valgrind keeps the limit of memory to itself and gives a program none. */
static void needs_memory_limits(void)
{
	if (getenv("UNDER_VALGRIND") != NULL)
		skip();
}

static void limits_reach_the_program(void **state)
{
	struct process_result r;

	(void)state;
	needs_memory_limits();
	run_shell("ulimit -c; ulimit -t; ulimit -d; ulimit -f; "
	    "grep -o '^Max processes *[0-9]*' /proc/self/limits",
	    OPTIONS(.max_cpu_s = 77, .max_memory = 512UL * 1024 * 1024,
	    .max_file_size = 4096, .max_tasks = 600,
	    .timeout_ms = SOON_MS), &r);
	assert_string_equal(buf_str(&r.out), "0\n77\n524288\n8\n"
	    "Max processes             600\n");
	process_result_free(&r);
}

static void memory_ends_where_it_was_said_to(void **state)
{
	const struct process limited = { .timeout_ms = SOON_MS,
		.max_memory = 256UL * 1024 * 1024 };
	struct process_result r;

	(void)state;
	needs_memory_limits();
	run_shell("dd if=/dev/zero of=/dev/null bs=100M count=1", limited, &r);
	assert_int_equal(r.exit_code, 0);
	process_result_free(&r);
	run_shell("dd if=/dev/zero of=/dev/null bs=300M count=1", limited, &r);
	assert_int_not_equal(r.exit_code, 0);
	process_result_free(&r);
}

static void a_file_over_the_limit_ends_the_program(void **state)
{
	char path[] = "/tmp/likesync-test-XXXXXX";
	char *script;
	struct process_result r;
	struct stat st;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	script = xasprintf("exec head -c 100000 /dev/zero > %s", path);
	run_shell(script, OPTIONS(.max_file_size = 4096,
	    .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.signal, SIGXFSZ);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size <= 4096);
	process_result_free(&r);
	free(script);
	close(fd);
	unlink(path);
}

static void a_timeout_asks_it_to_end(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("echo begun; exec sleep " FOREVER,
	    OPTIONS(.timeout_ms = 200), &r);
	assert_true(r.timed_out);
	assert_false(r.stopped);
	assert_int_equal(r.signal, SIGTERM);
	assert_string_equal(buf_str(&r.out), "begun\n");
	process_result_free(&r);
}

static void what_will_not_end_is_killed_after_a_grace(void **state)
{
	struct process_result r;
	int64_t begin = clock_mono_ms();

	(void)state;
	run_shell("trap '' TERM; while :; do sleep 1; done",
	    OPTIONS(.timeout_ms = 200), &r);
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGKILL);
	assert_true(clock_mono_ms() - begin >= 3000);
	process_result_free(&r);
}

static void a_stopped_program_meets_its_timeout_too(void **state)
{
	struct process_result r;

	(void)state;
	run_shell("kill -STOP $$", OPTIONS(.timeout_ms = 200), &r);
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGTERM);
	process_result_free(&r);
}

static void what_is_left_of_its_group_is_killed(void **state)
{
	struct process_result r;
	int64_t begin = clock_mono_ms();

	(void)state;
	/* The one in the background holds both pipes open. */
	run_shell("sleep " FOREVER " & echo $!", PLAIN, &r);
	assert_int_equal(r.exit_code, 0);
	assert_true(clock_mono_ms() - begin < SOON_MS);
	assert_true(dies((pid_t)atoi(buf_str(&r.out))));
	process_result_free(&r);
}

/* The process whose id is in text. */
static pid_t pid_in(const char *text)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	assert_true(pid > 1);
	return pid;
}

/* Starts a process that leaves the session, and prints its id. The sixth field
 * of stat is the session. */
#define LEAVER "setsid sleep " FOREVER " & echo $!; sid=; " \
	"until [ \"$sid\" = $! ]; do " \
	"read -r _ _ _ _ _ sid _ < /proc/$!/stat; done; "
#define SUPERVISED .supervised = true

static void a_grandchild_that_left_the_group_does_not_hold_us(void **state)
{
	struct process_result r;
	int64_t begin = clock_mono_ms();
	pid_t stranger;

	(void)state;
	run_shell(LEAVER "exit 4", PLAIN, &r);
	assert_int_equal(r.exit_code, 4);
	assert_true(clock_mono_ms() - begin < SOON_MS);
	stranger = pid_in(buf_str(&r.out));
	kill(stranger, SIGKILL);
	process_result_free(&r);
}

static void what_left_the_session_is_killed_if_it_is_supervised(void **state)
{
	struct process_result r;
	pid_t pid;

	(void)state;
	assert_int_equal(run_shell(LEAVER "exit 7",
	    OPTIONS(.timeout_ms = SOON_MS, SUPERVISED), &r), DONE);
	assert_int_equal(r.exit_code, 7);
	pid = pid_in(buf_str(&r.out));
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	process_result_free(&r);
	/* As a hook may want it. */
	assert_int_equal(run_shell(LEAVER, PLAIN, &r), DONE);
	pid = pid_in(buf_str(&r.out));
	assert_int_equal(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	process_result_free(&r);
}

static void a_supervised_program_ends_as_any_other(void **state)
{
	const char *argv[] = { "/no/such/program", NULL };
	struct process_result r;
	struct error error;

	(void)state;
	assert_int_equal(run_shell("kill -SEGV $$", OPTIONS(
	    .timeout_ms = SOON_MS, SUPERVISED), &r), DONE);
	assert_int_equal(r.signal, SIGSEGV);
	process_result_free(&r);
	assert_int_equal(run(OPTIONS(.argv = argv, SUPERVISED), &r, &error),
	    ITEM_FAILED);
	assert_int_equal(run_shell("exec sleep " FOREVER, OPTIONS(
	    .timeout_ms = 50, SUPERVISED), &r), DONE);
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGTERM);
	process_result_free(&r);
}

static void a_supervised_program_that_will_not_end_is_killed(void **state)
{
	struct process_result r;

	(void)state;
	assert_int_equal(run_shell(LEAVER "trap '' TERM; while :; do "
	    "sleep 1; done", OPTIONS(.timeout_ms = 500, SUPERVISED), &r),
	    DONE);
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGKILL);
	assert_int_equal(kill(pid_in(buf_str(&r.out)), 0), -1);
	process_result_free(&r);
}

static void an_ignored_sigchld_loses_no_exit_status(void **state)
{
	struct process_result r;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	run_shell("exit 9", PLAIN, &r);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(r.exit_code, 9);
	process_result_free(&r);
}

static void nothing_is_left_open_behind(void **state)
{
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;
	const char *argv[] = { "/etc/hostname/none", NULL };
	struct process_result r;

	(void)state;
	close(before);
	run_shell("exit 0", OPTIONS(.input = "x", .input_len = 1), &r);
	process_result_free(&r);
	run(OPTIONS(.argv = argv), &r, NULL);
	process_result_free(&r);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(after);
	assert_int_equal(before, after);
}

static void *run_many(void *arg)
{
	int *wrong = arg;

	for (int i = 0; i < 20; i++) {
		const char *argv[] = { "cat", NULL };
		char text[32];
		struct process_result r;
		int len = snprintf(text, sizeof(text), "%d", i);

		if (run(OPTIONS(.argv = argv, .input = text,
		    .input_len = (size_t)len, .timeout_ms = SOON_MS), &r,
		    NULL) != DONE || strcmp(buf_str(&r.out), text) != 0)
			++*wrong;
		process_result_free(&r);
	}
	return NULL;
}

static void several_threads_can_run_programs_at_once(void **state)
{
	pthread_t threads[6];
	int wrong[6] = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_many,
		    &wrong[i]), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 6; i++)
		assert_int_equal(wrong[i], 0);
}

/* Runs in a process of its own and returns its exit status: a stop stays set,
 * and a standard descriptor is not given back. */
static int apart(int (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int run_that_is_told_to_stop(void)
{
	struct process_result r;

	stop_install();
	run_shell("kill -TERM $PPID; exec sleep " FOREVER, PLAIN, &r);
	if (!r.stopped || r.timed_out || r.signal != SIGTERM)
		return 1;
	/* And from now on nothing is started any more ... */
	if (run_shell("echo began", PLAIN, &r) != DONE || !r.stopped ||
	    r.out.len != 0)
		return 2;
	/* ... but what must be finished. */
	if (run_shell("echo hook", OPTIONS(.ignore_stop = true,
	    .timeout_ms = SOON_MS), &r) != DONE || r.stopped ||
	    r.exit_code != 0 || strcmp(buf_str(&r.out), "hook\n") != 0)
		return 3;
	process_result_free(&r);
	return 0;
}

static void a_stop_ends_it_unless_it_must_finish(void **state)
{
	(void)state;
	assert_int_equal(apart(run_that_is_told_to_stop), 0);
}

static int run_past_the_deadline(void)
{
	struct process_result r;

	stop_install();
	stop_set_deadline(1);
	run_shell("exec sleep " FOREVER, PLAIN, &r);
	process_result_free(&r);
	return r.stopped && !r.timed_out && r.signal == SIGTERM ? 0 : 1;
}

static void the_deadline_of_the_run_ends_it(void **state)
{
	(void)state;
	assert_int_equal(apart(run_past_the_deadline), 0);
}

static int run_without_standard_descriptors(void)
{
	struct process_result r;

	close(0);
	close(1);
	close(2);
	run_shell("cat; echo err >&2; exit 5", OPTIONS(.input = "in\n",
	    .input_len = 3, .timeout_ms = SOON_MS), &r);
	if (r.exit_code != 5 || strcmp(buf_str(&r.out), "in\n") != 0 ||
	    strcmp(buf_str(&r.err), "err\n") != 0)
		return 1;
	process_result_free(&r);
	return 0;
}

static void it_works_for_a_parent_without_stdin_stdout_stderr(void **state)
{
	(void)state;
	assert_int_equal(apart(run_without_standard_descriptors), 0);
}

static void it_dies_with_its_parent(void **state)
{
	int ends[2];
	char text[16] = "";
	pid_t parent;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		char *script = xasprintf(
		    "echo $$ > /proc/%d/fd/%d; exec sleep " FOREVER,
		    (int)getpid(), ends[1]);
		struct process_result r;

		run_shell(script, OPTIONS(.timeout_ms = 0), &r);
		_exit(0);
	}
	assert_true(parent > 0);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	assert_true(atoi(text) > 1);
	assert_true(dies((pid_t)atoi(text)));
	close(ends[0]);
	close(ends[1]);
}

static void programs_are_found_in_the_path_only(void **state)
{
	char *saved = xstrdup(getenv("PATH"));
	char *found = process_find("sh");

	(void)state;
	assert_non_null(found);
	assert_true(found[0] == '/');
	free(found);
	assert_null(process_find("likesync-no-such-program"));
	assert_null(process_find(""));
	assert_null(process_find("/etc"));
	found = process_find("/bin/sh");
	assert_string_equal(found, "/bin/sh");
	free(found);
	setenv("PATH", ":.:bin", 1);
	assert_null(process_find("sh"));
	setenv("PATH", "/nowhere::/bin", 1);
	found = process_find("sh");
	assert_string_equal(found, "/bin/sh");
	free(found);
	setenv("PATH", saved, 1);
	free(saved);
}

static void the_last_line_is_the_last_that_says_something(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "\n \n", "" }, { "one", "one" },
		{ "one\ntwo\n", "two" }, { "one\r\ntwo \r\n\n", "two" },
		{ "10%\r50%\rERROR: gone", "ERROR: gone" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT;
		char *last;

		buf_puts(&b, cases[i][0]);
		last = process_last_line(&b);
		assert_string_equal(last, cases[i][1]);
		free(last);
		buf_free(&b);
	}
}

/* ---- talking with a program ---- */

struct talk {
	struct process_talk t;
	int write_end, end_write;
	struct buf got;
	size_t at_most;
};

/* Answers each line with "more", the third by closing the program's stdin. */
static bool answer(void *ctx, const char *data, size_t len)
{
	struct talk *k = ctx;

	buf_append(&k->got, data, len);
	if (strcmp(buf_str(&k->got), "1\n2\n3\n") == 0) {
		close(k->write_end);
		k->write_end = -1;
	} else if (k->write_end >= 0) {
		assert_int_equal(write(k->write_end, "more\n", 5), 5);
	}
	return k->got.len <= k->at_most;
}

static struct process_result run_talk(struct talk *k, const char *script)
{
	struct process_result r;
	int in[2], end[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(end), 0);
	k->t = (struct process_talk){ .input = in[0], .end = end[0],
		.output = answer, .ctx = k };
	k->write_end = in[1];
	if (k->end_write == 1)
		assert_int_equal(write(end[1], "x", 1), 1);
	assert_int_equal(fcntl(in[1], F_SETFD, FD_CLOEXEC), 0);
	run_shell(script, OPTIONS(.talk = &k->t, .timeout_ms = SOON_MS), &r);
	assert_int_equal(r.out.len, 0);
	close(in[0]);
	close(end[0]);
	close(end[1]);
	if (k->write_end >= 0)
		close(k->write_end);
	return r;
}

static void a_program_is_answered_while_it_runs(void **state)
{
	struct talk k = { .got = BUF_INIT, .at_most = 100 };
	struct process_result r = run_talk(&k,
	    "n=1; echo 1; while read -r x; do n=$((n+1)); echo $n; done; "
	    "exit 7");

	(void)state;
	assert_string_equal(buf_str(&k.got), "1\n2\n3\n");
	assert_int_equal(r.exit_code, 7);
	assert_false(r.timed_out);
	process_result_free(&r);
	buf_free(&k.got);
}

static void unwanted_output_ends_the_program(void **state)
{
	struct talk k = { .got = BUF_INIT, .at_most = 0 };
	struct process_result r = run_talk(&k, "echo 1; exec sleep " FOREVER);

	(void)state;
	assert_string_equal(buf_str(&k.got), "1\n");
	assert_int_equal(r.signal, SIGTERM);
	assert_false(r.timed_out);
	process_result_free(&r);
	buf_free(&k.got);
}

static void a_talk_can_be_ended_from_outside(void **state)
{
	struct talk k = { .got = BUF_INIT, .at_most = 100, .end_write = 1 };
	struct process_result r = run_talk(&k, "exec sleep " FOREVER);

	(void)state;
	/* SIGKILL follows if it has not begun to run when SIGTERM comes. */
	assert_true(r.signal == SIGTERM || r.signal == SIGKILL);
	assert_false(r.timed_out || r.stopped);
	process_result_free(&r);
	buf_free(&k.got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_exit_code_come_back),
		cmocka_unit_test(the_signal_that_ended_it_comes_back),
		cmocka_unit_test(input_arrives_whole_also_when_large),
		cmocka_unit_test(a_program_that_ignores_its_input_does_no_harm),
		cmocka_unit_test(without_input_stdin_is_at_its_end),
		cmocka_unit_test(output_over_the_limit_is_thrown_away),
		cmocka_unit_test(output_up_to_the_limit_is_not_truncated),
		cmocka_unit_test(
		    a_program_that_is_not_there_is_a_failure_in_words),
		cmocka_unit_test(
		    a_file_that_is_no_program_is_a_failure_in_words),
		cmocka_unit_test(
		    a_missing_interpreter_is_named_as_what_to_install),
		cmocka_unit_test(
		    a_folder_that_is_not_there_is_a_failure_in_words),
		cmocka_unit_test(it_starts_in_the_root_or_the_folder_asked_for),
		cmocka_unit_test(the_environment_is_small_unless_given),
		cmocka_unit_test(
		    no_descriptor_but_the_standard_ones_is_inherited),
		cmocka_unit_test(signals_are_as_a_program_expects_them),
		cmocka_unit_test(limits_reach_the_program),
		cmocka_unit_test(memory_ends_where_it_was_said_to),
		cmocka_unit_test(a_file_over_the_limit_ends_the_program),
		cmocka_unit_test(a_timeout_asks_it_to_end),
		cmocka_unit_test(what_will_not_end_is_killed_after_a_grace),
		cmocka_unit_test(a_stopped_program_meets_its_timeout_too),
		cmocka_unit_test(what_is_left_of_its_group_is_killed),
		cmocka_unit_test(
		    a_grandchild_that_left_the_group_does_not_hold_us),
		cmocka_unit_test(
		    what_left_the_session_is_killed_if_it_is_supervised),
		cmocka_unit_test(
		    a_supervised_program_ends_as_any_other),
		cmocka_unit_test(
		    a_supervised_program_that_will_not_end_is_killed),
		cmocka_unit_test(an_ignored_sigchld_loses_no_exit_status),
		cmocka_unit_test(nothing_is_left_open_behind),
		cmocka_unit_test(several_threads_can_run_programs_at_once),
		cmocka_unit_test(a_stop_ends_it_unless_it_must_finish),
		cmocka_unit_test(the_deadline_of_the_run_ends_it),
		cmocka_unit_test(
		    it_works_for_a_parent_without_stdin_stdout_stderr),
		cmocka_unit_test(it_dies_with_its_parent),
		cmocka_unit_test(programs_are_found_in_the_path_only),
		cmocka_unit_test(the_last_line_is_the_last_that_says_something),
		cmocka_unit_test(a_program_is_answered_while_it_runs),
		cmocka_unit_test(unwanted_output_ends_the_program),
		cmocka_unit_test(a_talk_can_be_ended_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
