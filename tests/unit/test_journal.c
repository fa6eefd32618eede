/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/journal.h"
#include "base/json.h"
#include "syncs.h"

static char *path_in(void **state)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/j.jsonl", (char *)*state);
	return path;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void add_up(void *ctx, const struct json *line)
{
	*(int64_t *)ctx += json_get_int(line, "n", 0);
}

/* The sum of all lines' n, and how many are damaged. */
static int64_t sum_of(const char *path, size_t *damaged)
{
	int64_t sum = 0;
	struct journal *j = journal_open(path, NULL, add_up, &sum, NULL);

	assert_non_null(j);
	*damaged = journal_damaged(j);
	journal_close(j);
	return sum;
}

static void appended_lines_are_read_again(void **state)
{
	char *path = path_in(state);
	bool existed = true;
	size_t damaged;
	struct journal *j = journal_open(path, &existed, NULL, NULL, NULL);

	assert_non_null(j);
	assert_false(existed);
	assert_int_equal(journal_append(j, "{\"n\":1}", 7, NULL), 0);
	assert_int_equal(journal_append(j, "{\"n\":20}", 8, NULL), 0);
	journal_close(j);
	assert_int_equal(sum_of(path, &damaged), 21);
	assert_int_equal(damaged, 0);
}

static void a_line_that_is_put_is_passed_on_as_if_read(void **state)
{
	char *path = path_in(state);
	int64_t sum = 0;
	size_t damaged;
	struct journal *j = journal_open(path, NULL, add_up, &sum, NULL);

	assert_non_null(j);
	for (int n = 1; n <= 2; n++) {
		struct json_writer *w = json_writer_new(false);

		json_open_object(w, NULL);
		json_put_int(w, "n", n);
		assert_int_equal(journal_put(j, w, NULL), DONE);
	}
	assert_int_equal(sum, 3);
	journal_close(j);
	assert_int_equal(sum_of(path, &damaged), 3);
	assert_int_equal(damaged, 0);
}

static void a_line_is_on_stable_storage_when_it_was_appended(void **state)
{
	struct json_writer *w = json_writer_new(false);
	struct journal *j;

	syncs_clear();
	j = journal_open(path_in(state), NULL, NULL, NULL, NULL);
	/* The name of a new one. */
	assert_string_equal(syncs, "d");
	syncs_clear();
	assert_int_equal(journal_append(j, "{\"n\":1}", 7, NULL), 0);
	assert_string_equal(syncs, "a");
	json_open_object(w, NULL);
	assert_int_equal(journal_put(j, w, NULL), DONE);
	assert_string_equal(syncs, "aa");
	syncs_clear();
	assert_int_equal(journal_rewrite(j, "{\"n\":1}\n", 8, NULL), 0);
	assert_string_equal(syncs, "frd");
	journal_close(j);
}

static void a_torn_last_line_is_cut_off(void **state)
{
	char *path = path_in(state);
	struct journal *j;
	size_t damaged;

	put(path, "{\"n\":1}\n{\"n\":2");
	assert_int_equal(sum_of(path, &damaged), 1);
	assert_int_equal(damaged, 0);
	j = journal_open(path, NULL, NULL, NULL, NULL);
	assert_int_equal(journal_append(j, "{\"n\":4}", 7, NULL), 0);
	journal_close(j);
	assert_int_equal(sum_of(path, &damaged), 5);
	assert_int_equal(damaged, 0);
}

static void a_reader_beside_an_append_takes_whole_lines(void **state)
{
	char *path = path_in(state);
	struct error error = { .text = "" };
	struct stat st;
	int64_t sum = 0;

	unlink(path);
	assert_int_equal(journal_read(path, add_up, &sum, &error), DONE);
	assert_int_not_equal(stat(path, &st), 0);
	put(path, "{\"n\":1}\nno\n{\"n\":2}\n{\"n\":4");
	assert_int_equal(journal_read(path, add_up, &sum, &error), DONE);
	assert_int_equal(sum, 3);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 25);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(journal_read(path, add_up, &sum, &error),
	    RUN_FAILED);
	assert_non_null(strstr(error.text, path));
	rmdir(path);
}

static void a_damaged_line_is_skipped_and_counted(void **state)
{
	char *path = path_in(state);
	size_t damaged;

	put(path, "{\"n\":1}\ngarbage\n[1]\n{\"n\":2}\n");
	assert_int_equal(sum_of(path, &damaged), 3);
	assert_int_equal(damaged, 2);
}

static void a_last_line_that_no_append_can_leave_is_damage(void **state)
{
	static const char *const tails[] = { "{\"n\":2\0\0\0", "\0\0\0\0\0\0\0\0\0",
		"garbage.." };
	char *path = path_in(state);
	size_t damaged;

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs("{\"n\":1}\n", f);
		fwrite(tails[i], 1, 9, f);
		fclose(f);
		assert_int_equal(sum_of(path, &damaged), 1);
		assert_int_equal(damaged, 1);
		assert_int_equal(sum_of(path, &damaged), 1);
		assert_int_equal(damaged, 0);
	}
}

static void it_can_be_appended_to_after_a_rewrite(void **state)
{
	char *path = path_in(state);
	struct journal *j = journal_open(path, NULL, NULL, NULL, NULL);
	size_t damaged;

	journal_append(j, "{\"n\":100}", 9, NULL);
	assert_int_equal(journal_rewrite(j, "{\"n\":1}\n", 8, NULL), 0);
	assert_int_equal(journal_append(j, "{\"n\":2}", 7, NULL), 0);
	journal_close(j);
	assert_int_equal(sum_of(path, &damaged), 3);
}

static void a_journal_that_cannot_be_created_is_an_error(void **state)
{
	struct error error;

	(void)state;
	assert_null(journal_open("/nowhere/at/all", NULL, NULL, NULL, &error));
	assert_non_null(strstr(error.text, "/nowhere/at/all"));
}

static void expect_filtered(const char *text, size_t len, const char *mark,
    const char *expected, size_t damaged)
{
	struct buf out = BUF_INIT;

	assert_int_equal(journal_filter(text, len, mark, &out), damaged);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void a_filter_keeps_whole_lines_and_counts_the_others(void **state)
{
	(void)state;
	expect_filtered("", 0, NULL, "", 0);
	expect_filtered("{\"a\":1}\n", 8, NULL, "{\"a\":1}\n", 0);
	expect_filtered("{}\nno\n{}\n[]\n", 12, NULL, "{}\n{}\n", 2);
	expect_filtered("{}\nno\n", 6, "{\"m\":1}\n", "{}\n{\"m\":1}\n", 1);
	/* An append that a crash ended is no damage; NULs are. */
	expect_filtered("{}\n{\"to", 7, NULL, "{}\n", 0);
	expect_filtered("{}\n\0\0\0", 6, NULL, "{}\n", 1);
	expect_filtered("{}\nrn", 5, NULL, "{}\n", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    appended_lines_are_read_again, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_line_that_is_put_is_passed_on_as_if_read, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_line_is_on_stable_storage_when_it_was_appended,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_torn_last_line_is_cut_off,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_damaged_line_is_skipped_and_counted, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_reader_beside_an_append_takes_whole_lines, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_last_line_that_no_append_can_leave_is_damage,
		    make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    it_can_be_appended_to_after_a_rewrite, make_folder,
		    remove_folder),
		cmocka_unit_test(a_filter_keeps_whole_lines_and_counts_the_others),
		cmocka_unit_test(a_journal_that_cannot_be_created_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
