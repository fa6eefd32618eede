/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against a server in place of AcoustID's. Nothing sleeps: the wrapped clock
 * notes how long it would have. */
#include "test.h"

#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "sources/acoustid.h"
#include "server.h"

#define THREADS 12

/* ---- in place of the clock; the linker wraps these ---- */

int64_t __wrap_clock_mono_ms(void);
int __wrap_clock_sleep_ms(int64_t ms);

static int64_t longest_sleep;
static int sleep_says;

int64_t __wrap_clock_mono_ms(void)
{
	return 1000000;
}

int __wrap_clock_sleep_ms(int64_t ms)
{
	longest_sleep = ms > longest_sleep ? ms : longest_sleep;
	return sleep_says;
}

/* ---- the stage ---- */

static struct {
	struct server server;
	struct acoustid *acoustid;
	char *key_file;
	int status;
	const char *body;
} s;

static void answer(void *ctx, int fd, int n, const char *request)
{
	(void)ctx, (void)n, (void)request;
	server_reply(fd, s.status, "", s.body);
}

static int begin(void **state)
{
	struct error error;

	if (make_folder(state) != 0)
		return -1;
	memset(&s, 0, sizeof(s));
	longest_sleep = sleep_says = 0;
	s.status = 200;
	s.key_file = path_join(*state, "key");
	assert_int_equal(file_write(s.key_file, "mykey\n", 6, 0600), 0);
	server_start(&s.server, answer, NULL);
	s.acoustid = acoustid_new(s.server.url, s.key_file, &error);
	return s.acoustid != NULL ? 0 : -1;
}

static int end(void **state)
{
	acoustid_free(s.acoustid);
	server_stop(&s.server);
	server_free(&s.server);
	free(s.key_file);
	return remove_folder(state);
}

static enum outcome look_up(struct candidates *out, struct error *error)
{
	const struct fingerprint f = { .code = (char *)"AQ+d/",
		.duration = 200.6 };

	memset(out, 0, sizeof(*out));
	return acoustid_lookup(s.acoustid, &f, out, error);
}

/* How many names there are for the answer. */
static size_t names_in(const char *body)
{
	struct candidates out;
	struct error error;
	size_t count;

	s.body = body;
	assert_int_equal(look_up(&out, &error), DONE);
	count = out.count;
	candidates_free(&out);
	return count;
}

#define ANSWER(results) "{\"status\":\"ok\",\"results\":[" results "]}"
#define RESULT(score, recordings) "{\"score\":" score ",\"recordings\":[" \
	recordings "]}"
#define LIGHT "{\"title\":\"Light\",\"artists\":[{\"name\":\"Ada\"}]}"

/* ---- what is asked ---- */

static void it_asks_with_the_key_the_length_and_the_code(void **state)
{
	(void)state;
	assert_int_equal(names_in(ANSWER("")), 0);
	assert_memory_equal(s.server.seen[0], "POST /lookup ", 13);
	assert_non_null(strstr(s.server.seen[0], "&client=mykey&"));
	assert_non_null(strstr(s.server.seen[0],
	    "&duration=201&fingerprint=AQ%2Bd%2F"));
}

static void what_says_nothing_is_not_asked(void **state)
{
	struct fingerprint f = { .code = (char *)"AQ", .duration = 1 };
	struct candidates out = { .count = 0 };
	struct error error;

	(void)state;
	s.body = ANSWER("");
	assert_int_equal(acoustid_lookup(s.acoustid, &f, &out, &error), DONE);
	assert_int_equal(s.server.count, 1);
	f.duration = 0.99;
	assert_int_equal(acoustid_lookup(s.acoustid, &f, &out, &error), DONE);
	f.duration = 200;
	f.code = NULL;
	assert_int_equal(acoustid_lookup(s.acoustid, &f, &out, &error), DONE);
	assert_int_equal(s.server.count, 1);
}

static void a_key_that_is_not_there_is_told(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(file_write(s.key_file, " \n", 2, 0600), 0);
	assert_null(acoustid_new(s.server.url, s.key_file, &error));
	assert_non_null(strstr(error.text, s.key_file));
	unlink(s.key_file);
	assert_null(acoustid_new(s.server.url, s.key_file, &error));
	assert_non_null(strstr(error.text, s.key_file));
	acoustid_free(NULL);
}

static void it_is_asked_three_times_a_second_at_most(void **state)
{
	(void)state;
	names_in(ANSWER(""));
	assert_true(longest_sleep <= 0);
	names_in(ANSWER(""));
	assert_in_range(longest_sleep, 334, 400);
	sleep_says = -1;
	assert_int_equal(look_up(&(struct candidates){ 0 },
	    &(struct error){ .reason = 0 }), STOPPED);
	assert_int_equal(s.server.count, 2);
}

/* ---- what is answered ---- */

static void recordings_become_candidates(void **state)
{
	struct candidates out;
	struct error error;

	(void)state;
	s.body = ANSWER(RESULT("0.9", "{\"title\":\"Light\",\"artists\":["
	    "{\"name\":\"Ada\",\"joinphrase\":\" feat. \"},{\"name\":\"Bo\"},"
	    "{\"name\":\"Cid\"}]},{\"title\":\"\"},{},"
	    "{\"title\":\"Dark\"}"));
	assert_int_equal(look_up(&out, &error), DONE);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.items[0].title, "Light");
	assert_string_equal(out.items[0].artist, "Ada feat. Bo, Cid");
	assert_string_equal(out.items[1].title, "Dark");
	assert_string_equal(out.items[1].artist, "");
	candidates_free(&out);
}

static void what_it_is_not_sure_of_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(names_in(ANSWER(RESULT("0.8", LIGHT))), 1);
	assert_int_equal(names_in(ANSWER(RESULT("0.7999", LIGHT))), 0);
	assert_int_equal(names_in(ANSWER(RESULT("0.7", LIGHT) ","
	    RESULT("0.95", LIGHT) "," RESULT("0.81", LIGHT))), 2);
}

static void fifty_names_are_enough(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int n = 50; n <= 51; n++) {
		buf_puts(&b, "{\"status\":\"ok\",\"results\":["
		    "{\"score\":1,\"recordings\":[");
		for (int i = 0; i < n; i++)
			buf_printf(&b, "%s" LIGHT, i > 0 ? "," : "");
		buf_puts(&b, "]}]}");
		assert_int_equal(names_in(buf_str(&b)), 50);
		buf_free(&b);
	}
}

static void assert_failed(int status, const char *body, const char *reason)
{
	struct candidates out;
	struct error error;

	s.status = status;
	s.body = body;
	assert_int_equal(look_up(&out, &error), SERVICE_FAILED);
	if (strstr(error.text, reason) == NULL)
		fail_msg("%s", error.text);
	assert_int_equal(out.count, 0);
}

static void after_three_failures_it_is_left_alone(void **state)
{
	(void)state;
	assert_failed(400, "{\"status\":\"error\",\"error\":{\"message\":"
	    "\"invalid key\"}}", "invalid key");
	assert_failed(200, "{\"status\":\"error\"}", "200");
	s.status = 200;
	assert_int_equal(names_in(ANSWER(RESULT("1", LIGHT))), 1);
	assert_failed(503, "busy", "503");
	assert_failed(500, ANSWER(RESULT("1", LIGHT)), "500");
	assert_failed(503, "busy", "503");
	assert_int_equal(s.server.count, 6);
	/* In the words of the last. */
	assert_failed(200, ANSWER(RESULT("1", LIGHT)), "503");
	assert_int_equal(s.server.count, 6);
}

/* ---- many at once ---- */

/* The name is the length that the request was about. */
static void answer_many(void *ctx, int fd, int n, const char *request)
{
	const char *at = strstr(request, "&duration=");
	char body[128];

	(void)ctx, (void)n;
	snprintf(body, sizeof(body), ANSWER(RESULT("1", "{\"title\":\"%.0f\"}")),
	    at != NULL ? strtod(at + strlen("&duration="), NULL) : 0);
	server_reply(fd, 200, "", body);
}

/* Each asks about another length, and gets it back as a title. */
static void *ask_one(void *number)
{
	char title[16];
	struct fingerprint f = { .code = (char *)"AQ",
		.duration = 100 + *(int *)number };
	struct candidates out = { .count = 0 };
	struct error error;
	bool right;

	snprintf(title, sizeof(title), "%d", 100 + *(int *)number);
	right = acoustid_lookup(s.acoustid, &f, &out, &error) == DONE &&
	    out.count == 1 && strcmp(out.items[0].title, title) == 0;
	candidates_free(&out);
	return right ? number : NULL;
}

static void concurrent_lookups_get_their_own_answers_one_by_one(void **state)
{
	pthread_t thread[THREADS];
	int number[THREADS];
	void *right;

	(void)state;
	s.server.answer = answer_many;
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, ask_one,
		    &number[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &right);
		assert_non_null(right);
	}
	assert_int_equal(s.server.count, THREADS);
	assert_in_range(longest_sleep, 334, 400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_asks_with_the_key_the_length_and_the_code),
		TEST(what_says_nothing_is_not_asked),
		TEST(a_key_that_is_not_there_is_told),
		TEST(it_is_asked_three_times_a_second_at_most),
		TEST(recordings_become_candidates),
		TEST(what_it_is_not_sure_of_is_left_out),
		TEST(fifty_names_are_enough),
		TEST(after_three_failures_it_is_left_alone),
		TEST(concurrent_lookups_get_their_own_answers_one_by_one),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
