/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stamp.h"

static char *path_of(void **state, const char *name)
{
	return path_join(*state, name);
}

static int make(void **state, const char *name, const char *text)
{
	char *path = path_of(state, name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	free(path);
	return fd;
}

static void what_nobody_touched_has_the_same_stamp(void **state)
{
	int fd = make(state, "a", "text");
	struct stamp before, after;
	struct stat st;

	assert_int_equal(stamp_take(fd, &before), 0);
	assert_int_equal(stamp_take(fd, &after), 0);
	assert_true(stamp_equal(&before, &after));
	assert_int_equal(before.size, 4);
	assert_int_equal(fstat(fd, &st), 0);
	after = stamp_of(&st);
	assert_true(stamp_equal(&before, &after));
	close(fd);
	assert_int_equal(stamp_take(-1, &after), -1);
}

static void each_part_of_it_counts(void **state)
{
	const struct stamp s = { 1, 2, 3, 4, 5 };
	struct stamp other[] = { s, s, s, s, s };

	(void)state;
	other[0].device++;
	other[1].inode++;
	other[2].size++;
	other[3].mtime_ns++;
	other[4].ctime_ns++;
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		assert_false(stamp_equal(&s, &other[i]));
	other[0].device = 0;
	assert_true(stamp_equal(&s, &other[0]));
	assert_true(stamp_equal(&other[0], &s));
}

/* Another write of as many bytes, and the time set back. */
static void a_forged_time_does_not_hide_a_change(void **state)
{
	int fd = make(state, "a", "text");
	struct stamp before, after;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	/* Long ago, so that no clock is too coarse to tell the difference. */
	st.st_mtim.tv_sec -= 1000;
	assert_int_equal(futimens(fd, (struct timespec[]){ st.st_mtim,
	    st.st_mtim }), 0);
	assert_int_equal(stamp_take(fd, &before), 0);
	do {
		assert_int_equal(pwrite(fd, "TEXT", 4, 0), 4);
		assert_int_equal(futimens(fd, (struct timespec[]){ st.st_mtim,
		    st.st_mtim }), 0);
		assert_int_equal(stamp_take(fd, &after), 0);
		assert_true(after.mtime_ns == before.mtime_ns);
	} while (after.ctime_ns == before.ctime_ns);
	assert_false(stamp_equal(&before, &after));
	close(fd);
}

static void whoever_may_write_to_it_is_noticed(void **state)
{
	int writer = make(state, "a", "text");
	char *path = path_of(state, "a");
	int reader = file_open(path);
	void *map = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, writer,
	    0);

	assert_true(map != MAP_FAILED);
	assert_true(stamp_has_writer(reader));
	close(writer);
	assert_true(stamp_has_writer(reader));
	munmap(map, 4);
	assert_false(stamp_has_writer(reader));
	assert_false(stamp_has_writer(reader));
	/* And nothing of it stays: others may write at once. */
	writer = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	assert_true(writer >= 0);
	close(writer);
	assert_false(stamp_has_writer(-1));
	assert_int_equal(stamp_writers(-1), WRITERS_UNKNOWN);
	assert_int_equal(stamp_writers(reader), WRITERS_NONE);
	close(reader);
	free(path);
}

static int open_below(void **state, const char *path, int flags)
{
	int root = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	fd = file_open_below(root, path, flags);
	close(root);
	return fd;
}

static void assert_refused(void **state, const char *path, int error)
{
	errno = 0;
	assert_int_equal(open_below(state, path, O_RDONLY), -1);
	assert_int_equal(errno, error);
}

static void below_a_folder_no_link_is_followed(void **state)
{
	char *folder = path_of(state, "x/y"), *link = path_of(state, "link");
	char *file_link = path_of(state, "x/y/link"), long_name[300];
	int fd;

	assert_int_equal(file_make_dirs(folder, 0755), 0);
	close(make(state, "x/y/file", "text"));
	assert_int_equal(symlink("x", link), 0);
	assert_int_equal(symlink("file", file_link), 0);
	fd = open_below(state, "x/y/file", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	fd = open_below(state, "x/y", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
	assert_refused(state, "link/y/file", ENOTDIR);
	assert_refused(state, "x/y/link", ELOOP);
	assert_int_equal(open_below(state, "link", O_PATH | O_DIRECTORY), -1);
	assert_refused(state, "x/y/none", ENOENT);
	assert_refused(state, "x/../x/y/file", EINVAL);
	assert_refused(state, "./x/y/file", EINVAL);
	assert_refused(state, "x//y/file", EINVAL);
	assert_refused(state, "/x/y/file", EINVAL);
	assert_refused(state, "", EINVAL);
	assert_refused(state, "x/y", EISDIR);
	memset(long_name, 'n', 299);
	long_name[299] = '\0';
	assert_refused(state, long_name, ENAMETOOLONG);
	free(folder);
	free(link);
	free(file_link);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_of_it_counts),
		TEST(what_nobody_touched_has_the_same_stamp),
		TEST(a_forged_time_does_not_hide_a_change),
		TEST(whoever_may_write_to_it_is_noticed),
		TEST(below_a_folder_no_link_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
