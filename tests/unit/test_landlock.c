/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program is started with a list of files, and tries what is in it and what
 * is not. Where the kernel has no Landlock these tests are skipped. */
#include "test.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/process.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *top;		/* a fresh folder */
static struct landlock *list;	/* of the attempt under way */

/* Runs a line of shell within the list, in folder work; its exit code. */
static int run(const char *line)
{
	const char *argv[] = { "/bin/sh", "-c", line, top, NULL };
	struct process p = { .argv = argv, .sandbox = list,
		.max_output = 4096, .timeout_ms = 30000 };
	struct process_result r;
	struct error error;
	int code;

	if (process_run(&p, &r, &error) != DONE)
		fail_msg("%s", error.text);
	code = r.signal != 0 ? -r.signal : r.exit_code;
	process_result_free(&r);
	return code;
}

static void allow(const char *name, enum landlock_right right)
{
	char *path = path_join(top, name);

	landlock_allow(list, path, right);
	free(path);
}

/* The system and nothing else; where there is none of it, the test ends. */
static void begin(void)
{
	static const char *const folders[] = { "/usr", "/bin", "/lib",
		"/lib64" };

	if (landlock_version() == 0)
		skip();
	list = landlock_new();
	assert_non_null(list);
	for (size_t i = 0; i < COUNT(folders); i++)
		landlock_allow(list, folders[i], LANDLOCK_RUN);
	landlock_allow(list, "/dev/null", LANDLOCK_UPDATE);
}

static void end(void)
{
	landlock_free(list);
	list = NULL;
}

static void without_a_list_everything_is_as_ever(void **state)
{
	(void)state;
	list = NULL;
	assert_int_equal(run("cat $0/secret && echo x > $0/work/x && "
	    "rm $0/work/x"), 0);
}

static void what_is_not_listed_can_not_be_opened(void **state)
{
	static const char *const attempts[] = { "cat $0/secret",
		"cat /etc/passwd", "ls $0", "echo x > $0/new",
		"echo x > $0/secret", "rm $0/secret", "mkdir $0/folder",
		"ln $0/secret $0/work/link", "mv $0/secret $0/work/",
		"ln -s $0/secret $0/link", "cat < $0/work/to-secret",
		"cat /proc/$PPID/environ" };

	(void)state;
	begin();
	allow("work", LANDLOCK_WORK);
	for (size_t i = 0; i < COUNT(attempts); i++) {
		char *line = xasprintf("%s 2> /dev/null", attempts[i]);

		if (run(line) == 0)
			fail_msg("%s: worked", attempts[i]);
		free(line);
	}
	end();
}

static void a_folder_to_work_in_takes_files_and_folders_only(void **state)
{
	static const char *const refused[] = { "ln -s /etc/passwd $0/work/s",
		"mkfifo $0/work/fifo", "mknod $0/work/device c 1 3",
		"cp /bin/true $0/work/true && $0/work/true" };

	(void)state;
	begin();
	allow("work", LANDLOCK_WORK);
	assert_int_equal(run("cd $0/work && echo 12 > a && echo 3 > a && "
	    "cat a && mv a b && mkdir c && echo x > c/d && ls c && rm b c/d "
	    "&& rmdir c"), 0);
	for (size_t i = 0; i < COUNT(refused); i++) {
		char *line = xasprintf("(%s) 2> /dev/null", refused[i]);

		if (run(line) == 0)
			fail_msg("%s: worked", refused[i]);
		free(line);
	}
	end();
}

static void what_is_to_be_read_is_only_read(void **state)
{
	(void)state;
	begin();
	allow("secret", LANDLOCK_READ);
	assert_int_equal(run("cat $0/secret"), 0);
	assert_int_not_equal(run("echo x >> $0/secret"), 0);
	assert_int_not_equal(run("$0/program"), 0);
	allow("program", LANDLOCK_READ);
	assert_int_not_equal(run("$0/program"), 0);
	allow("program", LANDLOCK_RUN);
	assert_int_equal(run("$0/program"), 0);
	assert_int_not_equal(run("echo x >> $0/program"), 0);
	end();
}

static void a_file_to_be_updated_is_read_and_written(void **state)
{
	(void)state;
	begin();
	allow("jar", LANDLOCK_UPDATE);
	assert_int_equal(run("cat $0/jar && echo x > $0/jar"), 0);
	assert_int_not_equal(run("rm -f $0/jar 2> /dev/null"), 0);
	end();
}

static void what_does_not_exist_adds_nothing(void **state)
{
	(void)state;
	begin();
	allow("no such file", LANDLOCK_WORK);
	landlock_allow(list, NULL, LANDLOCK_WORK);
	assert_int_not_equal(run("cat $0/secret 2> /dev/null"), 0);
	assert_int_equal(run("true"), 0);
	end();
}

/* Only a file of that name can be opened, wherever a link comes from. */
static void a_link_leads_no_further_than_the_list(void **state)
{
	(void)state;
	begin();
	allow("work", LANDLOCK_READ);
	assert_int_not_equal(run("cat $0/work/to-secret 2> /dev/null"), 0);
	allow("work/to-secret", LANDLOCK_READ);
	assert_int_equal(run("cat $0/work/to-secret"), 0);
	end();
}

static void no_process_outside_gets_a_signal(void **state)
{
	(void)state;
	if (landlock_version() < 6)
		skip();
	begin();
	assert_int_not_equal(run("kill -0 $PPID 2> /dev/null"), 0);
	assert_int_equal(run("sleep 100 & kill $!"), 0);
	end();
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	char *path = path_join(top, name);

	assert_int_equal(file_write(path, text, strlen(text), mode), 0);
	free(path);
}

static int make_files(void **state)
{
	char *work, *link, *secret;

	if (make_folder(state) != 0)
		return -1;
	top = *state;
	work = path_join(top, "work");
	link = path_join(work, "to-secret");
	secret = path_join(top, "secret");
	make_file("secret", "secret\n", 0600);
	make_file("jar", "jar\n", 0600);
	make_file("program", "#!/bin/sh\nexit 0\n", 0700);
	if (mkdir(work, 0700) != 0 || symlink(secret, link) != 0)
		return -1;
	free(work);
	free(link);
	free(secret);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_list_everything_is_as_ever),
		cmocka_unit_test(what_is_not_listed_can_not_be_opened),
		cmocka_unit_test(
		    a_folder_to_work_in_takes_files_and_folders_only),
		cmocka_unit_test(what_is_to_be_read_is_only_read),
		cmocka_unit_test(a_file_to_be_updated_is_read_and_written),
		cmocka_unit_test(what_does_not_exist_adds_nothing),
		cmocka_unit_test(a_link_leads_no_further_than_the_list),
		cmocka_unit_test(no_process_outside_gets_a_signal),
	};

	return cmocka_run_group_tests(tests, make_files, remove_folder);
}
