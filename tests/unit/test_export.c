/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "spotify/export.h"

static struct liked read_ok(const char *name)
{
	char path[128];
	struct liked l;
	struct why why = { .text = "" };

	snprintf(path, sizeof(path), "data/export/%s", name);
	if (export_read(path, &l, &why) != DONE)
		fail_msg("%s", why.text);
	assert_true(l.complete);
	return l;
}

static void the_account_export_is_read_whatever_its_year(void **state)
{
	struct liked l = read_ok("your-library.json");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_null(l.tracks.items[1].id);
	assert_string_equal(l.tracks.items[1].album, "1989");
	assert_int_equal(l.unusable, 1);
	liked_free(&l);
}

static void a_translated_table_is_read_by_its_places(void **state)
{
	struct liked l = read_ok("exportify-app-german.csv");
	const struct track *t = &l.tracks.items[0];

	(void)state;
	assert_int_equal(l.tracks.count, 1);
	assert_string_equal(t->title, "A \"quoted\" name");
	assert_int_equal(t->n_artists, 2);
	assert_string_equal(t->artists[0], "Tyler, The Creator");
	assert_string_equal(t->isrc, "USSM11205438");
	assert_int_equal(t->duration_ms, 215000);
	assert_true(t->is_explicit);
	assert_int_equal(t->track_number, 3);
	liked_free(&l);
}

static void the_other_family_is_read_by_its_names(void **state)
{
	struct liked l = read_ok("exportify-net-bom.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 1);
	assert_string_equal(l.tracks.items[0].title, "Light, Bright");
	assert_string_equal(l.tracks.items[0].artists[1], "Bo");
	assert_true(l.tracks.items[0].added_at > 0);
	assert_int_equal(l.unusable, 1);
	liked_free(&l);
}

static void a_comma_among_semicolons_is_part_of_a_name(void **state)
{
	struct liked l = read_ok("exportify-net-comma-in-a-name.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_int_equal(l.tracks.items[0].n_artists, 1);
	assert_string_equal(l.tracks.items[0].artists[0],
	    "Tyler, The Creator");
	assert_int_equal(l.tracks.items[1].n_artists, 2);
	liked_free(&l);
}

static void a_table_of_2024_has_commas_between_artists(void **state)
{
	struct liked l = read_ok("exportify-net-2024.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 1);
	assert_string_equal(l.tracks.items[0].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_int_equal(l.tracks.items[0].n_artists, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada;Eve");
	liked_free(&l);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
	struct liked l = read_ok("your-library-bom.json");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_true(l.tracks.items[1].is_local);
	assert_null(l.tracks.items[1].id);
	liked_free(&l);
	l = read_ok("extinf-first-bom.m3u");
	assert_int_equal(l.tracks.count, 1);
	assert_int_equal(l.unusable, 0);
	assert_int_equal(l.tracks.items[0].duration_ms, 215000);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada");
	liked_free(&l);
}

static void a_playlist_may_hold_links_and_odd_lines(void **state)
{
	struct liked l = read_ok("playlist-bom.m3u8");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Céline");
	assert_string_equal(l.tracks.items[0].title, "Été - live");
	assert_int_equal(l.tracks.items[0].duration_ms, 0);
	assert_string_equal(l.tracks.items[1].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_string_equal(l.tracks.items[1].title, "");
	assert_int_equal(l.rows, 3);
	assert_int_equal(l.unusable, 1);
	liked_free(&l);
}

static void a_playlist_names_its_songs(void **state)
{
	struct liked l = read_ok("playlist.m3u");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada");
	assert_int_equal(l.tracks.items[0].duration_ms, 215000);
	assert_string_equal(l.tracks.items[1].title, "Bus");
	liked_free(&l);
}

static void what_is_none_of_these_is_refused_by_name(void **state)
{
	static const char *const bad[] = {
		"data/export/your-library-cut-short.json",
		"data/export/exportify-app-cut-short.csv",
		"data/export/isrc-where-exportify-has-it.csv",
		"data/export/empty.m3u8", "data/export/only-a-bom.json",
		"data/export/not-an-export.txt", "data/export/absent.json" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct liked l;
		struct why why;

		assert_int_equal(export_read(bad[i], &l, &why), RUN_CONFIG);
		assert_non_null(strstr(why.text, bad[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_account_export_is_read_whatever_its_year),
		cmocka_unit_test(a_translated_table_is_read_by_its_places),
		cmocka_unit_test(the_other_family_is_read_by_its_names),
		cmocka_unit_test(a_comma_among_semicolons_is_part_of_a_name),
		cmocka_unit_test(a_table_of_2024_has_commas_between_artists),
		cmocka_unit_test(a_byte_order_mark_is_passed_over),
		cmocka_unit_test(a_playlist_names_its_songs),
		cmocka_unit_test(a_playlist_may_hold_links_and_odd_lines),
		cmocka_unit_test(what_is_none_of_these_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
