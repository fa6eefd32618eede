/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/utf8.h"
#include "library/place.h"

/* A track of which only what a test is about is set. */
static void assert_path(const char *layout, const char *artist,
    const char *title, const char *album, const char *expected)
{
	struct track t;
	char *path;

	track_init(&t);
	track_add_artist(&t, artist);
	t.title = title != NULL ? strdup(title) : NULL;
	t.album = album != NULL ? strdup(album) : NULL;
	path = layout_path(layout, &t, NULL, "m4a");
	assert_string_equal(path, expected);
	free(path);
	track_free(&t);
}

static void every_field_has_its_place(void **state)
{
	struct track t;
	char *path;

	(void)state;
	track_init(&t);
	track_add_artist(&t, "Orbital");
	track_add_artist(&t, "Lisa Gerrard");
	t.title = strdup("One Perfect Sunrise");
	t.album = strdup("Blue Album");
	t.release_date = strdup("2004-06-21");
	t.track_number = 9;
	t.disc_number = 2;
	t.album_artist = strdup("Various Artists");
	path = layout_path("{playlist}/{albumartist}/{artist}/{year} {album}/"
	    "{disc}-{track} {artists} - {title}", &t, "Set", "flac");
	assert_string_equal(path, "Set/Various Artists/Orbital/2004 Blue Album/"
	    "2-09 Orbital & Lisa Gerrard - One Perfect Sunrise.flac");
	free(path);
	track_free(&t);
}

static void signs_that_some_file_system_refuses_are_replaced(void **state)
{
	(void)state;
	assert_path("{artist} - {title}", "AC/DC", "T.N.T.", NULL,
	    "AC\xe2\x88\x95" "DC - T.N.T.m4a");
	assert_path("{title}", NULL, "a\\b:c*d?e\"f<g>h|i", NULL,
	    "a_b_c_d_e_f_g_h_i.m4a");
	assert_path("{title}", NULL, "tab\tand\nline\x7f", NULL,
	    "tab_and_line_.m4a");
	assert_path("{title}", NULL, "latin \xe9\xff 1", NULL,
	    "latin __ 1.m4a");
	assert_path("a:b/{title}?", NULL, "x", NULL, "a_b/x_.m4a");
}

static void no_component_is_hidden_or_leads_elsewhere(void **state)
{
	(void)state;
	assert_path("{artist}/{title}", "..", "..", NULL, "__/__.m4a");
	assert_path("{artist}/{title}", ".", "../../etc/passwd", NULL,
	    "_/\xe2\x88\x95..\xe2\x88\x95" "etc\xe2\x88\x95passwd.m4a");
	assert_path("{artist}/{title}", ".hidden", "..also", NULL,
	    "hidden/also.m4a");
	assert_path("{artist}/{title}", "Sleigh... ", "ends. . ", NULL,
	    "Sleigh/ends.m4a");
	assert_path("{artist}/{title}", "...", " . ", NULL,
	    "___/___.m4a");
}

static void a_year_is_four_digits_or_left_out(void **state)
{
	static const char *const dates[] = { "../.", "/etc", "19", "", "x",
		"0000", "0000-00-00" };

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		struct track t;
		char *path;

		track_init(&t);
		t.title = strdup("t");
		t.release_date = strdup(dates[i]);
		path = layout_path("{year}/{title}", &t, NULL, "mp3");
		assert_string_equal(path, "t.mp3");
		free(path);
		track_free(&t);
	}
}

static void what_is_unknown_is_called_so(void **state)
{
	(void)state;
	assert_path("{artist}/{album}/{title}", NULL, NULL, NULL,
	    "Unknown Artist/Unknown Album/Unknown Title.m4a");
	assert_path("{artists}/{album}/{title}", NULL, "", "  ",
	    "Unknown Artist/Unknown Album/Unknown Title.m4a");
}

static void a_number_that_is_not_known_leaves_nothing(void **state)
{
	static const struct {
		const char *layout, *unknown, *known;
	} cases[] = {
		{ "{track} - {title}", "Hi.m4a", "09 - Hi.m4a" },
		{ "{track} {title}", "Hi.m4a", "09 Hi.m4a" },
		{ "{disc}-{track} {title}", "Hi.m4a", "2-09 Hi.m4a" },
		{ "{artist} - {track} - {title}", "Ada - Hi.m4a",
		  "Ada - 09 - Hi.m4a" },
		{ "{title} ({track}) {artist}", "Hi Ada.m4a",
		  "Hi (09) Ada.m4a" },
		{ "{title} [{track}]", "Hi.m4a", "Hi [09].m4a" },
		{ "{title} - {track}", "Hi.m4a", "Hi - 09.m4a" },
		{ "{artist}{track} {title}", "Ada Hi.m4a", "Ada09 Hi.m4a" },
		{ "{artist}/{disc}/{title}", "Ada/Hi.m4a", "Ada/2/Hi.m4a" },
		{ "{artist}/{disc}-{track}/{title}", "Ada/Hi.m4a",
		  "Ada/2-09/Hi.m4a" },
		{ "{disc}{track}", "_.m4a", "209.m4a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct track t;
		char *path;

		track_init(&t);
		track_add_artist(&t, "Ada");
		t.title = strdup("Hi");
		path = layout_path(cases[i].layout, &t, NULL, "m4a");
		assert_string_equal(path, cases[i].unknown);
		free(path);
		t.track_number = 9;
		t.disc_number = 2;
		path = layout_path(cases[i].layout, &t, NULL, "m4a");
		assert_string_equal(path, cases[i].known);
		free(path);
		track_free(&t);
	}
}

/* What the layout becomes for a track of which all, or only artist and title,
 * is known. */
static void assert_both(const char *layout, const char *known,
    const char *unknown)
{
	struct track t;
	char *path;

	assert_null(layout_check(layout));
	track_init(&t);
	track_add_artist(&t, "Ada");
	t.title = strdup("Hi");
	path = layout_path(layout, &t, NULL, "m4a");
	assert_string_equal(path, unknown);
	free(path);
	t.album = strdup("Sea");
	t.album_artist = strdup("Bo");
	t.release_date = strdup("1999-01-01");
	t.track_number = 3;
	t.disc_number = 2;
	path = layout_path(layout, &t, "Set", "m4a");
	assert_string_equal(path, known);
	free(path);
	track_free(&t);
}

static void what_is_absent_leaves_no_empty_brackets_or_folders(void **state)
{
	(void)state;
	assert_both("{title} ({year})", "Hi (1999).m4a", "Hi.m4a");
	assert_both("{title} [{playlist}] {artist}", "Hi [Set] Ada.m4a",
	    "Hi Ada.m4a");
	assert_both("{playlist}/{title}", "Set/Hi.m4a", "Hi.m4a");
	assert_both("{year} {album}/{title}", "1999 Sea/Hi.m4a",
	    "Unknown Album/Hi.m4a");
	assert_both("{albumartist}/{title}", "Bo/Hi.m4a", "Ada/Hi.m4a");
}

static void a_condition_chooses_between_two_texts(void **state)
{
	(void)state;
	assert_both("{album?{album}|Singles}/{title}", "Sea/Hi.m4a",
	    "Singles/Hi.m4a");
	assert_both("{album?{album}/}{title}", "Sea/Hi.m4a", "Hi.m4a");
	assert_both("{album?{album}/}/{title}", "Sea/Hi.m4a", "Hi.m4a");
	assert_both("{track?{disc?{disc}-}{track} }{title}{year? (y {year})}",
	    "2-03 Hi (y 1999).m4a", "Hi.m4a");
	assert_both("{playlist?Sets/{playlist}|Music/{albumartist?c|"
	    "{artist}}}/{title}", "Sets/Set/Hi.m4a", "Music/Ada/Hi.m4a");
	assert_both("{album?|none }{title}", "Hi.m4a", "none Hi.m4a");
	assert_both("{album?..}/{title}|x", "_/Hi_x.m4a", "Hi_x.m4a");
}

static void conditions_that_are_not_whole_are_refused(void **state)
{
	static const char *const bad[] = { "{album?x", "{album?x|y", "{x?y}",
		"{album?x|y|z}", "{album?{name}}/x", "{album?x}}", "{?x}",
		"{album?x|{title}", "{album/?x}", "{track?{track?{track?"
		"{track?{track?{track?{track?{track?{track?x}}}}}}}}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(layout_check(bad[i]));
	assert_null(layout_check("{track?{track?{track?{track?{track?{track?"
	    "{track?{track?x}}}}}}}}"));
}

static void devices_of_windows_are_marked(void **state)
{
	(void)state;
	assert_path("{artist}/{title}", "CON", "nul", NULL, "_CON/_nul.m4a");
	assert_path("{artist}/{title}", "Aux.live", "COM1", NULL,
	    "_Aux.live/_COM1.m4a");
	assert_path("{artist}/{title}", "CON  ", "LPT9 .x", NULL,
	    "_CON/_LPT9 .x.m4a");
	assert_path("{artist}/{title}", "Console", "COM0", NULL,
	    "Console/COM0.m4a");
}

/* 300 bytes of "\xc3\xa4" cut in the middle would be no UTF-8. */
static void long_names_are_cut_between_characters(void **state)
{
	struct track t;
	char title[302], *path, *slash;
	size_t len;

	(void)state;
	for (size_t lead = 0; lead < 2; lead++) {
		track_init(&t);
		memset(title, 'x', sizeof(title));
		for (size_t i = lead; i + 1 < 300; i += 2)
			memcpy(title + i, "\xc3\xa4", 2);
		title[300] = '\0';
		t.title = strdup(title);
		path = layout_path("{title}/{title}", &t, NULL, "flac");
		slash = strchr(path, '/');
		assert_in_range(slash - path, 254, 255);
		len = strlen(slash + 1);
		assert_in_range(len + strlen(" (99)"), 250, 255);
		assert_string_equal(slash + 1 + len - 5, ".flac");
		for (size_t i = 0; path[i] != '\0';) {
			size_t n = utf8_length(path + i, strlen(path + i));

			assert_true(n > 0);
			i += n;
		}
		free(path);
		track_free(&t);
	}
}

static void a_mark_does_not_make_a_name_too_long(void **state)
{
	char artist[400] = "CON.", *path;
	struct track t;

	(void)state;
	memset(artist + 4, 'y', 380);
	track_init(&t);
	track_add_artist(&t, artist);
	path = layout_path("{artist}/x", &t, NULL, "mp3");
	assert_int_equal(strcspn(path, "/"), 255);
	free(path);
	track_free(&t);
}

static void an_extension_from_outside_is_not_trusted(void **state)
{
	static const char *const bad[] = { "", "/../x", "m4a/", "a b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct track t;
	char *path;

	(void)state;
	track_init(&t);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		path = layout_path("x", &t, NULL, bad[i]);
		assert_string_equal(path, "x.bin");
		free(path);
	}
	track_free(&t);
}

static void layouts_that_lead_nowhere_are_refused(void **state)
{
	static const char *const bad[] = { "", "/{artist}", "{artist}/",
		"../{title}", "a/../{title}", "./{title}", "a//{title}",
		"{artist}/..", "{name}", "{title", "title}", "{}", "{Title}",
		"{artist} {{title}}" };
	static const char *const good[] = { "{artist} - {title}",
		"{artist}/{album}/{track} {title}", "music/{title}...",
		"...{title}", "{artists}{year}{disc}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(layout_check(bad[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_null(layout_check(good[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_its_place),
		cmocka_unit_test(
		    signs_that_some_file_system_refuses_are_replaced),
		cmocka_unit_test(no_component_is_hidden_or_leads_elsewhere),
		cmocka_unit_test(a_year_is_four_digits_or_left_out),
		cmocka_unit_test(what_is_unknown_is_called_so),
		cmocka_unit_test(a_number_that_is_not_known_leaves_nothing),
		cmocka_unit_test(
		    what_is_absent_leaves_no_empty_brackets_or_folders),
		cmocka_unit_test(a_condition_chooses_between_two_texts),
		cmocka_unit_test(conditions_that_are_not_whole_are_refused),
		cmocka_unit_test(devices_of_windows_are_marked),
		cmocka_unit_test(long_names_are_cut_between_characters),
		cmocka_unit_test(a_mark_does_not_make_a_name_too_long),
		cmocka_unit_test(an_extension_from_outside_is_not_trusted),
		cmocka_unit_test(layouts_that_lead_nowhere_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
