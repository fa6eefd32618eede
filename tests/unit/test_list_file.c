/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <iconv.h>

#include "base/mem.h"
#include "imports/list_file.h"

static struct track_list read_ok(const char *name)
{
	char path[128];
	struct track_list l;
	struct error error = { .text = "" };

	snprintf(path, sizeof(path), "data/export/%s", name);
	if (list_file_read(path, "loved", &l, &error) != DONE)
		fail_msg("%s", error.text);
	assert_true(l.complete);
	return l;
}

static void the_account_export_is_read_whatever_its_year(void **state)
{
	struct track_list l = read_ok("your-library.json");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_null(l.tracks.items[1].id);
	assert_string_equal(l.tracks.items[1].album, "1989");
	assert_int_equal(l.unusable, 1);
	track_list_free(&l);
}

static void a_translated_table_is_read_by_its_places(void **state)
{
	struct track_list l = read_ok("exportify-app-german.csv");
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
	track_list_free(&l);
}

static void the_other_family_is_read_by_its_names(void **state)
{
	struct track_list l = read_ok("exportify-net-bom.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 1);
	assert_string_equal(l.tracks.items[0].title, "Light, Bright");
	assert_string_equal(l.tracks.items[0].artists[1], "Bo");
	assert_true(l.tracks.items[0].added_at > 0);
	assert_int_equal(l.unusable, 1);
	track_list_free(&l);
}

static void a_comma_among_semicolons_is_part_of_a_name(void **state)
{
	struct track_list l = read_ok("exportify-net-comma-in-a-name.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_int_equal(l.tracks.items[0].n_artists, 1);
	assert_string_equal(l.tracks.items[0].artists[0],
	    "Tyler, The Creator");
	assert_int_equal(l.tracks.items[1].n_artists, 2);
	track_list_free(&l);
}

static void a_table_of_2024_has_commas_between_artists(void **state)
{
	struct track_list l = read_ok("exportify-net-2024.csv");

	(void)state;
	assert_int_equal(l.tracks.count, 1);
	assert_string_equal(l.tracks.items[0].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_int_equal(l.tracks.items[0].n_artists, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada;Eve");
	track_list_free(&l);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
	struct track_list l = read_ok("your-library-bom.json");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_true(l.tracks.items[1].is_local);
	assert_null(l.tracks.items[1].id);
	track_list_free(&l);
	l = read_ok("extinf-first-bom.m3u");
	assert_int_equal(l.tracks.count, 1);
	assert_int_equal(l.unusable, 0);
	assert_int_equal(l.tracks.items[0].duration_ms, 215000);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada");
	track_list_free(&l);
}

static void a_playlist_may_hold_links_and_odd_lines(void **state)
{
	struct track_list l = read_ok("playlist-bom.m3u8");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Céline");
	assert_string_equal(l.tracks.items[0].title, "Été - live");
	assert_int_equal(l.tracks.items[0].duration_ms, 0);
	assert_string_equal(l.tracks.items[1].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_string_equal(l.tracks.items[1].title, "");
	assert_int_equal(l.rows, 3);
	assert_int_equal(l.unusable, 1);
	track_list_free(&l);
}

static void a_playlist_names_its_songs(void **state)
{
	struct track_list l = read_ok("playlist.m3u");

	(void)state;
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].artists[0], "Ada");
	assert_int_equal(l.tracks.items[0].duration_ms, 215000);
	assert_string_equal(l.tracks.items[1].title, "Bus");
	track_list_free(&l);
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
		struct track_list l;
		struct error error;

		assert_int_equal(list_file_read(bad[i], "loved", &l, &error), RUN_CONFIG);
		assert_non_null(strstr(error.text, bad[i]));
	}
}

/* ---- as other programs save a list ---- */

static void write_list(const char *path, const char *mark, size_t mark_len,
    const char *encoding, const char *text)
{
	iconv_t cd = iconv_open(encoding, "UTF-8");
	size_t left = strlen(text), room = 4096;
	char out[4096], *in = (char *)(uintptr_t)text, *to = out;
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_true(cd != (iconv_t)-1);
	assert_int_equal(iconv(cd, &in, &left, &to, &room), 0);
	iconv_close(cd);
	fwrite(mark, 1, mark_len, f);
	fwrite(out, 1, sizeof(out) - room, f);
	assert_int_equal(fclose(f), 0);
}

/* Each text says the same: Bj\xc3\xb6rk's J\xc3\xb3ga, and 50 Words. */
static const struct {
	const char *name, *text;
} lists[] = {
	{ "l.csv", "Track URI,Track Name,Artist Name(s),Album Name\r\n"
	    "spotify:track:3eSyMBd7ERw68NVB3jlRmW,J\xc3\xb3ga,"
	    "Bj\xc3\xb6rk,\"a, b; c\"\r\n"
	    ",50 Words,Kate Bush,\r\n" },
	{ "l.csv", "Track URI;Track Name;Artist Name(s);Album Name\r\n"
	    "spotify:track:3eSyMBd7ERw68NVB3jlRmW;J\xc3\xb3ga;"
	    "Bj\xc3\xb6rk;\"a, b; c\"\r\n;50 Words;Kate Bush;\r\n" },
	{ "l.txt", "Track URI\tTrack Name\tArtist Name(s)\tAlbum Name\n"
	    "spotify:track:3eSyMBd7ERw68NVB3jlRmW\tJ\xc3\xb3ga\t"
	    "Bj\xc3\xb6rk\ta, b; c\n\t50 Words\tKate Bush\t" },
	{ "l.csv", "sep=;\r\n\"Track URI\";\"Track Name\";"
	    "\"Artist Name(s)\";\"Album, Name\"\r\n"
	    "spotify:track:3eSyMBd7ERw68NVB3jlRmW;J\xc3\xb3ga;"
	    "Bj\xc3\xb6rk;x\r\n;50 Words;Kate Bush;\r\n" },
	{ "l.m3u", "#EXTM3U\r\n#EXTINF:1,Bj\xc3\xb6rk - J\xc3\xb3ga\r\n"
	    "https://open.spotify.com/track/3eSyMBd7ERw68NVB3jlRmW\r\n"
	    "Kate Bush - 50 Words.flac\r\n" },
	{ "l.json", "{\"tracks\": [{\"artist\": \"Bj\xc3\xb6rk\", "
	    "\"track\": \"J\xc3\xb3ga\", \"uri\": "
	    "\"spotify:track:3eSyMBd7ERw68NVB3jlRmW\"},\n"
	    "{\"artist\": \"Kate Bush\", \"track\": \"50 Words\"}]}" },
};

#define N_LISTS (sizeof(lists) / sizeof(*lists))

static const struct {
	const char *mark;
	size_t len;
	const char *encoding;
} encodings[] = {
	{ "", 0, "UTF-8" }, { "\xef\xbb\xbf", 3, "UTF-8" },
	{ "\xff\xfe", 2, "UTF-16LE" }, { "\xfe\xff", 2, "UTF-16BE" },
	{ "\xff\xfe\0\0", 4, "UTF-32LE" }, { "", 0, "WINDOWS-1252" },
};

static void assert_both_tracks(const char *path)
{
	struct track_list l;
	struct error error = { .text = "" };

	if (list_file_read(path, "loved", &l, &error) != DONE)
		fail_msg("%s", error.text);
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].title, "J\xc3\xb3ga");
	assert_int_equal(l.tracks.items[0].n_artists, 1);
	assert_string_equal(l.tracks.items[0].artists[0], "Bj\xc3\xb6rk");
	assert_string_equal(l.tracks.items[0].id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_string_equal(l.tracks.items[1].title, "50 Words");
	assert_string_equal(l.tracks.items[1].artists[0], "Kate Bush");
	assert_int_equal(l.unusable, 0);
	track_list_free(&l);
}

static void a_list_is_read_in_every_encoding_and_with_every_separator(
    void **state)
{
	for (size_t i = 0; i < N_LISTS; i++) {
		char *path = xasprintf("%s/%s", (char *)*state, lists[i].name);

		for (size_t j = 0; j < sizeof(encodings) / sizeof(*encodings);
		    j++) {
			write_list(path, encodings[j].mark, encodings[j].len,
			    encodings[j].encoding, lists[i].text);
			assert_both_tracks(path);
		}
		free(path);
	}
}

static void a_byte_of_windows_1252_leaves_other_lines_alone(void **state)
{
	char *path = xasprintf("%s/mixed.m3u", (char *)*state);
	struct track_list l;
	struct error error;

	write_list(path, "Ada - Caf\xe9 \x80.mp3\n", 17, "UTF-8",
	    "Bj\xc3\xb6rk - J\xc3\xb3ga.mp3\n");
	assert_int_equal(list_file_read(path, "loved", &l, &error), DONE);
	assert_string_equal(l.tracks.items[0].title,
	    "Caf\xc3\xa9 \xe2\x82\xac");
	assert_string_equal(l.tracks.items[1].title, "J\xc3\xb3ga");
	track_list_free(&l);
	free(path);
}

static void an_encoding_that_nobody_can_tell_is_refused_by_name(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *said;
	} bad[] = {
		{ "\xff\xfe{\0\"\0t", 7, "UTF-16LE" },	/* half a unit */
		{ "\xff\xfe\0\xd8x\0", 6, "UTF-16LE" },	/* half a pair */
		{ "\xef\xbb\xbf\xff", 4, "UTF-8" },
		{ "T\0r\0a\0c\0k\0", 10, "NUL bytes" },
		{ "Track Name,Artist Name(s)\na,b\0\n", 31, "NUL bytes" },
		{ "ok\nBj\xc3\xb6rk \xf6\n", 12, "line 2" },
		{ "\x81\n", 2, "line 1" },	/* no character there */
		{ "Track Name|Artist Name(s)\na|b\n", 30, "Track Name" },
	};
	char *path = xasprintf("%s/bad.csv", (char *)*state);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct track_list l;
		struct error error;

		write_list(path, bad[i].bytes, bad[i].len, "UTF-8", "");
		assert_int_equal(list_file_read(path, "loved", &l, &error), RUN_CONFIG);
		assert_non_null(strstr(error.text, path));
		assert_non_null(strstr(error.text, bad[i].said));
	}
	free(path);
}

/* ---- playlists ---- */

#define ITEM(title, id) "{\"track\":{\"trackName\":\"" title "\"," \
	"\"artistName\":\"Ada\",\"albumName\":\"X\",\"trackUri\":" \
	"\"spotify:track:00000000000000000000" id "\"},\"episode\":null," \
	"\"localTrack\":null,\"addedDate\":\"2026-01-01\"}"

static const char playlists[] = " {\n\"playlists\": [{\"name\":\"Gym\","
    "\"lastModifiedDate\":\"2026-01-02\",\"items\":["
    ITEM("One", "01") ",{\"track\":null,\"episode\":{\"episodeName\":\"Talk\"},"
    "\"localTrack\":null},{\"track\":null,\"episode\":null,\"localTrack\":{"
    "\"uri\":\"spotify:local:Me::Tape:258\"}},{\"track\":null},"
    ITEM("Two", "02") "," ITEM("One", "01") "],\"description\":null},"
    "{\"name\":\"Night\",\"items\":[" ITEM("Two", "02") ","
    ITEM("Three", "03") "]}]}";

static enum outcome read_playlist(char *folder, const char *file,
    const char *text, const char *name, struct track_list *l,
    struct error *error)
{
	char *path = xasprintf("%s/%s", folder, file);
	enum outcome o;

	write_list(path, "", 0, "UTF-8", text);
	o = list_file_read_playlist(path, name, l, error);
	free(path);
	return o;
}

static void a_playlist_of_an_account_export_is_read(void **state)
{
	struct track_list l;
	struct error error;

	assert_int_equal(read_playlist(*state, "Playlist1.json", playlists,
	    "gym", &l, &error), DONE);
	assert_string_equal(l.name, "Gym");
	assert_int_equal(l.tracks.count, 2);
	assert_int_equal(l.tracks.items[0].position, 1);
	assert_int_equal(l.tracks.items[1].position, 5);
	assert_int_equal(l.rows, 6);
	assert_int_equal(l.episodes, 1);
	assert_int_equal(l.local, 1);
	assert_int_equal(l.unusable, 1);
	assert_string_equal(l.tracks.items[1].title, "Two");
	assert_string_equal(l.tracks.items[1].artists[0], "Ada");
	assert_string_equal(l.tracks.items[1].id, "0000000000000000000002");
	track_list_free(&l);
	assert_int_equal(read_playlist(*state, "Playlist1.json", playlists,
	    NULL, &l, &error), DONE);
	assert_string_equal(l.name, "Playlist1.json");
	assert_int_equal(l.tracks.count, 3);
	assert_int_equal(l.tracks.items[2].position, 8);
	track_list_free(&l);
	assert_int_equal(read_playlist(*state, "Playlist1.json", playlists,
	    "Day", &l, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "it contains: Gym, Night"));
}

static void playlists_are_no_liked_songs(void **state)
{
	char *path = xasprintf("%s/Playlist1.json", (char *)*state);
	struct track_list l;
	struct error error;

	write_list(path, "", 0, "UTF-8", playlists);
	assert_int_equal(list_file_read(path, "loved", &l, &error), RUN_CONFIG);
	free(path);
}

static void a_file_of_liked_songs_is_a_playlist_too(void **state)
{
	for (size_t i = 0; i < N_LISTS; i++) {
		struct track_list l;
		struct error error;

		assert_int_equal(read_playlist(*state, lists[i].name,
		    lists[i].text, NULL, &l, &error), DONE);
		assert_int_equal(l.tracks.count, 2);
		assert_string_equal(l.name, lists[i].name);
		assert_int_equal(l.tracks.items[0].position, 1);
		assert_int_equal(l.tracks.items[1].position, 2);
		track_list_free(&l);
	}
}

static void entries_that_are_no_tracks_keep_their_positions(void **state)
{
	struct track_list l;
	struct error error;

	assert_int_equal(read_playlist(*state, "l.csv",
	    "Track URI,Track Name,Artist Name(s)\n"
	    "spotify:episode:3eSyMBd7ERw68NVB3jlRmW,Talk,\n"
	    "spotify:local:Me::Tape:258,Tape,Me\n,,\n,One,Ada\n,one,ada\n"
	    ",Two,Ada\n", NULL, &l, &error), DONE);
	assert_int_equal(l.tracks.count, 2);
	assert_int_equal(l.tracks.items[0].position, 4);
	assert_int_equal(l.tracks.items[1].position, 6);
	assert_int_equal(l.episodes, 1);
	assert_int_equal(l.local, 1);
	assert_int_equal(l.unusable, 1);
	track_list_free(&l);
	assert_int_equal(read_playlist(*state, "l.m3u", "#EXTM3U\n"
	    "#PLAYLIST: Late\n#EXTINF:3,\n-.mp3\nAda - One.mp3\n", NULL, &l,
	    &error), DONE);
	assert_string_equal(l.name, "Late");
	assert_int_equal(l.tracks.count, 1);
	assert_int_equal(l.tracks.items[0].position, 2);
	track_list_free(&l);
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
		cmocka_unit_test(
		    a_list_is_read_in_every_encoding_and_with_every_separator),
		cmocka_unit_test(
		    a_byte_of_windows_1252_leaves_other_lines_alone),
		cmocka_unit_test(
		    an_encoding_that_nobody_can_tell_is_refused_by_name),
		cmocka_unit_test(a_playlist_of_an_account_export_is_read),
		cmocka_unit_test(playlists_are_no_liked_songs),
		cmocka_unit_test(a_file_of_liked_songs_is_a_playlist_too),
		cmocka_unit_test(
		    entries_that_are_no_tracks_keep_their_positions),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
