/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "sources/exec/reader.h"
#include "sources/source.h"

static struct exec_message m;
static struct error error;

static enum outcome parse(const char *line)
{
	exec_message_free(&m);
	error.text[0] = '\0';
	return exec_message_parse(line, strlen(line), &m, &error);
}

/* The line is refused with these words. */
static void assert_refused(const char *line, const char *words)
{
	assert_int_equal(parse(line), SERVICE_FAILED);
	if (strstr(error.text, words) == NULL)
		fail_msg("%s: %s", line, error.text);
}

static int end(void **state)
{
	(void)state;
	exec_message_free(&m);
	return 0;
}

static void a_hello_says_what_a_program_can_do(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"type\":\"hello\",\"id\":1,\"protocol\":1,"
	    "\"name\":\"shop\",\"version\":\"2\",\"parallel\":4,"
	    "\"capabilities\":[\"search\",\"link\",\"new\",7]}"), DONE);
	assert_int_equal(m.type, EXEC_HELLO);
	assert_int_equal(m.id, 1);
	assert_true(m.search && m.link && !m.track && !m.isrc);
	assert_int_equal(m.parallel, 4);
	assert_string_equal(m.name, "shop");
	assert_string_equal(m.version, "2");
	assert_int_equal(parse("{\"type\":\"hello\",\"id\":1,\"protocol\":1,"
	    "\"capabilities\":[\"track\",\"isrc\"]}"), DONE);
	assert_true(m.track && m.isrc && !m.search);
	assert_int_equal(m.parallel, 1);
	assert_string_equal(m.name, "");
}

static void parallel_is_within_its_range(void **state)
{
	static const struct { const char *says; int counts; } cases[] = {
		{ "-1", 1 }, { "0", 1 }, { "1", 1 }, { "16", 16 },
		{ "17", 16 }, { "1e30", 1 }, { "\"x\"", 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *line = xasprintf("{\"type\":\"hello\",\"id\":1,"
		    "\"protocol\":1,\"capabilities\":[\"search\"],"
		    "\"parallel\":%s}", cases[i].says);

		assert_int_equal(parse(line), DONE);
		assert_int_equal(m.parallel, cases[i].counts);
		free(line);
	}
}

static void a_hello_needs_protocol_and_capabilities(void **state)
{
	(void)state;
	assert_refused("{\"type\":\"hello\",\"id\":1,\"protocol\":2,"
	    "\"capabilities\":[\"search\"]}", "speaks protocol 2");
	assert_refused("{\"type\":\"hello\",\"id\":1,"
	    "\"capabilities\":[\"search\"]}", "speaks protocol 0");
	assert_refused("{\"type\":\"hello\",\"id\":1,\"protocol\":1,"
	    "\"capabilities\":[\"isrc\"]}", "none of the capabilities");
}

static void candidates_come_with_what_is_known_of_them(void **state)
{
	const struct candidate *c;

	(void)state;
	assert_int_equal(parse("{\"type\":\"candidates\",\"id\":7,"
	    "\"candidates\":[{\"ref\":\"a/b\",\"title\":\"Light\","
	    "\"artist\":\"Ada\",\"duration\":200.5,\"isrc\":\"X\","
	    "\"verified\":true},{\"ref\":\"2\",\"title\":\"\","
	    "\"duration\":-1}]}"), DONE);
	assert_int_equal(m.candidates.count, 2);
	c = m.candidates.items;
	assert_string_equal(c->ref, "a/b");
	assert_string_equal(c->artist, "Ada");
	assert_null(c->album);
	assert_true(c->duration_s > 200 && c->verified);
	assert_int_equal(c->views, -1);
	assert_true(c[1].duration_s <= 0);
	assert_int_equal(m.dropped, 0);
	assert_refused("{\"type\":\"candidates\",\"id\":7}", "no array");
}

static void candidates_that_cannot_be_kept_are_dropped(void **state)
{
	char *at_limit = xcalloc(1, EXEC_MAX_REF + 2), *line;

	(void)state;
	secret_add("Pa55word-of-mine");
	assert_int_equal(parse("{\"type\":\"candidates\",\"id\":7,"
	    "\"candidates\":[{\"title\":\"a\"},{\"ref\":\"a\"},7,null,"
	    "{\"ref\":\"\",\"title\":\"a\"},"
	    "{\"ref\":\"a\\nb\",\"title\":\"a\"},"
	    "{\"ref\":\"a\\u0000b\",\"title\":\"a\"},"
	    "{\"ref\":\"a\",\"title\":\"a\\u001b[0m\"},"
	    "{\"ref\":\"Pa55word-of-mine\",\"title\":\"a\"}]}"), DONE);
	assert_int_equal(m.candidates.count, 0);
	assert_int_equal(m.dropped, 9);
	for (size_t over = 0; over < 2; over++) {
		memset(at_limit, 'x', EXEC_MAX_REF + over);
		line = xasprintf("{\"type\":\"candidates\",\"id\":7,"
		    "\"candidates\":[{\"ref\":\"%s\",\"title\":\"a\"}]}",
		    at_limit);
		assert_int_equal(parse(line), DONE);
		assert_int_equal(m.dropped, over);
		free(line);
	}
	free(at_limit);
	secret_forget_all();
}

static void no_more_candidates_are_taken_than_a_search_has(void **state)
{
	struct buf line = BUF_INIT;

	(void)state;
	buf_puts(&line, "{\"type\":\"candidates\",\"id\":7,\"candidates\":[");
	for (int i = 0; i <= SOURCE_MAX_CANDIDATES; i++)
		buf_printf(&line, "%s{\"ref\":\"%d\",\"title\":\"a\"}",
		    i > 0 ? "," : "", i);
	buf_puts(&line, "]}");
	assert_int_equal(parse(buf_str(&line)), DONE);
	assert_int_equal(m.candidates.count, SOURCE_MAX_CANDIDATES);
	assert_int_equal(m.dropped, 1);
	buf_free(&line);
}

static void errors_have_a_known_code(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"type\":\"error\",\"id\":7,"
	    "\"code\":\"rate_limited\",\"message\":\"slow\","
	    "\"retry_after\":90}"), DONE);
	assert_int_equal(m.code, EXEC_RATE_LIMITED);
	assert_int_equal(m.retry_after, 90);
	assert_string_equal(m.text, "slow");
	assert_int_equal(parse("{\"type\":\"error\",\"id\":7,"
	    "\"code\":\"auth\",\"retry_after\":-5}"), DONE);
	assert_int_equal(m.retry_after, 0);
	assert_null(m.text);
	assert_int_equal(parse("{\"type\":\"error\",\"id\":7,"
	    "\"code\":\"temporary\",\"retry_after\":99999999}"), DONE);
	assert_int_equal(m.retry_after, EXEC_MAX_RETRY_AFTER);
	assert_refused("{\"type\":\"error\",\"id\":7,\"code\":\"x\"}",
	    "unknown code \"x\"");
	assert_refused("{\"type\":\"error\",\"id\":7}", "unknown code");
}

static void a_download_that_is_done_has_a_file(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"type\":\"done\",\"id\":7,"
	    "\"file\":\"a.mp3\"}"), DONE);
	assert_string_equal(m.file, "a.mp3");
	assert_refused("{\"type\":\"done\",\"id\":7}", "without \"file\"");
	assert_refused("{\"type\":\"done\",\"id\":7,\"file\":\"\"}",
	    "without \"file\"");
	assert_refused("{\"type\":\"done\",\"id\":7,\"file\":\"a\\u0000\"}",
	    "without \"file\"");
}

static void other_lines_are_no_messages(void **state)
{
	static const char *const lines[] = { "Downloading...", "{}", "[]",
		"null", "{\"type\":\"done\",\"file\":\"x\"}",
		"{\"type\":\"done\",\"id\":0,\"file\":\"x\"}",
		"{\"type\":\"done\",\"id\":-1,\"file\":\"x\"}",
		"{\"type\":\"other\",\"id\":1}", "{\"id\":1}",
		"{\"type\":\"progress\",\"id\":1", "\xff\xfe" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_refused(lines[i], "no message of the protocol");
}

/* ---- the stream ---- */

static int64_t ids[8];
static size_t n_ids, stop_after;

static bool note(void *ctx, struct exec_message *got)
{
	(void)ctx;
	assert_true(n_ids < 8);
	ids[n_ids++] = got->id;
	return n_ids != stop_after;
}

static enum outcome feed(struct exec_reader *r, const char *data, size_t len)
{
	return exec_reader_feed(r, data, len, note, NULL, &error);
}

static void messages_may_come_in_pieces(void **state)
{
	static const char text[] = "{\"type\":\"progress\",\"id\":1}\r\n\n"
	    "{\"type\":\"progress\",\"id\":2}\n"
	    "{\"type\":\"progress\",\"id\":3}";

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct exec_reader r = { .unasked = 0 };

		n_ids = stop_after = 0;
		for (size_t i = 0; i < sizeof(text) - 1; i += step)
			assert_int_equal(feed(&r, text + i, step <
			    sizeof(text) - 1 - i ? step :
			    sizeof(text) - 1 - i), DONE);
		/* The third has no end yet. */
		assert_int_equal(n_ids, 2);
		assert_int_equal(feed(&r, "\n", 1), DONE);
		assert_int_equal(n_ids, 3);
		assert_int_equal(ids[2], 3);
		exec_reader_free(&r);
	}
}

static void a_reader_stops_when_it_is_told_to(void **state)
{
	static const char text[] = "{\"type\":\"progress\",\"id\":1}\n"
	    "{\"type\":\"progress\",\"id\":2}\n";
	struct exec_reader r = { .unasked = 0 };

	(void)state;
	n_ids = 0;
	stop_after = 1;
	assert_int_equal(feed(&r, text, sizeof(text) - 1), STOPPED);
	assert_int_equal(n_ids, 1);
	exec_reader_free(&r);
}

static void a_line_has_its_limit(void **state)
{
	static const char begin[] = "{\"type\":\"progress\",\"id\":1,\"x\":\"";
	size_t room = EXEC_MAX_LINE - (sizeof(begin) - 1) - 2;
	char *fill = xmalloc(room + 1);

	(void)state;
	memset(fill, 'x', room + 1);
	for (size_t over = 0; over < 2; over++) {
		struct exec_reader r = { .unasked = 0 };

		n_ids = stop_after = 0;
		assert_int_equal(feed(&r, begin, sizeof(begin) - 1), DONE);
		assert_int_equal(feed(&r, fill, room + over), DONE);
		assert_int_equal(feed(&r, "\"}\n", 3), over == 0 ? DONE :
		    SERVICE_FAILED);
		assert_int_equal(n_ids, 1 - over);
		exec_reader_free(&r);
	}
	free(fill);
}

static void output_without_an_answer_has_its_limit(void **state)
{
	struct exec_reader r = { .unasked = EXEC_MAX_UNASKED - 2 };

	(void)state;
	n_ids = stop_after = 0;
	assert_int_equal(feed(&r, "\n\n", 2), DONE);
	assert_int_equal(feed(&r, "\n", 1), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "8 MB without an answer"));
	exec_reader_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_says_what_a_program_can_do),
		cmocka_unit_test(parallel_is_within_its_range),
		cmocka_unit_test(a_hello_needs_protocol_and_capabilities),
		cmocka_unit_test(candidates_come_with_what_is_known_of_them),
		cmocka_unit_test(candidates_that_cannot_be_kept_are_dropped),
		cmocka_unit_test(
		    no_more_candidates_are_taken_than_a_search_has),
		cmocka_unit_test(errors_have_a_known_code),
		cmocka_unit_test(a_download_that_is_done_has_a_file),
		cmocka_unit_test(other_lines_are_no_messages),
		cmocka_unit_test(messages_may_come_in_pieces),
		cmocka_unit_test(a_reader_stops_when_it_is_told_to),
		cmocka_unit_test(a_line_has_its_limit),
		cmocka_unit_test(output_without_an_answer_has_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
