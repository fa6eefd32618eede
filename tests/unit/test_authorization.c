/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "spotify/authorization.h"

#define DAY 86400

/* Each test has a file of its own in the group's folder. */
static char *token_path(void **state, const char *name)
{
	return path_join(*state, name);
}

static void save(const char *path, const char *token, int64_t since)
{
	const struct authorization g = { .refresh_token = (char *)token,
		.client_id = (char *)"app", .authorized_at = since };
	struct error error;

	assert_int_equal(authorization_save(path, &g, &error), DONE);
}

static void what_is_saved_is_loaded(void **state)
{
	char *path = token_path(state, "new/folder/token.json");
	struct authorization g = { .refresh_token = (char *)"a \"token\"\\\n",
		.client_id = (char *)"app", .authorized_at = 1700000000,
		.is_estimate = true };
	struct error error;

	assert_int_equal(authorization_save(path, &g, &error), DONE);
	assert_int_equal(authorization_load(path, &g, &error), DONE);
	assert_string_equal(g.refresh_token, "a \"token\"\\\n");
	assert_string_equal(g.client_id, "app");
	assert_int_equal(g.authorized_at, 1700000000);
	assert_true(g.is_estimate);
	authorization_free(&g);
	assert_null(g.refresh_token);
	free(path);
}

static void nobody_else_may_read_it_even_where_they_could(void **state)
{
	char *path = token_path(state, "mode.json");
	struct stat st;

	assert_int_equal(file_write(path, "{}", 2, 0644), 0);
	save(path, "token", 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(path);
}

static void without_one_the_user_is_told_to_log_in(void **state)
{
	char *path = token_path(state, "absent.json");
	struct authorization g;
	struct error error;

	assert_int_equal(authorization_load(path, &g, &error), RUN_AUTH);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "not authorized yet"));
	assert_non_null(strstr(error.text, "likesync auth login"));
	assert_null(g.refresh_token);
	free(path);
}

static void one_that_ended_is_set_aside_and_told_of(void **state)
{
	char *path = token_path(state, "over.json");
	char *ended = xasprintf("%s.ended", path);
	struct authorization g;
	struct error error;

	save(path, "dead", 1);
	assert_int_equal(authorization_retire(path, &error), DONE);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(authorization_load(path, &g, &error), RUN_AUTH);
	assert_non_null(strstr(error.text, "ended"));
	/* It may have been a mistake of the service: it can be put back. */
	assert_int_equal(authorization_load(ended, &g, &error), DONE);
	assert_string_equal(g.refresh_token, "dead");
	authorization_free(&g);
	save(path, "alive", 2);
	assert_int_equal(authorization_load(path, &g, &error), DONE);
	assert_string_equal(g.refresh_token, "alive");
	authorization_free(&g);
	free(ended);
	free(path);
}

static void removing_takes_what_was_set_aside_too(void **state)
{
	char *path = token_path(state, "gone.json");
	char *ended = xasprintf("%s.ended", path);
	struct error error;

	save(path, "old", 1);
	assert_int_equal(authorization_retire(path, &error), DONE);
	save(path, "new", 2);
	assert_int_equal(authorization_remove(path, &error), DONE);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(ended, F_OK), -1);
	assert_int_equal(authorization_remove(path, &error), DONE);
	free(ended);
	free(path);
}

static void a_file_without_a_token_is_none(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "null", "\"token\"",
		"{\"refresh_token\":null}", "{\"refresh_token\":\"\"}",
		"{\"refresh_token\":7}", "{\"refresh_token\":\"cut" };
	char *path = token_path(state, "bad.json");

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct authorization g;
		struct error error;

		assert_int_equal(file_write(path, bad[i], strlen(bad[i]),
		    0600), 0);
		assert_int_equal(authorization_load(path, &g, &error), RUN_AUTH);
		assert_non_null(strstr(error.text, path));
		assert_null(g.refresh_token);
	}
	free(path);
}

static void a_date_that_can_not_be_is_no_date(void **state)
{
	static const char *const dates[] = { "9223372036854775807", "-5",
		"1e300", "\"soon\"", "null" };
	char *path = token_path(state, "date.json");

	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		char *text = xasprintf("{\"refresh_token\":\"t\","
		    "\"authorized_at\":%s}", dates[i]);
		struct authorization g;

		assert_int_equal(file_write(path, text, strlen(text), 0600),
		    0);
		assert_int_equal(authorization_load(path, &g, NULL), DONE);
		assert_int_equal(g.authorized_at, 0);
		assert_int_equal(authorization_expires_at(&g), 182 * DAY);
		authorization_free(&g);
		free(text);
	}
	free(path);
}

static void one_that_can_not_be_kept_is_a_failure(void **state)
{
	char *file = token_path(state, "file");
	char *path = path_join(file, "token.json");
	const struct authorization g = { .refresh_token = (char *)"t" };
	struct error error;

	assert_int_equal(file_write(file, "", 0, 0600), 0);
	assert_int_equal(authorization_save(path, &g, &error), RUN_FAILED);
	assert_non_null(strstr(error.text, path));
	free(path);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(nobody_else_may_read_it_even_where_they_could),
		cmocka_unit_test(without_one_the_user_is_told_to_log_in),
		cmocka_unit_test(one_that_ended_is_set_aside_and_told_of),
		cmocka_unit_test(removing_takes_what_was_set_aside_too),
		cmocka_unit_test(a_file_without_a_token_is_none),
		cmocka_unit_test(a_date_that_can_not_be_is_no_date),
		cmocka_unit_test(one_that_can_not_be_kept_is_a_failure),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
