/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports, by what stands in them: keys, grids, cues, names and paths. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "exports/exports.h"
#include "exports/formats.h"
#include "types/written_tags.h"

static struct entry entry;
static struct media media;
static struct track track;
static struct export_item item = { &entry, &media, NULL };

static const struct export_item *get(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	return &item;
}

/* One file with nothing but a name. */
static void begin(const char *path)
{
	entry_free(&entry);
	memset(&media, 0, sizeof(media));
	item.track = NULL;
	entry.path = xstrdup(path);
	entry.artist = xstrdup("Ada");
	entry.title = xstrdup("Light");
}

static char *exported(enum export_format f, const char *root,
    const char *volume)
{
	size_t order[] = { 0 };
	struct export_playlist list = { (char *)(uintptr_t)"Night & <day>",
		order, 1 };
	const struct export_input in = { .count = 1, .get = get,
		.playlists = &list, .n_playlists = 1, .root = root,
		.volume = volume };
	struct buf out = BUF_INIT;

	export_write(f, &in, &out);
	return buf_take(&out);
}

static void assert_has(enum export_format f, const char *root,
    const char *text)
{
	char *all = exported(f, root, NULL);

	if (strstr(all, text) == NULL)
		fail_msg("%s is not in %s", text, all);
	free(all);
}

static void assert_lacks(enum export_format f, const char *text)
{
	char *all = exported(f, "/m", NULL);

	assert_null(strstr(all, text));
	free(all);
}

static void test_formats_have_names(void **state)
{
	enum export_format f;

	(void)state;
	for (int i = 0; i < N_EXPORT_FORMATS; i++) {
		assert_true(export_format_parse(export_format_name(
		    (enum export_format)i), &f));
		assert_int_equal(f, i);
	}
	assert_false(export_format_parse("serato", &f));
	assert_false(export_format_parse("", &f));
}

static void test_a_key_is_written_as_dj_software_does(void **state)
{
	static const struct {
		const char *from, *name;
		int number;
	} keys[] = {
		{ "8B", "C", 0 }, { "3B", "Db", 1 }, { "2B", "F#", 6 },
		{ "1B", "B", 11 }, { "5A", "Cm", 12 }, { "12A", "C#m", 13 },
		{ "8A", "Am", 21 }, { "10A", "Bm", 23 },
	};
	struct analysis a = { .bpm = 0 };
	char name[8];

	(void)state;
	assert_int_equal(key_number(&a), -1);
	key_spell(&a, KEY_MUSICAL, name);
	assert_string_equal(name, "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_int_equal(key_parse(keys[i].from, a.key, a.camelot), 0);
		assert_int_equal(key_number(&a), keys[i].number);
		key_spell(&a, KEY_MUSICAL, name);
		assert_string_equal(name, keys[i].name);
	}
}

static void test_a_grid_counts_beats_from_the_downbeat(void **state)
{
	struct beat_anchor anchors[] = { { 0.5, 120 }, { 10.5, 60 } };
	struct analysis a = { .bpm = 120, .has_grid = true, .first_beat = 0.5,
		.downbeat = 1.0, .beats_per_bar = 4, .duration = 60 };
	struct grid_point *points;

	(void)state;
	assert_int_equal(grid_points(&a, &points), 1);
	assert_int_equal(points[0].beat, 4);
	assert_float_equal(points[0].time, 0.5, 1e-9);
	free(points);
	a.downbeat = 0.5;
	assert_int_equal(grid_points(&a, &points), 1);
	assert_int_equal(points[0].beat, 1);
	free(points);
	/* 20 beats after the first: the fifth bar's end and the first again. */
	a.anchors = anchors;
	a.n_anchors = 2;
	a.downbeat = 1.5;
	assert_int_equal(grid_points(&a, &points), 2);
	assert_int_equal(points[0].beat, 3);
	assert_int_equal(points[1].beat, 3);
	assert_float_equal(points[1].bpm, 60, 1e-9);
	free(points);
	a.bpm = 0;
	assert_int_equal(grid_points(&a, &points), 0);
	a.bpm = 120;
	a.has_grid = false;
	assert_int_equal(grid_points(&a, &points), 0);
}

static void test_hot_cues_are_in_order_of_time(void **state)
{
	struct segment parts[14] = { { 0, 0, SEGMENT_INTRO },
		{ 0.005, 0, SEGMENT_VERSE } };
	struct analysis a = { .structure = { .mix_in = 0, .mix_out = 90,
		.drop = 40, .breakdown = 30, .segments = parts,
		.n_segments = 2 } };
	struct cue cues[MAX_CUES];

	(void)state;
	assert_int_equal(find_cues(&a, cues), 5);
	assert_string_equal(cues[0].name, "Mix in");
	assert_string_equal(cues[1].name, "Breakdown");
	assert_string_equal(cues[2].name, "Drop");
	assert_string_equal(cues[3].name, "Mix out");
	assert_int_equal(cues[3].hot, 3);
	/* The second section begins where the first one does. */
	assert_string_equal(cues[4].name, "Intro");
	assert_int_equal(cues[4].hot, -1);
	/* No mix points: no hot cues. Ten memory cues at most. */
	a.structure.mix_out = 0;
	for (int i = 0; i < 14; i++)
		parts[i].start = i;
	a.structure.n_segments = 14;
	assert_int_equal(find_cues(&a, cues), 10);
	assert_int_equal(cues[0].hot, -1);
	a.structure.n_segments = 10;
	assert_int_equal(find_cues(&a, cues), 10);
}

static void test_names_that_no_format_can_hold_are_told(void **state)
{
	(void)state;
	assert_true(export_can_name("caf\xc3\xa9 & \"x\".mp3"));
	assert_true(export_can_name("~ \xc2\xa0.mp3"));
	assert_false(export_can_name("a\nb.mp3"));
	assert_false(export_can_name("a\x1f" "b.mp3"));
	assert_false(export_can_name("a\x7f.mp3"));
	assert_false(export_can_name("a\xc2\x9f.mp3"));
	assert_false(export_can_name("a\xff.mp3"));
	assert_false(export_can_name("a\xef\xbf\xbe.mp3"));
}

static void test_a_text_is_cleaned_and_no_byte_is_lost(void **state)
{
	char *text = clean_text("a\tb\xff\xc3(\xef\xbf\xbf" "c");

	(void)state;
	assert_string_equal(text, "a b\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd" "c");
	free(text);
	text = clean_text(NULL);
	assert_string_equal(text, "");
	free(text);
}

static void test_the_way_between_two_folders(void **state)
{
	static const char *const ways[][3] = {
		{ "/m", "/m", "" }, { "/m", "/m/a", "a" },
		{ "/m/lists", "/m", ".." }, { "/m/lists", "/m/a/b", "../a/b" },
		{ "/m", "/mm", "../mm" }, { "/mm", "/m", "../m" },
		{ "/a/b/c", "/x", "../../../x" }, { "/", "/m", "m" },
		{ "/m/a", "/", "../.." }, { "/", "/", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		char *way = export_relative(ways[i][0], ways[i][1]);

		assert_string_equal(way, ways[i][2]);
		free(way);
	}
}

static void test_a_root_has_slashes_and_none_at_its_end(void **state)
{
	static const char *const roots[][2] = {
		{ "D:\\Music\\", "D:/Music" }, { "/m//", "/m" }, { "/", "/" },
		{ "/a\\b", "/a\\b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		char *root = export_root(roots[i][0]);

		assert_string_equal(root, roots[i][1]);
		free(root);
	}
}

static void test_rekordbox_finds_the_file_by_an_escaped_path(void **state)
{
	(void)state;
	begin("a b/caf\xc3\xa9 #1%.mp3");
	assert_has(EXPORT_REKORDBOX, "/m",
	    "Location=\"file://localhost/m/a%20b/caf%C3%A9%20%231%25.mp3\"");
	assert_has(EXPORT_REKORDBOX, "D:/m",
	    "Location=\"file://localhost/D:/m/a%20b/");
	assert_has(EXPORT_REKORDBOX, "/m", "<NODE Name=\"Night &amp; "
	    "&lt;day&gt;\" Type=\"1\" KeyType=\"0\" Entries=\"1\">");
	assert_has(EXPORT_REKORDBOX, "/m", "<TRACK Key=\"1\"/>");
}

static void test_what_is_unknown_is_left_out(void **state)
{
	static const char *const names[] = { "TEMPO", "AverageBpm", "Tonality",
		"POSITION_MARK", "Year", "TotalTime", "Comments", "DateAdded",
		"MUSICAL_KEY", "ALBUM", "CUE_V2", "MODIFIED_DATE" };

	(void)state;
	begin("a.mp3");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_lacks(EXPORT_REKORDBOX, names[i]);
		assert_lacks(EXPORT_TRAKTOR, names[i]);
	}
	assert_has(EXPORT_M3U8, "", "#EXTINF:-1,Ada - Light\na.mp3\n");
	assert_has(EXPORT_CSV, "/m", "\r\n1,\"Ada\",\"Light\",\"\",,\"\",,,"
	    "\"\",\"\",,,,,\"\",\"\",\"/m/a.mp3\"\r\n");
}

static void test_traktor_names_a_file_by_disk_folder_and_name(void **state)
{
	char *all;

	(void)state;
	begin("a/b.mp3");
	assert_has(EXPORT_TRAKTOR, "/m",
	    "<LOCATION DIR=\"/:m/:a/:\" FILE=\"b.mp3\"/>");
	assert_has(EXPORT_TRAKTOR, "D:/m", "<LOCATION DIR=\"/:m/:a/:\" "
	    "FILE=\"b.mp3\" VOLUME=\"D:\" VOLUMEID=\"D:\"/>");
	assert_has(EXPORT_TRAKTOR, "D:/m",
	    "<PRIMARYKEY TYPE=\"TRACK\" KEY=\"D:/:m/:a/:b.mp3\"/>");
	all = exported(EXPORT_TRAKTOR, "/m", "Disk");
	assert_non_null(strstr(all, "KEY=\"Disk/:m/:a/:b.mp3\""));
	free(all);
}

/* The decoder here leaves out 1105 samples of what LAME added; rekordbox and
 * Traktor play them, and some frames of headers. */
static void test_times_in_mp3_files_are_those_of_the_player(void **state)
{
	static const struct {
		const char *container;
		int delay, header, rate;
		const char *rekordbox, *traktor;
	} files[] = {
		{ "mp3", 0, MP3_BARE, 44100, "1.000", "1000.000000" },
		{ "mp3", 0, MP3_XING, 44100, "1.000", "1026.122449" },
		{ "mp3", 1105, MP3_XING, 44100, "1.025", "1051.179138" },
		{ "mp3", 1105, MP3_LAME, 44100, "1.051", "1051.179138" },
		{ "mp3", 1105, MP3_LAME, 32000, "1.071", "1070.531250" },
		{ "mp3", 1105, MP3_LAME, 31999, "1.053", "1052.532892" },
		{ "mp3", 1105, MP3_LAME, 0, "1.000", "1000.000000" },
		{ "mp4", 1105, MP3_LAME, 44100, "1.000", "1000.000000" },
	};
	char text[64];

	(void)state;
	begin("a.mp3");
	entry.analysis.bpm = 120;
	entry.analysis.has_grid = true;
	entry.analysis.beats_per_bar = 4;
	entry.analysis.first_beat = entry.analysis.downbeat = 1;
	entry.analysis.structure.mix_in = 1;
	entry.analysis.structure.mix_out = 90;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		strcpy(media.container, files[i].container);
		media.encoder_delay = files[i].delay;
		media.header = files[i].header;
		media.sample_rate = files[i].rate;
		snprintf(text, sizeof(text), "Inizio=\"%s\"",
		    files[i].rekordbox);
		assert_has(EXPORT_REKORDBOX, "/m", text);
		snprintf(text, sizeof(text), "Start=\"%s\" Num=\"0\"",
		    files[i].rekordbox);
		assert_has(EXPORT_REKORDBOX, "/m", text);
		snprintf(text, sizeof(text), "TYPE=\"4\" START=\"%s\"",
		    files[i].traktor);
		assert_has(EXPORT_TRAKTOR, "/m", text);
		snprintf(text, sizeof(text), "TYPE=\"0\" START=\"%s\"",
		    files[i].traktor);
		assert_has(EXPORT_TRAKTOR, "/m", text);
	}
}

static void test_a_comment_sign_begins_no_path(void **state)
{
	(void)state;
	begin("#1.mp3");
	assert_has(EXPORT_M3U8, "", "\n./#1.mp3\n");
	assert_has(EXPORT_M3U8, "..", "\n../#1.mp3\n");
}

static void test_a_table_has_no_formulas(void **state)
{
	(void)state;
	begin("a.mp3");
	str_replace(&entry.title, "=1+1");
	str_replace(&entry.artist, "say \"x\"");
	assert_has(EXPORT_CSV, "/m", "\"say \"\"x\"\"\",\"'=1+1\"");
	str_replace(&entry.title, "1=1");
	assert_has(EXPORT_CSV, "/m", ",\"1=1\"");
}

static void test_matched_tracks_need_an_id(void **state)
{
	(void)state;
	begin("a.mp3");
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "{\"tracks\":[]}");
	/* By a tag; "" means that the user rejected the link. */
	entry.spotify_id = xstrdup("");
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "{\"tracks\":[]}");
	str_replace(&entry.spotify_id, "0123456789012345678901");
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "\"uri\":\"spotify:track:"
	    "0123456789012345678901\"");
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "\"key\":\"Unknown\",\"bpm\":0");
	/* A track's own names come before those of the file. */
	track_init(&track);
	track.id = xstrdup("1123456789012345678901");
	track.title = xstrdup("Licht");
	track_add_artist(&track, "A");
	track_add_artist(&track, "B");
	track.duration_ms = 1234;
	item.track = &track;
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "{\"id\":\"1123456789012345678"
	    "901\",\"name\":\"Licht\",\"artists\":[{\"name\":\"A\",\"id\":null"
	    "},{\"name\":\"B\",\"id\":null}],\"album\":{\"name\":\"\"},"
	    "\"duration_ms\":1234");
	assert_has(EXPORT_MATCHED_TRACKS, "/m", "\"trackName\":\"Light\"");
	track_free(&track);
	entry_free(&entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats_have_names),
		cmocka_unit_test(test_a_key_is_written_as_dj_software_does),
		cmocka_unit_test(test_a_grid_counts_beats_from_the_downbeat),
		cmocka_unit_test(test_hot_cues_are_in_order_of_time),
		cmocka_unit_test(test_names_that_no_format_can_hold_are_told),
		cmocka_unit_test(test_a_text_is_cleaned_and_no_byte_is_lost),
		cmocka_unit_test(test_the_way_between_two_folders),
		cmocka_unit_test(test_a_root_has_slashes_and_none_at_its_end),
		cmocka_unit_test(
		    test_rekordbox_finds_the_file_by_an_escaped_path),
		cmocka_unit_test(test_what_is_unknown_is_left_out),
		cmocka_unit_test(
		    test_traktor_names_a_file_by_disk_folder_and_name),
		cmocka_unit_test(
		    test_times_in_mp3_files_are_those_of_the_player),
		cmocka_unit_test(test_a_comment_sign_begins_no_path),
		cmocka_unit_test(test_a_table_has_no_formulas),
		cmocka_unit_test(test_matched_tracks_need_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
