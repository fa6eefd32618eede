/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "records/keyed_journal.h"

/* A journal of jobs: each has a name and the sum of its steps. */
enum { ADDED, STEP };
static const char *const kinds[] = { "added", "step", NULL };

struct job {
	char *name;
	int64_t sum;
};

static void apply(void *state, int kind, const char *key,
    const struct json *line)
{
	struct job *job = state;

	if (kind == ADDED && job->name == NULL)
		job->name = xasprintf("%s/%s", key,
		    json_get_string(line, "name"));
	else if (kind == STEP)
		job->sum += json_get_int(line, "n", 0);
}

static void free_job(void *state)
{
	free(((struct job *)state)->name);
	free(state);
}

static const struct keyed_journal_type type = { .key = "job", .kinds = kinds,
	.state_size = sizeof(struct job), .apply = apply,
	.free_state = free_job };

static struct keyed_journal *open_jobs(void **state)
{
	char *path = path_join(*state, "jobs.jsonl");
	struct keyed_journal *j;

	assert_int_equal(keyed_journal_open(path, &type, false, &j,
	    NULL), DONE);
	free(path);
	return j;
}

static void add_job(struct keyed_journal *j, const char *key)
{
	struct json_writer *w = keyed_journal_line(j, ADDED, key);

	json_put_string(w, "name", "song");
	assert_int_equal(keyed_journal_put(j, w, NULL), DONE);
}

static void add_step(struct keyed_journal *j, const char *key, int n)
{
	struct json_writer *w = keyed_journal_line(j, STEP, key);

	json_put_int(w, "n", n);
	assert_int_equal(keyed_journal_put(j, w, NULL), DONE);
}

static int list(void *ctx, const char *key, void *state)
{
	const struct job *job = state;

	buf_printf(ctx, "%s=%s:%d ", key, job->name != NULL ? job->name : "",
	    (int)job->sum);
	return strcmp(key, "stop") == 0 ? 7 : 0;
}

static void lines_add_up_at_once_and_when_read_again(void **state)
{
	struct keyed_journal *j = open_jobs(state);
	struct buf text = BUF_INIT;

	add_job(j, "b");
	add_job(j, "a");
	add_step(j, "b", 2);
	add_step(j, "c", 5);
	add_step(j, "b", 3);
	for (int i = 0; i < 2; i++) {
		buf_clear(&text);
		assert_int_equal(keyed_journal_each(j, list, &text), 0);
		assert_string_equal(buf_str(&text),
		    "b=b/song:5 a=a/song:0 c=:5 ");
		assert_null(keyed_journal_state(j, "d"));
		keyed_journal_close(j);
		j = open_jobs(state);
	}
	buf_free(&text);
	keyed_journal_close(j);
}

static void a_visit_ends_when_it_is_told_to(void **state)
{
	struct keyed_journal *j = open_jobs(state);
	struct buf text = BUF_INIT;

	add_job(j, "a");
	add_job(j, "stop");
	add_job(j, "z");
	assert_int_equal(keyed_journal_each(j, list, &text), 7);
	assert_string_equal(buf_str(&text), "a=a/song:0 stop=stop/song:0 ");
	buf_free(&text);
	keyed_journal_close(j);
}

static void lines_of_other_kinds_and_without_a_key_are_skipped(void **state)
{
	static const char lines[] = "{\"kind\":\"later\",\"job\":\"x\"}\n"
	    "{\"kind\":\"step\",\"n\":1}\n{\"kind\":\"step\",\"job\":7}\n"
	    "{\"kind\":5,\"job\":\"x\"}\n{\"job\":\"x\"}\nnonsense\n"
	    "{\"kind\":\"step\",\"job\":\"a\",\"n\":4}\n"
	    "{\"kind\":\"step\",\"job\":\"a\",\"n\":4";
	char *path = path_join(*state, "jobs.jsonl");
	struct keyed_journal *j;

	assert_int_equal(file_write(path, lines, strlen(lines), 0600), 0);
	j = open_jobs(state);
	assert_null(keyed_journal_state(j, "x"));
	assert_int_equal(((struct job *)keyed_journal_state(j, "a"))->sum, 4);
	add_step(j, "a", 1);
	keyed_journal_close(j);
	j = open_jobs(state);
	assert_int_equal(((struct job *)keyed_journal_state(j, "a"))->sum, 5);
	keyed_journal_close(j);
	free(path);
}

static void a_reader_changes_nothing_and_takes_whole_lines(void **state)
{
	static const char lines[] = "{\"kind\":\"step\",\"job\":\"a\","
	    "\"n\":4}\n{\"kind\":\"step\",\"jo";
	char *path = path_join(*state, "jobs.jsonl");
	struct keyed_journal *j;
	struct buf text = BUF_INIT;

	assert_int_equal(keyed_journal_open(path, &type, true, &j, NULL),
	    DONE);
	assert_null(keyed_journal_state(j, "a"));
	keyed_journal_close(j);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(file_write(path, lines, strlen(lines), 0600), 0);
	assert_int_equal(keyed_journal_open(path, &type, true, &j, NULL),
	    DONE);
	assert_int_equal(((struct job *)keyed_journal_state(j, "a"))->sum, 4);
	keyed_journal_close(j);
	assert_int_equal(file_read(path, 1000, &text), 0);
	assert_string_equal(buf_str(&text), lines);
	buf_free(&text);
	free(path);
}

static void a_journal_that_cannot_be_opened_is_an_error(void **state)
{
	struct keyed_journal *j = (void *)1;
	struct error error = { .text = "" };

	(void)state;
	assert_int_equal(keyed_journal_open("/no/such/folder/jobs.jsonl",
	    &type, false, &j, &error), RUN_FAILED);
	assert_null(j);
	assert_non_null(strstr(error.text, "/no/such/folder/jobs.jsonl"));
	keyed_journal_close(NULL);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_add_up_at_once_and_when_read_again),
		TEST(a_visit_ends_when_it_is_told_to),
		TEST(lines_of_other_kinds_and_without_a_key_are_skipped),
		TEST(a_reader_changes_nothing_and_takes_whole_lines),
		TEST(a_journal_that_cannot_be_opened_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
