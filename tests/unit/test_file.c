/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "syncs.h"

static void expect_secret(const char *path, const char *expected)
{
	char *found = path_of_secret(path);

	assert_string_equal(found, expected);
	free(found);
}

static void a_secret_is_read_where_it_is_said_to_be(void **state)
{
	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	expect_secret("/etc/credstore/likesync.client_secret",
	    "/etc/credstore/likesync.client_secret");
}

static void what_a_service_is_handed_goes_before_it(void **state)
{
	char *handed = path_join(*state, "likesync.client_secret");

	setenv("CREDENTIALS_DIRECTORY", *state, 1);
	expect_secret("/etc/credstore/likesync.client_secret",
	    "/etc/credstore/likesync.client_secret");
	assert_int_equal(file_write(handed, "s", 1, 0600), 0);
	expect_secret("/etc/credstore/likesync.client_secret", handed);
	expect_secret("/etc/another", "/etc/another");
	unsetenv("CREDENTIALS_DIRECTORY");
	free(handed);
}

static void make_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
}

/* Neither the opener nor what reads with it waits: alarm() would end us. */
static void expect_no_file(const char *path, int error)
{
	static const int ways[] = { O_RDONLY, O_RDWR, O_RDWR | O_CREAT };
	struct buf text = BUF_INIT;

	alarm(60);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		assert_int_equal(file_open_at(AT_FDCWD, path, ways[i]), -1);
		assert_int_equal(errno, error);
	}
	assert_int_equal(file_open(path), -1);
	assert_int_equal(file_read(path, 10, &text), -1);
	assert_int_equal(errno, error);
	alarm(0);
	buf_free(&text);
}

static void only_a_regular_file_is_opened(void **state)
{
	char *pipe_path = path_join(*state, "pipe");
	char *socket_path = path_join(*state, "socket");

	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	make_socket(socket_path);
	expect_no_file(pipe_path, ENXIO);
	expect_no_file(socket_path, ENXIO);
	expect_no_file("/dev/null", ENXIO);
	expect_no_file(*state, EISDIR);
	assert_string_equal(file_strerror(ENXIO), "not a regular file");
	assert_string_equal(file_strerror(ENOENT), strerror(ENOENT));
	free(socket_path);
	free(pipe_path);
}

static void a_file_is_opened_also_through_a_link_unless_that_is_refused(
    void **state)
{
	char *path = path_join(*state, "file"), *link = path_join(*state, "l");
	struct buf text = BUF_INIT;
	struct stat st;
	int fd;

	fd = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT);
	assert_true(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	assert_int_equal(write(fd, "text", 4), 4);
	assert_true(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
	close(fd);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(file_read(link, 4, &text), 0);
	assert_string_equal(buf_str(&text), "text");
	assert_int_equal(file_open_at(AT_FDCWD, link, O_RDWR | O_NOFOLLOW), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(file_read(path, 3, &text), -1);
	assert_int_equal(errno, EFBIG);
	buf_free(&text);
	free(link);
	free(path);
}

static void a_file_is_on_stable_storage_before_it_has_its_name(void **state)
{
	char *path = path_join(*state, "f"), *again = path_join(*state, "g");
	char *name;
	int fd;

	syncs_clear();
	assert_int_equal(file_write(path, "text", 4, 0600), 0);
	assert_string_equal(syncs, "frd");
	syncs_clear();
	fd = file_open_unnamed(*state, 0600, &name);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "text", 4), 0);
	assert_int_equal(file_link_unnamed(fd, name, again), 0);
	assert_string_equal(syncs, "fld");
	close(fd);
	free(name);
	free(again);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_read_where_it_is_said_to_be),
		cmocka_unit_test_setup_teardown(
		    what_a_service_is_handed_goes_before_it, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(only_a_regular_file_is_opened,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_file_is_opened_also_through_a_link_unless_that_is_refused,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_file_is_on_stable_storage_before_it_has_its_name,
		    make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
