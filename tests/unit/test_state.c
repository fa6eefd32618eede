/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

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

/* A folder that somebody locks is in use, by `doctor` for instance. */
static void what_another_process_uses_is_not_cleaned_away(void **state)
{
	char *tmp = path_join(*state, STATE_TMP);
	char *used = path_join(tmp, "used/deep"), *left = path_join(tmp, "left");
	char *folder = path_dir(used);
	int fd;

	assert_int_equal(file_make_dirs(used, 0700), 0);
	assert_int_equal(file_make_dirs(left, 0700), 0);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_flock(fd, 0), 0);
	state_clean_tmp(*state, NULL, NULL);
	assert_int_equal(access(used, F_OK), 0);
	assert_int_not_equal(access(left, F_OK), 0);
	close(fd);
	state_clean_tmp(*state, NULL, NULL);
	assert_int_equal(count_names(tmp), 0);
	free(folder);
	free(used);
	free(left);
	free(tmp);
}

/* Else root, asked once, would leave folders there that the user can't use. */
static void nothing_is_made_in_a_folder_of_another_user(void **state)
{
	struct error error;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(*state, 12345, (gid_t)-1), 0);
	assert_int_equal(state_prepare(*state, &error), RUN_CONFIG);
	assert_non_null(strstr(error.text, "run likesync as that user, or "
	    "chown -R 0 '"));
	assert_int_equal(count_names(*state), 0);
	assert_int_equal(chown(*state, 65534, (gid_t)-1), 0);
	assert_int_equal(state_prepare(*state, &error), RUN_CONFIG);
	assert_non_null(strstr(error.text, "[run] user = nobody"));
	assert_int_equal(chown(*state, 0, (gid_t)-1), 0);
	assert_int_equal(state_prepare(*state, &error), DONE);
	assert_int_equal(count_names(*state), 3);
}

/* A private folder above it does not help once it is shared or moved. */
static void each_folder_of_the_state_is_nobody_elses(void **state)
{
	static const char *const folders[] = { "keep", STATE_INDEX,
		STATE_TMP };
	struct error error;

	assert_int_equal(state_prepare(*state, &error), DONE);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = path_join(*state, folders[i]);
		char fix[256];

		snprintf(fix, sizeof(fix), "others can write to it: chmod 700 "
		    "'%s'", path);
		assert_int_equal(chmod(path, 0777), 0);
		assert_int_equal(state_prepare(*state, &error), RUN_CONFIG);
		assert_non_null(strstr(error.text, fix));
		assert_int_equal(chmod(path, 0700), 0);
		assert_int_equal(state_prepare(*state, &error), DONE);
		free(path);
	}
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
		TEST(what_another_process_uses_is_not_cleaned_away),
		TEST(nothing_is_made_in_a_folder_of_another_user),
		TEST(each_folder_of_the_state_is_nobody_elses),
		TEST(a_state_folder_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
