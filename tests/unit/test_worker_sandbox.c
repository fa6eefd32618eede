/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every attempt to get out of the box is made from within it: by a child that
 * enters it, tries, and says by its exit status what came of it.
 */
#include "audio.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/landlock.h>
#include <seccomp.h>

#include "worker/sandbox.h"
#include "base/buf.h"

/* What an attempt can say. */
enum { WORKED = 100, NOT_ENFORCED = 101 };

static struct worker_sandbox box;	/* of the attempt under way */

/* Runs attempt in the box and returns errno of what it tried, or WORKED; or
 * NOT_ENFORCED where gaps names what would have stopped it. */
static int try_in_box(int (*attempt)(void), const char *needs)
{
	int status, to_us[2];
	pid_t child;

	assert_int_equal(pipe2(to_us, O_CLOEXEC), 0);
	box.answer = to_us[1];
	box.parent = getpid();
	child = fork();
	if (child == 0) {
		struct buf gaps = BUF_INIT;

		worker_sandbox_enter(&box, &gaps);
		if (strstr(buf_str(&gaps), needs) != NULL)
			_exit(NOT_ENFORCED);
		_exit(attempt());
	}
	close(to_us[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(to_us[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    -WTERMSIG(status);
}

static int said(long rc)
{
	return rc < 0 ? errno : WORKED;
}

static int try_open(void)
{
	return said(open("/etc/passwd", O_RDONLY));
}

static int try_create(void)
{
	return said(open("/tmp/out-of-the-box", O_WRONLY | O_CREAT, 0600));
}

static int try_stat(void)
{
	struct stat st;

	return said(stat("/etc/passwd", &st));
}

static int try_socket(void)
{
	return said(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_unix_socket(void)
{
	return said(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* Even one that was there before. */
static int try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return said(connect(box.extra, (struct sockaddr *)&to, sizeof(to)));
}

static int try_sending(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return said(sendto(box.extra, "x", 1, 0, (struct sockaddr *)&to,
	    sizeof(to)));
}

static int try_fork(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return said(child);
}

static int try_exec(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return said(execve("/bin/true", argv, argv + 1));
}

static int try_ptrace(void)
{
	return said(ptrace(PTRACE_ATTACH, box.parent, NULL, NULL));
}

static int try_kill(void)
{
	return said(kill(box.parent, 0));
}

static int try_signal_by_thread(void)
{
	return said(syscall(SYS_tgkill, box.parent, box.parent, 0));
}

static int try_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : WORKED;
}

static int try_mapping_the_file(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
	    box.media, 0) == MAP_FAILED ? errno : WORKED;
}

static int try_raising_limits(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	return said(setrlimit(RLIMIT_FSIZE, &r));
}

static int try_being_dumpable(void)
{
	return said(prctl(PR_SET_DUMPABLE, 1));
}

static int try_unshare(void)
{
	return said(syscall(SYS_unshare, 0x10000000));
}

static int try_dup(void)
{
	return said(dup(box.media));
}

static void the_way_out_is_shut(void **state)
{
	static int (*const attempts[])(void) = { try_open, try_create,
		try_stat, try_socket, try_unix_socket, try_connect,
		try_sending, try_fork, try_exec,
		try_ptrace, try_kill, try_signal_by_thread,
		try_executable_memory, try_mapping_the_file,
		try_raising_limits, try_being_dumpable, try_unshare, try_dup };

	(void)state;
	box.extra = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(box.extra >= 0);
	for (size_t i = 0; i < COUNT(attempts); i++) {
		int result = try_in_box(attempts[i], "system call filter");

		if (result != EPERM && result != NOT_ENFORCED)
			fail_msg("attempt %zu: %d", i, result);
	}
	close(box.extra);
	box.extra = -1;
}

/* ---- Landlock ---- */

/* Both layers refuse a file, and more. To see what each of them does, the other
 * stays off: these two are called instead of the libraries'. */
static struct {
	bool no_filter;
	bool played;	/* not the kernel answers, but the test */
	int ruleset;
	uint64_t handled;
	bool restricted;
} landlock;

int seccomp_load(const scmp_filter_ctx filter)
{
	int (*real_one)(const scmp_filter_ctx);
	void *real = dlsym(RTLD_NEXT, "seccomp_load");

	if (landlock.no_filter)
		return 0;
	memcpy(&real_one, &real, sizeof(real_one));
	return real_one(filter);
}

static long play_landlock(long number, const long *arg)
{
	if (number == SYS_landlock_restrict_self) {
		landlock.restricted = arg[0] == landlock.ruleset;
		return 0;
	}
	if (number == SYS_landlock_add_rule)
		return -1;
	if (arg[2] == LANDLOCK_CREATE_RULESET_VERSION)
		return 1;
	memcpy(&landlock.handled, (void *)arg[0], sizeof(landlock.handled));
	landlock.ruleset = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return landlock.ruleset;
}

/* As the C library's, it takes six arguments, however many there are. */
__attribute__((no_sanitize_address))
long syscall(long number, ...)
{
	void *real = dlsym(RTLD_NEXT, "syscall");
	long (*real_one)(long number, ...);
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < COUNT(arg); i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (landlock.played && (number == SYS_landlock_create_ruleset ||
	    number == SYS_landlock_add_rule ||
	    number == SYS_landlock_restrict_self))
		return play_landlock(number, arg);
	memcpy(&real_one, &real, sizeof(real_one));
	return real_one(number, arg[0], arg[1], arg[2], arg[3], arg[4],
	    arg[5]);
}

/* Every right of its first version, and no file that is excepted. */
static int say_what_was_renounced(void)
{
	return landlock.restricted &&
	    (landlock.handled & 0x1fff) == 0x1fff ? WORKED : 1;
}

static void all_files_are_renounced_by_landlock_as_well(void **state)
{
	(void)state;
	landlock.played = landlock.no_filter = true;
	assert_int_equal(try_in_box(say_what_was_renounced, "-"), WORKED);
	landlock.played = landlock.no_filter = false;
}

static void the_filter_alone_shuts_the_way_out(void **state)
{
	landlock.played = true;
	the_way_out_is_shut(state);
	landlock.played = false;
}

static int try_making_a_folder(void)
{
	return said(mkdir("/tmp/likesync-test-out-of-the-box", 0700));
}

static void landlock_alone_keeps_it_from_files(void **state)
{
	int result;

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, 0L, 0L,
	    (long)LANDLOCK_CREATE_RULESET_VERSION, 0L, 0L, 0L) <= 0)
		skip();
	landlock.no_filter = true;
	result = try_in_box(try_making_a_folder, "-");
	landlock.no_filter = false;
	rmdir("/tmp/likesync-test-out-of-the-box");
	assert_int_equal(result, EACCES);
}

static int try_reading(void)
{
	char data[4];

	return said(pread(box.media, data, 4, 0)) == WORKED &&
	    memcmp(data, "0123", 4) == 0 ? WORKED : 1;
}

static int try_answering(void)
{
	return said(write(box.answer, "x", 1));
}

static int try_memory(void)
{
	char *p = malloc(1 << 20);
	char *q = realloc(p, 8 << 20);

	if (q == NULL)
		return ENOMEM;
	memset(q, 1, 8 << 20);
	free(q);
	return WORKED;
}

static void what_decoding_needs_is_left(void **state)
{
	(void)state;
	assert_int_equal(try_in_box(try_reading, "-"), WORKED);
	assert_int_equal(try_in_box(try_answering, "-"), WORKED);
	assert_int_equal(try_in_box(try_memory, "-"), WORKED);
}

/* A pipe ends when nobody holds its other end any more: neither we, who close
 * it, nor the child, who got it by the fork and lives on in its box. */
static void other_descriptors_are_closed(void **state)
{
	int other[2], answer[2];
	pid_t child;
	char x;

	(void)state;
	assert_int_equal(pipe2(other, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	box.answer = answer[1];
	box.parent = getpid();
	child = fork();
	if (child == 0) {
		struct buf gaps = BUF_INIT;

		worker_sandbox_enter(&box, &gaps);
		if (write(box.answer, "x", 1) != 1)
			_exit(1);
		for (;;)
			sched_yield();
	}
	assert_int_equal(read(answer[0], &x, 1), 1);
	close(other[1]);
	assert_int_equal(read(other[0], &x, 1), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(other[0]);
	close(answer[0]);
	close(answer[1]);
}

static int try_writing(void)
{
	return said(pwrite(box.media, "x", 1, 0));
}

static int try_growing(void)
{
	return said(pwrite(box.media, "x", 1, 4096));
}

static int try_growing_too_much(void)
{
	return said(pwrite(box.media, "x", 1, 8192));
}

static void a_file_that_is_only_read_is_not_written(void **state)
{
	int result;

	(void)state;
	result = try_in_box(try_writing, "-");
	assert_true(result == EPERM || result == EFBIG);
}

static void a_file_to_be_tagged_is_written_up_to_its_limit(void **state)
{
	(void)state;
	box.max_size = 8192;
	assert_int_equal(try_in_box(try_writing, "-"), WORKED);
	assert_int_equal(try_in_box(try_growing, "-"), WORKED);
	assert_int_equal(try_in_box(try_growing_too_much, "-"), EFBIG);
	box.max_size = 0;
}

static int try_writing_extra(void)
{
	return said(pwrite(box.extra, "x", 1, 4096));
}

static int try_extra_too_much(void)
{
	return said(pwrite(box.extra, "x", 1, 8192));
}

static void remuxing_writes_to_the_second_file_only(void **state)
{
	int result;

	append_bytes(*state, "other", "x", 1);
	box.extra = open_in(*state, "other", O_RDWR, NULL);
	box.max_size = 8192;
	assert_int_equal(try_in_box(try_writing, "-"), WORKED);
	assert_int_not_equal(try_in_box(try_writing_extra,
	    "system call filter"), WORKED);
	box.to_extra = true;
	assert_int_equal(try_in_box(try_writing_extra, "-"), WORKED);
	assert_int_equal(try_in_box(try_extra_too_much, "-"), EFBIG);
	result = try_in_box(try_writing, "system call filter");
	assert_true(result == EPERM || result == NOT_ENFORCED);
	box.to_extra = false;
	box.max_size = 0;
	close(box.extra);
	box.extra = -1;
}

static int try_much_memory(void)
{
	void *p = malloc(256u << 20);

	if (p == NULL)
		return ENOMEM;
	free(p);
	return WORKED;
}

static void memory_beyond_the_limit_is_refused(void **state)
{
	int result;

	(void)state;
	box.memory = 64u << 20;
	result = try_in_box(try_much_memory, "memory");
	assert_true(result == ENOMEM || result == NOT_ENFORCED);
	assert_int_equal(try_in_box(try_memory, "-"), WORKED);
	box.memory = 0;
}

static int spin(void)
{
	for (volatile int i = 0;; i++)
		continue;
	return WORKED;
}

static void cpu_time_beyond_the_limit_ends_the_process(void **state)
{
	(void)state;
	box.timeout_ms = 1000;
	assert_int_equal(try_in_box(spin, "-"), -SIGXCPU);
	box.timeout_ms = 0;
}

static int try_aborting(void)
{
	abort();
	return WORKED;
}

static void an_abort_is_seen_as_one(void **state)
{
	(void)state;
	assert_int_equal(try_in_box(try_aborting, "-"), -SIGABRT);
}

/* In between, as the worker is: it boxes a child in and is killed. */
static void play_worker(int to_us)
{
	int answer[2];
	pid_t child;

	if (pipe2(answer, O_CLOEXEC) < 0)
		_exit(1);
	box.answer = answer[1];
	box.parent = getpid();
	child = fork();
	if (child == 0) {
		struct buf gaps = BUF_INIT;

		worker_sandbox_enter(&box, &gaps);
		if (write(box.answer, "x", 1) != 1)
			_exit(1);
		for (;;)
			sched_yield();
	}
	/* It is in the box when it says so. */
	char x;
	if (read(answer[0], &x, 1) != 1 ||
	    write(to_us, &child, sizeof(child)) != sizeof(child))
		_exit(1);
	raise(SIGKILL);
}

static void the_child_dies_with_its_parent(void **state)
{
	int to_us[2], status;
	pid_t worker, child;

	(void)state;
	/* Orphans come to us, so that their end can be waited for. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(to_us, O_CLOEXEC), 0);
	worker = fork();
	if (worker == 0)
		play_worker(to_us[1]);
	assert_int_equal(read(to_us[0], &child, sizeof(child)),
	    sizeof(child));
	assert_int_equal(waitpid(worker, &status, 0), worker);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(to_us[0]);
	close(to_us[1]);
}

static int make_media(void **state)
{
	char data[4096];

	make_folder(state);
	memset(data, '0', sizeof(data));
	memcpy(data, "0123", 4);
	append_bytes(*state, "media", data, sizeof(data));
	box.media = open_in(*state, "media", O_RDWR, NULL);
	box.extra = -1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_out_is_shut),
		cmocka_unit_test(all_files_are_renounced_by_landlock_as_well),
		cmocka_unit_test(the_filter_alone_shuts_the_way_out),
		cmocka_unit_test(landlock_alone_keeps_it_from_files),
		cmocka_unit_test(what_decoding_needs_is_left),
		cmocka_unit_test(other_descriptors_are_closed),
		cmocka_unit_test(a_file_that_is_only_read_is_not_written),
		cmocka_unit_test(
		    a_file_to_be_tagged_is_written_up_to_its_limit),
		cmocka_unit_test(
		    remuxing_writes_to_the_second_file_only),
		cmocka_unit_test(memory_beyond_the_limit_is_refused),
		cmocka_unit_test(cpu_time_beyond_the_limit_ends_the_process),
		cmocka_unit_test(an_abort_is_seen_as_one),
		cmocka_unit_test(the_child_dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, make_media, remove_folder);
}
