/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "library/lock.h"

static size_t count_names(const char *folder)
{
	struct stat st;
	char *path = path_join(folder, ".likesync.lock");
	size_t n = lstat(path, &st) == 0;

	free(path);
	return n;
}

static void one_has_the_library_at_a_time(void **state)
{
	struct library_lock *first, *second;
	struct error error;

	for (int remote = 0; remote < 2; remote++) {
		assert_int_equal(library_lock(*state, remote, &first, &error),
		    DONE);
		assert_int_equal(count_names(*state), remote);
		assert_int_equal(library_lock(*state, remote, &second, &error),
		    RUN_LATER);
		assert_non_null(strstr(error.text, *state));
		library_unlock(second);
		assert_int_equal(count_names(*state), remote);
		library_unlock(first);
		assert_int_equal(library_lock(*state, remote, &second, &error),
		    DONE);
		library_unlock(second);
		assert_int_equal(count_names(*state), 0);
	}
}

/* Where the folder's lock does not reach, the file's does. */
static void another_machine_is_told_by_the_file(void **state)
{
	char *path = path_join(*state, ".likesync.lock");
	int other = file_lock(path, 0, NULL);
	struct library_lock *l;
	struct error error;

	assert_true(other >= 0);
	assert_int_equal(library_lock(*state, true, &l, &error), RUN_LATER);
	library_unlock(l);
	assert_int_equal(count_names(*state), 1);
	/* Killed: the lock is gone, the file is not. */
	close(other);
	assert_int_equal(library_lock(*state, true, &l, &error), DONE);
	library_unlock(l);
	assert_int_equal(count_names(*state), 0);
	free(path);
}

static void a_library_that_is_not_there_is_not_made(void **state)
{
	char *path = path_join(*state, "none");
	struct library_lock *l;
	struct error error;

	assert_int_equal(library_lock(path, true, &l, &error), DONE);
	library_unlock(l);
	assert_int_equal(access(path, F_OK), -1);
	assert_false(library_is_remote(path));
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_has_the_library_at_a_time,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    another_machine_is_told_by_the_file, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_library_that_is_not_there_is_not_made, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
