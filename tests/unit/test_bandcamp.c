/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "sources/source.h"
#include "sources/ytdlp/bandcamp.h"

static int take(const char *text, struct candidates *out)
{
	struct buf answer = BUF_INIT;
	int failed;

	memset(out, 0, sizeof(*out));
	buf_puts(&answer, text);
	failed = bandcamp_take_results(&answer, out);
	buf_free(&answer);
	return failed;
}

static void tracks_become_candidates_without_length(void **state)
{
	struct candidates found;

	(void)state;
	assert_int_equal(take("{\"auto\":{\"results\":["
	    "{\"type\":\"t\",\"name\":\"Light\",\"band_name\":\"Ada\","
	    "\"album_name\":\"Album\",\"item_url_path\":"
	    "\"https://ada.example/track/light\"},"
	    "{\"type\":\"t\",\"name\":\"Bus\",\"item_url_root\":"
	    "\"https://bo.example\",\"item_url_path\":\"/track/bus\"}]}}",
	    &found), 0);
	assert_int_equal(found.count, 2);
	assert_string_equal(found.items[0].ref,
	    "https://ada.example/track/light");
	assert_string_equal(found.items[0].title, "Light");
	assert_string_equal(found.items[0].channel, "Ada");
	assert_null(found.items[0].artist);
	assert_string_equal(found.items[0].album, "Album");
	assert_true(found.items[0].duration_s <= 0);
	assert_string_equal(found.items[1].ref, "https://bo.example/track/bus");
	candidates_free(&found);
}

static void what_is_no_track_or_no_link_is_skipped(void **state)
{
	struct candidates found;

	(void)state;
	assert_int_equal(take("{\"auto\":{\"results\":["
	    "{\"type\":\"a\",\"name\":\"A\",\"item_url_path\":\"https://a/b\"},"
	    "{\"type\":\"t\",\"name\":\"\",\"item_url_path\":\"https://a/b\"},"
	    "{\"type\":\"t\",\"name\":\"B\"},"
	    "{\"type\":\"t\",\"name\":\"C\",\"item_url_path\":\"file:///etc\"},"
	    "{\"type\":\"t\",\"name\":\"D\",\"item_url_path\":\"http://a/b\"},"
	    "{\"type\":\"t\",\"name\":\"E\",\"item_url_path\":\"/b\"},"
	    "7,null]}}", &found), 0);
	assert_int_equal(found.count, 0);
	candidates_free(&found);
}

static void nothing_found_is_an_answer_and_other_text_is_none(void **state)
{
	static const char *const others[] = { "", "{}", "[]", "<html>",
		"{\"auto\":{}}", "{\"auto\":{\"results\":{}}}" };
	struct candidates found;

	(void)state;
	assert_int_equal(take("{\"auto\":{\"results\":[]}}", &found), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(take(others[i], &found), -1);
	assert_int_equal(found.count, 0);
}

static void no_answer_makes_more_candidates_than_are_asked_for(void **state)
{
	struct buf text = BUF_INIT;
	struct candidates found;

	(void)state;
	buf_puts(&text, "{\"auto\":{\"results\":[");
	for (int i = 0; i < SOURCE_MAX_CANDIDATES + 1; i++)
		buf_printf(&text, "%s{\"type\":\"t\",\"name\":\"N\","
		    "\"item_url_path\":\"https://a/%d\"}", i > 0 ? "," : "", i);
	buf_puts(&text, "]}}");
	assert_int_equal(take(buf_str(&text), &found), 0);
	assert_int_equal(found.count, SOURCE_MAX_CANDIDATES);
	candidates_free(&found);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracks_become_candidates_without_length),
		cmocka_unit_test(what_is_no_track_or_no_link_is_skipped),
		cmocka_unit_test(
		    nothing_found_is_an_answer_and_other_text_is_none),
		cmocka_unit_test(
		    no_answer_makes_more_candidates_than_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
