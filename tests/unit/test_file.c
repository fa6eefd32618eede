/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_read_where_it_is_said_to_be),
		cmocka_unit_test_setup_teardown(
		    what_a_service_is_handed_goes_before_it, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
