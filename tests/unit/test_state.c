/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <dirent.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "base/state.h"

static uint64_t free_below(const char *path)
{
	struct statvfs fs;

	assert_int_equal(statvfs(path, &fs), 0);
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

static int count_names(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void room_is_what_can_be_allotted(void **state)
{
	char *tmp = path_join(*state, STATE_TMP);
	uint64_t available = free_below(*state);
	struct error error;

	assert_int_equal(state_prepare(*state, &error), DONE);
	assert_int_equal(state_room(*state, 1, &error), DONE);
	assert_int_equal(state_room(*state, 1 << 20, &error), DONE);
	assert_int_equal(state_room(*state, 2 * available, &error), RUN_ACT);
	assert_non_null(strstr(error.text, "make room"));
	assert_int_equal(state_room(*state, UINT64_MAX, &error), RUN_ACT);
	/* It leaves nothing behind. */
	assert_int_equal(count_names(tmp), 0);
	free(tmp);
}

static void a_state_folder_that_is_gone_is_told(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(state_room("/no/such/state", 1, &error), RUN_ACT);
	assert_non_null(strstr(error.text, "/no/such/state"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(room_is_what_can_be_allotted),
		TEST(a_state_folder_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
