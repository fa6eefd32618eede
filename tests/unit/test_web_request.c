/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <unistd.h>

#include "web/answer.h"
#include "web/request.h"

static int parse(const char *const *env, struct web_request *r)
{
	struct error error = { .text = "" };
	int status = request_parse((char *const *)(uintptr_t)env, r, &error);

	assert_true((status == 0) == (error.text[0] == '\0'));
	return status;
}

static void what_a_server_passes_on_is_read(void **state)
{
	static const char *const env[] = { "PATH=/bin", "REQUEST_METHOD=POST",
		"SCRIPT_NAME=/x", "PATH_INFO=/api/runs", "CONTENT_LENGTH=12",
		"CONTENT_TYPE=Application/JSON; charset=utf-8",
		"HTTP_HOST=a.example", "HTTP_ORIGIN=https://a.example",
		"HTTP_COOKIE=a=b", "HTTP_SEC_FETCH_SITE=none",
		"HTTP_IF_NONE_MATCH=\"x\"", "REMOTE_USER=ada",
		"HTTP_AUTHORIZATION=Bearer x", NULL };
	struct web_request r;

	(void)state;
	assert_int_equal(parse(env, &r), 0);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.script, "/x");
	assert_string_equal(r.path, "/api/runs");
	assert_string_equal(r.user, "ada");
	assert_string_equal(r.fetch_site, "none");
	assert_string_equal(r.none_match, "\"x\"");
	assert_int_equal(r.length, 12);
	assert_true(request_has_type(&r, "application/json"));
	assert_false(request_has_type(&r, "application/js"));
	assert_false(request_has_type(&r, "application/jsonx"));
	request_free(&r);
}

static void what_is_absent_is_empty(void **state)
{
	static const char *const env[] = { "REMOTE_USERS=x", NULL };
	struct web_request r;

	(void)state;
	assert_int_equal(parse(env, &r), 0);
	assert_string_equal(r.method, "");
	assert_string_equal(r.path, "");
	assert_string_equal(r.user, "");
	assert_int_equal(r.length, 0);
	assert_false(request_has_type(&r, "application/json"));
}

static int parse_one(const char *name, const char *value)
{
	char line[REQUEST_MAX_VALUE + 64];
	const char *const env[] = { line, NULL };
	struct web_request r;

	snprintf(line, sizeof(line), "%s=%s", name, value);
	return parse(env, &r);
}

static void a_length_is_a_number_up_to_a_megabyte(void **state)
{
	(void)state;
	assert_int_equal(parse_one("CONTENT_LENGTH", ""), 0);
	assert_int_equal(parse_one("CONTENT_LENGTH", "0"), 0);
	assert_int_equal(parse_one("CONTENT_LENGTH", "1048576"), 0);
	assert_int_equal(parse_one("CONTENT_LENGTH", "1048577"), 413);
	assert_int_equal(parse_one("CONTENT_LENGTH",
	    "18446744073709551616"), 413);
	assert_int_equal(parse_one("CONTENT_LENGTH", "-1"), 400);
	assert_int_equal(parse_one("CONTENT_LENGTH", "+1"), 400);
	assert_int_equal(parse_one("CONTENT_LENGTH", "1 "), 400);
	assert_int_equal(parse_one("CONTENT_LENGTH", "0x1"), 400);
}

static void values_are_short_lines_of_text(void **state)
{
	static const char *const wrong[] = { "a\nb", "a\rb", "\x1b[0m", "\x7f",
		"\xff", "\xc3", "\xe2\x80\xae" };
	char *longest = malloc(REQUEST_MAX_VALUE + 2);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(parse_one("HTTP_COOKIE", wrong[i]), 400);
	assert_int_equal(parse_one("HTTP_COOKIE", "\xc3\xa9"), 0);
	memset(longest, 'x', REQUEST_MAX_VALUE + 1);
	longest[REQUEST_MAX_VALUE + 1] = '\0';
	assert_int_equal(parse_one("HTTP_COOKIE", longest), 400);
	assert_int_equal(parse_one("HTTP_COOKIE", longest + 1), 0);
	free(longest);
}

static void a_path_begins_with_a_slash(void **state)
{
	(void)state;
	assert_int_equal(parse_one("PATH_INFO", "/"), 0);
	assert_int_equal(parse_one("PATH_INFO", ""), 0);
	assert_int_equal(parse_one("PATH_INFO", "x"), 400);
}

/* The writing end stays open, as a server may leave it. */
static int read_body(const char *sent, size_t length, bool keep_open,
    struct web_request *r)
{
	struct error error;
	int ends[2], status;

	*r = (struct web_request){ .length = length };
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], sent, strlen(sent)), strlen(sent));
	if (!keep_open)
		close(ends[1]);
	status = request_read_body(ends[0], 20, r, &error);
	close(ends[0]);
	if (keep_open)
		close(ends[1]);
	return status;
}

static void a_body_is_read_as_long_as_it_was_announced(void **state)
{
	struct web_request r;

	(void)state;
	assert_int_equal(read_body("{}more", 2, true, &r), 0);
	assert_string_equal(buf_str(&r.body), "{}");
	request_free(&r);
	assert_int_equal(read_body("", 0, true, &r), 0);
	request_free(&r);
}

static void a_body_that_is_cut_off_or_slow_is_refused(void **state)
{
	struct web_request r;

	(void)state;
	assert_int_equal(read_body("{", 2, false, &r), 400);
	request_free(&r);
	assert_int_equal(read_body("{", 2, true, &r), 408);
	request_free(&r);
}

/* What is sent, with the text of the answer; caller frees. */
static char *sent(const struct answer *a, bool head)
{
	FILE *f = tmpfile();
	char *text = calloc(1, 8192);

	assert_int_equal(answer_send(a, head, fileno(f)), 0);
	rewind(f);
	assert_true(fread(text, 1, 8191, f) > 0);
	fclose(f);
	return text;
}

static void a_problem_is_told_as_the_standard_says(void **state)
{
	struct answer a = { .status = 0 };
	char *text;

	(void)state;
	answer_problem(&a, 404, "there is \"none\"");
	answer_header(&a, "X-Test: %d", 7);
	text = sent(&a, false);
	assert_true(strncmp(text, "Status: 404 Not Found\r\n", 23) == 0);
	assert_non_null(strstr(text,
	    "\r\nContent-Type: application/problem+json\r\n"));
	assert_non_null(strstr(text, "\r\nX-Test: 7\r\n\r\n{\"type\":"
	    "\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
	    "\"detail\":\"there is \\\"none\\\"\"}"));
	free(text);
	text = sent(&a, true);
	assert_null(strstr(text, "about:blank"));
	free(text);
	answer_free(&a);
}

static void an_answer_that_is_known_is_not_sent_again(void **state)
{
	struct answer a = { .status = 0 }, b = { .status = 0 };
	char tag[32];

	(void)state;
	answer_text(&a, 200, "text/plain", "x", 1);
	answer_etag(&a, "");
	assert_int_equal(a.status, 200);
	assert_int_equal(sscanf(buf_str(&a.headers), "ETag: %31s", tag), 1);
	answer_text(&b, 200, "text/plain", "x", 1);
	answer_etag(&b, tag);
	assert_int_equal(b.status, 304);
	assert_int_equal(b.body.len, 0);
	answer_free(&b);
	b = (struct answer){ .status = 0 };
	answer_text(&b, 200, "text/plain", "y", 1);
	answer_etag(&b, tag);
	assert_int_equal(b.status, 200);
	answer_free(&a);
	answer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_passes_on_is_read),
		cmocka_unit_test(what_is_absent_is_empty),
		cmocka_unit_test(a_length_is_a_number_up_to_a_megabyte),
		cmocka_unit_test(values_are_short_lines_of_text),
		cmocka_unit_test(a_path_begins_with_a_slash),
		cmocka_unit_test(a_body_is_read_as_long_as_it_was_announced),
		cmocka_unit_test(a_body_that_is_cut_off_or_slow_is_refused),
		cmocka_unit_test(a_problem_is_told_as_the_standard_says),
		cmocka_unit_test(an_answer_that_is_known_is_not_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
