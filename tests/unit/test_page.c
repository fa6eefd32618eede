/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/json.h"
#include "base/mem.h"
#include "report/page.h"
#include "report/html.h"
#include "report/svg.h"

#define NOW INT64_C(1800000000)

static char *render(struct page *p, size_t missing, size_t *len)
{
	static const struct counters counters = { .runs = 3, .n_sources = 1,
		.source = { { .name = "a<b", .got = 2, .failed = 1 } } };
	const struct page_head head = { .library = "/srv/<music>",
		.made = NOW, .liked = 5, .in_library = 4, .missing = missing,
		.disk_percent = 50, .counters = &counters,
		.max_disk_usage = 85 };
	char *text = page_render(p, &head, len);

	page_free(p);
	return text;
}

static void add_run(struct page *p, const char *text)
{
	struct json *v = json_parse(text, strlen(text), NULL);

	assert_non_null(v);
	page_add_run(p, v);
	json_free(v);
}

static void add_song(struct page *p, const char *title, int64_t at,
    const struct analysis *a)
{
	char path[] = "sub/file.mp3";
	struct file f;

	file_init(&f);
	f.path = path;
	f.media.tags.title = xstrdup(title);
	f.added_at = at;
	page_add_file(p, &f, a, at >= NOW);
	free(f.media.tags.title);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void text_is_escaped_in_html(void **state)
{
	static const struct {
		const char *given, *shown;
	} cases[] = {
		{ "plain", "plain" },
		{ "<b onclick='x'>&\"", "&lt;b onclick=&#39;x&#39;&gt;"
		    "&amp;&quot;" },
		{ "Bj\xc3\xb6rk", "Bj\xc3\xb6rk" },
		{ "Bj\xf6rk", "Bj\xef\xbf\xbdrk" },
		{ "torn \xe2\x99", "torn \xef\xbf\xbd\xef\xbf\xbd" },
		{ "\x1b[2J", "\xef\xbf\xbd[2J" },
		{ NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = BUF_INIT;

		html_text(&b, cases[i].given);
		assert_string_equal(buf_str(&b), cases[i].shown);
		buf_free(&b);
	}
}

static void numbers_have_separators_and_units(void **state)
{
	static const struct {
		double given;
		const char *unit, *shown;
	} cases[] = {
		{ 0, "", "0" }, { 999, "", "999" }, { 1000, "", "1,000" },
		{ 1234567, "", "1,234,567" }, { 85.24, "%", "85.2%" },
		{ 85, "%", "85%" }, { -9.4, " LUFS", "-9.4 LUFS" },
		{ -12, "", "-12" }, { 9.96, "", "10" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = BUF_INIT;

		html_number(&b, cases[i].given, cases[i].unit);
		assert_string_equal(buf_str(&b), cases[i].shown);
		buf_free(&b);
	}
}

static void a_scale_ends_at_round_values(void **state)
{
	static const struct {
		double min, max, low, high;
	} cases[] = {
		{ 0, 1, 0, 1 }, { 0, 37, 0, 40 }, { 38000, 42800, 38000,
		    44000 }, { 3, 100, 0, 100 }, { 7, 7, 7, 8 },
		{ 0, 0, 0, 1 }, { -24, -3, -30, 0 }, { 1e9, 3e9, 0, 3e9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scale s = { .at_low = 100, .at_high = 0 };

		scale_round(&s, cases[i].min, cases[i].max);
		assert_true(s.low == cases[i].low && s.high == cases[i].high);
		assert_true(scale_at(&s, s.low) == 100);
		assert_true(scale_at(&s, s.high) == 0);
		assert_true((s.high - s.low) / s.step <= 6);
	}
}

static void an_empty_page_is_complete_and_says_so(void **state)
{
	size_t len;
	char *text = render(page_new(), 0, &len);

	(void)state;
	assert_int_equal(strlen(text), len);
	assert_non_null(strstr(text, "/srv/&lt;music&gt;"));
	assert_non_null(strstr(text, "No data yet."));
	assert_non_null(strstr(text, "Every liked track is in the library."));
	assert_string_equal(text + len - 8, "</html>\n");
	free(text);
}

static void titles_cannot_become_markup(void **state)
{
	struct page *p = page_new();
	struct track t;
	size_t len;
	char *text;

	(void)state;
	add_song(p, "</title><script>alert(1)</script>", NOW, NULL);
	track_init(&t);
	track_add_artist(&t, "\"><img src=x>");
	str_replace(&t.title, "<svg onload=x>");
	page_add_missing(p, &t, "</td><script>", "<script>x", 1, 0);
	track_free(&t);
	text = render(p, 1, &len);
	assert_int_equal(count(text, "<script>"), 1);
	assert_null(strstr(text, "<img"));
	assert_null(strstr(text, "<svg onload"));
	free(text);
}

static void files_are_counted_in_their_columns(void **state)
{
	static const struct {
		const char *camelot;
		double bpm, loudness;
		int energy;
	} songs[] = {
		{ "8A", 128, -9.5, 7 }, { "8A", 129.9, -9.1, 7 },
		{ "12B", 30, -60, 1 }, { "1B", 400, 3, 10 },
		{ "", 0, -14, 0 }, { "13A", 125, -10, 7 },
	};
	struct page *p = page_new();
	size_t len;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(songs) / sizeof(*songs); i++) {
		struct analysis a = { .bpm = songs[i].bpm,
			.energy = songs[i].energy, .has_loudness = true,
			.loudness = songs[i].loudness };

		snprintf(a.camelot, sizeof(a.camelot), "%s",
		    songs[i].camelot);
		add_song(p, "x", NOW, &a);
	}
	text = render(p, 0, &len);
	assert_non_null(strstr(text, "<title>8A: 2</title>"));
	assert_non_null(strstr(text, "<title>12B: 1</title>"));
	assert_non_null(strstr(text, "<title>1B: 1</title>"));
	assert_non_null(strstr(text, "<title>3A: 0</title>"));
	/* The ends take what lies outside. */
	assert_non_null(strstr(text, "<title>60: 1 files</title>"));
	assert_non_null(strstr(text, "<title>195: 1 files</title>"));
	assert_non_null(strstr(text, "<title>125: 3 files</title>"));
	assert_non_null(strstr(text, "<title>-24: 1 files</title>"));
	assert_non_null(strstr(text, "<title>-1: 1 files</title>"));
	assert_non_null(strstr(text, "<title>-10: 3 files</title>"));
	assert_non_null(strstr(text, "<title>7: 3 files</title>"));
	free(text);
}

static void the_newest_files_come_first(void **state)
{
	struct page *p = page_new();
	const char *newest, *second;
	char title[32];
	size_t len;
	char *text;

	(void)state;
	/* In no order, as the index gives them. */
	for (int i = 0; i < 97; i++) {
		snprintf(title, sizeof(title), "song %d.", i * 31 % 97);
		add_song(p, title, NOW + i * 31 % 97, NULL);
	}
	text = render(p, 0, &len);
	newest = strstr(text, "song 96.");
	second = strstr(text, "song 95.");
	assert_true(newest != NULL && second > newest);
	assert_int_equal(count(text, "<b>song "), 24);
	assert_null(strstr(text, "song 72."));
	free(text);
}

static void a_run_without_a_value_leaves_a_gap(void **state)
{
	struct page *p = page_new();
	size_t len;
	char *text;

	(void)state;
	add_run(p, "{\"ended\":\"2026-11-01T00:00:00Z\",\"liked\":10,"
	    "\"in_library\":5,\"library_files\":100,\"disk_percent\":50.5}");
	add_run(p, "{\"ended\":\"2026-11-02T00:00:00Z\",\"liked\":0,"
	    "\"exit_status\":75,\"outcome\":\"later\",\"why\":\"<no>\"}");
	add_run(p, "{\"ended\":\"2026-11-03T00:00:00Z\",\"liked\":12,"
	    "\"in_library\":5,\"library_files\":103,\"disk_percent\":51}");
	/* Before the last one: a clock that was set back. */
	add_run(p, "{\"ended\":\"2026-10-03T00:00:00Z\",\"liked\":99}");
	add_run(p, "{\"ended\":7}");
	text = render(p, 0, &len);
	assert_non_null(strstr(text, "The last 3"));
	assert_non_null(strstr(text, "&lt;no&gt;"));
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf"));
	/* The pen is lifted, in all three lines that have the gap. */
	assert_int_equal(count(text, "M350.0"), 4);
	free(text);
}

static void a_large_library_makes_a_small_page(void **state)
{
	struct analysis a = { .bpm = 120, .energy = 5 };
	struct page *p = page_new();
	struct track t;
	size_t len;
	char *text;

	(void)state;
	for (int i = 0; i < 100000; i++)
		add_song(p, "A title of usual length", NOW - i, &a);
	track_init(&t);
	track_add_artist(&t, "An artist");
	str_replace(&t.title, "A title of usual length");
	for (int i = 0; i < 50000; i++)
		page_add_missing(p, &t, "ytdlp: 10 candidates, none is it",
		    "A title of usual length: a live recording", 3, NOW);
	track_free(&t);
	for (int i = 0; i < 15000; i++) {
		char *run, ended[32];

		snprintf(ended, sizeof(ended), "%04d-%02d-%02dT00:00:00Z",
		    2027 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
		run = xasprintf("{\"ended\":\"%s\",\"liked\":%d,\"in_library\":%d,"
		    "\"library_files\":%d}", ended, i + 1, i + 1, i + 1);
		add_run(p, run);
		free(run);
	}
	text = render(p, 50000, &len);
	assert_true(len < 1 << 20);
	assert_non_null(strstr(text, "The newest 1,000 of 50,000"));
	assert_non_null(strstr(text, "<td class=\"n\">15,000</td>"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped_in_html),
		cmocka_unit_test(numbers_have_separators_and_units),
		cmocka_unit_test(a_scale_ends_at_round_values),
		cmocka_unit_test(an_empty_page_is_complete_and_says_so),
		cmocka_unit_test(titles_cannot_become_markup),
		cmocka_unit_test(files_are_counted_in_their_columns),
		cmocka_unit_test(the_newest_files_come_first),
		cmocka_unit_test(a_run_without_a_value_leaves_a_gap),
		cmocka_unit_test(a_large_library_makes_a_small_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
