/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "sources/fetcher.h"
#include "sources/finished.h"

#define LINK "https://example.com/1"

static struct track wanted = { .key = (char *)(uintptr_t)"key" };

static char *in_tmp(void **state, const char *name)
{
	char *tmp = path_join(*state, STATE_TMP), *path = path_join(tmp, name);

	free(tmp);
	return path;
}

static bool is_there(void **state, const char *name)
{
	char *path = in_tmp(state, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static void write_text(void **state, const char *name, const char *text)
{
	char *path = in_tmp(state, name);

	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
	free(path);
}

static int make_state(void **state)
{
	int failed = make_folder(state);

	return failed != 0 ? failed :
	    state_prepare(*state, NULL) == DONE ? 0 : -1;
}

/* A download of two files in tmp/get-1, as the fetcher leaves it. */
static void finish(void **state, const char *pinned)
{
	struct fetch_job job = { .track = &wanted, .source = "web",
		.pinned = pinned, .match_result = { .score = 0.75 } };
	char *folder = in_tmp(state, "get-1");

	assert_int_equal(mkdir(folder, 0700), 0);
	write_text(state, "get-1/a.m4a", "audio");
	write_text(state, "get-1/a.jpg", "cover");
	strcpy(job.match_result.reason, "fits");
	job.folder = folder;
	job.candidate = (struct candidate){ .ref = xstrdup(LINK),
		.title = xstrdup("Ada - Light"), .duration_s = 20 };
	job.delivery = (struct delivery){ .path = in_tmp(state,
		"get-1/a.m4a"), .cover = in_tmp(state, "get-1/a.jpg") };
	finished_mark(&job);
	assert_true(job.finished);
	job.end = FETCH_DEFERRED;
	fetch_job_free(&job);
}

/* Whether a job of that kind gets it. */
static bool takes(void **state, const char *key, const char *pinned,
    const char *identity)
{
	struct track t = { .key = (char *)(uintptr_t)key };
	struct fetch_job job = { .track = &t, .pinned = pinned,
		.pinned_identity = identity };
	struct finished *f = finished_load(*state);
	char *source = NULL;
	bool taken = finished_take(f, &job, &source);

	/* It is taken once. */
	if (taken)
		assert_false(finished_take(f, &job, &source));
	free(source);
	job.end = FETCH_DEFERRED;
	fetch_job_free(&job);
	finished_free(f, false);
	return taken;
}

static void a_job_gets_back_what_was_marked(void **state)
{
	struct fetch_job job = { .track = &wanted };
	struct finished *f;
	char *source;

	finish(state, NULL);
	finished_clean(*state);
	f = finished_load(*state);
	assert_true(finished_has(f, "key"));
	assert_false(finished_has(f, "other"));
	assert_true(finished_take(f, &job, &source));
	assert_string_equal(source, "web");
	assert_string_equal(job.candidate.ref, LINK);
	assert_string_equal(job.candidate.title, "Ada - Light");
	assert_true(job.candidate.duration_s == 20);
	assert_string_equal(job.match_result.reason, "fits");
	assert_true(job.match_result.score == 0.75);
	assert_string_equal(path_base(job.delivery.path), "a.m4a");
	assert_string_equal(path_base(job.delivery.cover), "a.jpg");
	/* What is placed goes with its marker. */
	job.end = FETCH_GOT;
	fetch_job_free(&job);
	finished_free(f, true);
	assert_false(is_there(state, "get-1"));
	assert_false(is_there(state, "get-1.json"));
	free(source);
}

static void what_is_pinned_decides_who_gets_it(void **state)
{
	finish(state, NULL);
	assert_true(takes(state, "key", NULL, NULL));
	assert_true(takes(state, "key", LINK, NULL));
	assert_false(takes(state, "key", "https://example.com/2", NULL));
	assert_false(takes(state, "key", LINK, "identity"));
	assert_false(takes(state, "other", NULL, NULL));
}

static void what_was_pinned_needs_the_pin(void **state)
{
	finish(state, LINK);
	assert_true(takes(state, "key", LINK, NULL));
	assert_false(takes(state, "key", NULL, NULL));
}

static void what_nobody_took_is_discarded(void **state)
{
	finish(state, NULL);
	finished_free(finished_load(*state), false);
	assert_true(is_there(state, "get-1/a.m4a"));
	finished_free(finished_load(*state), true);
	assert_false(is_there(state, "get-1"));
	assert_false(is_there(state, "get-1.json"));
}

static void an_unfinished_download_is_removed(void **state)
{
	static const char *const markers[] = { "", "{", "[]", "{}",
		"{\"track\":\"key\",\"source\":\"web\",\"why\":\"\","
		"\"file\":\"a.m4a\",\"bytes\":5}",
		/* Another length, no file, a file elsewhere, a folder. */
		"{\"track\":\"key\",\"source\":\"web\",\"why\":\"\","
		"\"candidate\":{\"ref\":\"r\",\"title\":\"t\"},"
		"\"file\":\"a.m4a\",\"bytes\":4}",
		"{\"track\":\"key\",\"source\":\"web\",\"why\":\"\","
		"\"candidate\":{\"ref\":\"r\",\"title\":\"t\"},"
		"\"file\":\"b.m4a\",\"bytes\":5}",
		"{\"track\":\"key\",\"source\":\"web\",\"why\":\"\","
		"\"candidate\":{\"ref\":\"r\",\"title\":\"t\"},"
		"\"file\":\"../get-2/a.m4a\",\"bytes\":5}",
		"{\"track\":\"key\",\"source\":\"web\",\"why\":\"\","
		"\"candidate\":{\"ref\":\"r\",\"title\":\"t\"},"
		"\"file\":\".\",\"bytes\":5}",
	};

	for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++) {
		finish(state, NULL);
		write_text(state, "get-1.json", markers[i]);
		assert_false(takes(state, "key", NULL, NULL));
		finished_clean(*state);
		assert_false(is_there(state, "get-1"));
		assert_false(is_there(state, "get-1.json"));
	}
}

static void what_has_no_marker_or_is_none_is_removed(void **state)
{
	char *folder = in_tmp(state, "get-2"), *link = in_tmp(state, "get-3");

	finish(state, NULL);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_text(state, "get-2/a.m4a", "audio");
	write_text(state, "get-9.json", "{}");
	assert_int_equal(symlink("/etc/hostname", link), 0);
	finished_clean(*state);
	assert_false(is_there(state, "get-2"));
	assert_false(is_there(state, "get-9.json"));
	assert_false(is_there(state, "get-3"));
	assert_true(takes(state, "key", NULL, NULL));
	free(folder);
	free(link);
}

static void a_link_in_place_of_the_file_is_not_taken(void **state)
{
	char *path = in_tmp(state, "get-1/a.m4a");

	finish(state, NULL);
	write_text(state, "other", "audio");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("../other", path), 0);
	assert_false(takes(state, "key", NULL, NULL));
	free(path);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_state, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_gets_back_what_was_marked),
		TEST(what_is_pinned_decides_who_gets_it),
		TEST(what_was_pinned_needs_the_pin),
		TEST(what_nobody_took_is_discarded),
		TEST(an_unfinished_download_is_removed),
		TEST(what_has_no_marker_or_is_none_is_removed),
		TEST(a_link_in_place_of_the_file_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
