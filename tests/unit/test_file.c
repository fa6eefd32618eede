/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
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

/* Records are written below it: without its name they are lost with it. */
static void a_new_folder_is_on_stable_storage(void **state)
{
	char *path = path_join(*state, "a/b/c");

	syncs_clear();
	assert_int_equal(file_make_dirs(path, 0700), 0);
	assert_string_equal(syncs, "ddd");
	syncs_clear();
	assert_int_equal(file_make_dirs(path, 0700), 0);
	assert_string_equal(syncs, "");
	free(path);
}

static char *below(void **state, const char *name)
{
	return path_join(*state, name);
}

static void expect_text(const char *path, const char *expected)
{
	struct buf text = BUF_INIT;

	assert_int_equal(file_read(path, 1000, &text), 0);
	assert_string_equal(buf_str(&text), expected);
	buf_free(&text);
}

/* Writes through folder/link to folder/song; is the song still what it was? */
static bool is_followed(void **state, mode_t folder_mode, uid_t owner)
{
	char *folder = below(state, "in"), *link = path_join(folder, "link");
	char *song = below(state, "song");
	struct buf text = BUF_INIT;
	struct stat st;
	bool followed;

	assert_int_equal(file_make_dirs(folder, 0700), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	unlink(link);
	assert_int_equal(file_write(song, "music", 5, 0600), 0);
	assert_int_equal(symlink("../song", link), 0);
	if (owner != geteuid())
		assert_int_equal(lchown(link, owner, (gid_t)-1), 0);
	assert_int_equal(chmod(folder, folder_mode), 0);
	assert_int_equal(file_write(link, "page", 4, 0600), 0);
	expect_text(link, "page");
	assert_int_equal(file_read(song, 10, &text), 0);
	followed = strcmp(buf_str(&text), "page") == 0;
	assert_int_equal(lstat(link, &st), 0);
	assert_int_equal(S_ISLNK(st.st_mode), followed);
	buf_free(&text);
	free(song);
	free(link);
	free(folder);
	return followed;
}

static void only_a_link_that_nobody_else_can_have_made_is_followed(
    void **state)
{
	assert_true(is_followed(state, 0700, geteuid()));
	assert_true(is_followed(state, 0755, geteuid()));
	assert_true(is_followed(state, 0775, geteuid()));
	assert_false(is_followed(state, 0757, geteuid()));
	assert_false(is_followed(state, 01777, geteuid()));
	if (geteuid() == 0)
		assert_false(is_followed(state, 0755, 12345));
}

static void what_is_no_file_is_not_replaced(void **state)
{
	char *pipe_path = below(state, "pipe");
	struct stat st;

	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(file_write(pipe_path, "x", 1, 0600), -1);
	assert_int_equal(errno, ENXIO);
	assert_true(lstat(pipe_path, &st) == 0 && S_ISFIFO(st.st_mode));
	assert_int_equal(file_write(*state, "x", 1, 0600), -1);
	assert_int_equal(errno, EISDIR);
	free(pipe_path);
}

/* As root, /dev/stdout could be replaced. Its like here is the test's own. */
static void a_link_to_a_device_or_a_descriptor_is_not_replaced(void **state)
{
	char *path = path_join(*state, "stdout");
	static const char *const refused[] = { "/proc/self/fd/1",
		"/proc/no-such-process", "/dev/null", "." };

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_int_equal(symlink(refused[i], path), 0);
		assert_int_equal(file_check_replaceable(path), -1);
		assert_int_equal(errno, i == 3 ? EISDIR : ENXIO);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(symlink("no-such-file", path), 0);
	assert_int_equal(file_check_replaceable(path), 0);
	free(path);
}

static void a_lock_is_neither_truncated_nor_followed(void **state)
{
	char *lock = below(state, "lock"), *song = below(state, "song");
	char long_text[2 * FILE_HOLDER_MAX];
	struct buf text = BUF_INIT;
	struct stat st;
	int fd;

	assert_int_equal(file_write(song, "music", 5, 0600), 0);
	assert_int_equal(symlink(song, lock), 0);
	assert_int_equal(file_lock(lock, 0, "pid 1"), -1);
	assert_int_equal(errno, ELOOP);
	expect_text(song, "music");
	assert_int_equal(unlink(lock), 0);

	memset(long_text, 'x', sizeof(long_text));
	assert_int_equal(file_write(lock, long_text, sizeof(long_text), 0600),
	    0);
	fd = file_lock(lock, 0, "pid 1");
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	assert_int_equal(st.st_size, sizeof(long_text));
	close(fd);
	assert_int_equal(unlink(lock), 0);

	long_text[sizeof(long_text) - 1] = '\0';
	fd = file_lock(lock, 0, long_text);
	assert_true(fd >= 0 && file_lock_holder(lock, &text));
	assert_int_equal(text.len, FILE_HOLDER_MAX);
	assert_int_equal(file_lock_note(fd, "pid 7, scanning"), 0);
	assert_true(file_lock_holder(lock, &text));
	assert_string_equal(buf_str(&text), "pid 7, scanning");
	assert_int_equal(file_lock(lock, 0, "pid 8"), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	/* Asking whether it is held neither takes it nor makes it. */
	assert_true(file_lock_is_held(lock));
	close(fd);
	assert_false(file_lock_is_held(lock));
	fd = file_lock(lock, 0, "pid 9");
	assert_true(fd >= 0);
	unlink(lock);
	assert_false(file_lock_is_held(lock));
	assert_int_equal(access(lock, F_OK), -1);
	close(fd);
	buf_free(&text);
	free(song);
	free(lock);
}

/* Somebody else holds it; a child of ours asks for it and is told to stop. */
static void a_stop_ends_the_wait_for_a_lock(void **state)
{
	char *path = below(state, "lock");
	int fd = file_lock(path, 0, NULL), status;
	pid_t child;

	assert_true(fd >= 0);
	child = fork();
	if (child == 0) {
		alarm(60);
		stop_install();
		stop_now(SIGTERM);
		fd = open(path, O_RDWR);
		_exit(file_flock(fd, 600000) == -1 && errno == EWOULDBLOCK ?
		    0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd);
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
		cmocka_unit_test_setup_teardown(
		    a_new_folder_is_on_stable_storage, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    only_a_link_that_nobody_else_can_have_made_is_followed,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_not_replaced,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_link_to_a_device_or_a_descriptor_is_not_replaced,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_lock_is_neither_truncated_nor_followed, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(a_stop_ends_the_wait_for_a_lock,
		    make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
