/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "file_list.h"
#include "match/match.h"
#include "match/title.h"
#include "types/track.h"

static struct track make(const char *artist, const char *title, int seconds)
{
	struct track t;

	track_init(&t);
	track_add_artist(&t, artist);
	t.title = strdup(title);
	t.duration_ms = seconds * 1000;
	track_set_key(&t);
	return t;
}

/* Does the judge take this one candidate for the track? */
static int takes(const char *artist, const char *title, int seconds,
    const char *offered, const char *channel, int length)
{
	struct track t = make(artist, title, seconds);
	struct candidate c = { .ref = (char *)"r", .title = (char *)offered,
		.channel = (char *)channel, .duration_s = length,
		.views = 1 };
	struct match_result j;

	match_choose(&t, &c, 1, &j, NULL);
	track_free(&t);
	return j.pick == 0;
}

static int holds(const char *artist, const char *title, const char *path)
{
	struct track t = make(artist, title, 0);
	const struct library_name n = { .path = path };
	struct match_result j;

	match_library(&t, &n, 1, &j, NULL);
	track_free(&t);
	return j.pick == 0;
}

static void the_recording_matches_under_every_usual_name(void **state)
{
	(void)state;
	assert_true(takes("Ada", "Light", 200, "Ada - Light", "x", 201));
	assert_true(takes("Ada", "Light", 200, "Light", "Ada - Topic", 200));
	assert_true(takes("Ada", "Light", 200,
	    "ADA – Light [Official Video] (HD)", "label", 203));
	assert_true(takes("Ada", "Light - Remastered 2011", 200,
	    "Ada - Light", "x", 200));
	assert_true(takes("Ada", "Light (feat. Bo)", 200,
	    "Ada - Light ft. Bo", "x", 200));
	assert_true(takes("Ada", "Light - Bo Remix", 200,
	    "Ada - Light (Bo Remix)", "x", 200));
	assert_true(takes("Björk", "Jóga", 200, "BJORK - Joga", "x", 200));
	assert_true(takes("Кино", "Группа крови", 200,
	    "КИНО - Группа Крови", "x", 200));
}

static void another_version_does_not_match(void **state)
{
	static const char *const others[] = { "Ada - Light (Live)",
		"Ada - Light (Karaoke Version)", "Ada - Light (Bo Remix)",
		"Ada - Light (sped up)", "Ada - Light [slowed + reverb]",
		"Ada - Light (Instrumental)", "Ada - Light (Acoustic)",
		"Ada - Light 8D AUDIO", "Ada - Light (cover by Bo)",
		"Ada - Light (en vivo)", "Ada - Light nightcore",
		"Ada - Light 1 hour loop", "Ada - Light reaction",
		"Ada - Light (Караоке)" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (takes("Ada", "Light", 200, others[i], "x", 200))
			fail_msg("%s", others[i]);
	assert_false(takes("Ada", "Light - Bo Remix", 200, "Ada - Light",
	    "x", 200));
	assert_false(takes("Ada", "Light - Bo Remix", 200,
	    "Ada - Light (Cid Remix)", "x", 200));
}

static void version_words_can_be_titles(void **state)
{
	(void)state;
	assert_true(takes("Oasis", "Live Forever", 276,
	    "Oasis - Live Forever (Official Video)", "Oasis", 277));
	assert_true(takes("Bee Gees", "Stayin' Alive", 285,
	    "Bee Gees - Stayin Alive", "x", 285));
	assert_true(takes("Jason Isbell", "Cover Me Up", 291,
	    "Cover Me Up", "Jason Isbell - Topic", 291));
}

static void another_length_does_not_match(void **state)
{
	(void)state;
	assert_false(takes("Ada", "Light", 200, "Ada - Light", "x", 215));
	assert_false(takes("Ada", "Light", 200, "Ada - Light", "x", 25200));
	assert_true(takes("Ada", "Light", 200, "Ada - Light", "x", 0));
}

static void a_title_without_the_artist_never_matches(void **state)
{
	(void)state;
	assert_false(takes("Ada", "Light", 200, "Light", "Bo", 200));
	assert_false(takes("Ada", "Light", 200, "", "Ada", 200));
}

static void names_of_signs_only_are_compared_too(void **state)
{
	(void)state;
	assert_true(takes("XXX", "+++", 100, "XXX - +++", "x", 100));
	assert_false(takes("XXX", "+++", 100, "XXX - ???", "x", 100));
	assert_true(takes("方大同", "爱爱爱", 200, "方大同 - 爱爱爱", "x", 200));
}

static void files_without_tags_match_by_their_names(void **state)
{
	(void)state;
	assert_true(holds("Ada", "Light", "x/01 - Ada - Light.mp3"));
	assert_true(holds("Ada", "Light", "8A - 7 - Ada - Light.m4a"));
	assert_true(holds("Ada", "Light", "Ada_-_Light-128kbps.mp3"));
	assert_false(holds("Ada", "Light", "Ada - Light (Bo Remix).mp3"));
	assert_false(holds("Ada", "Light", "Bo - Light.mp3"));
}

/* Of two versions of a song, one is taken for the other if and only if that is
 * taken for the one. */
static void versions_are_compared_symmetrically(void **state)
{
	static const char *const names[] = { "Light", "Light (Live)",
		"Light (Bo Remix)", "Light (Remix)", "Light - Radio Edit",
		"Light (Extended Mix)", "Light (Original Mix)",
		"Light - Remastered 2011", "Light (Acoustic)",
		"Light (Instrumental)", "Light (Bo Edit)", "Light, Pt. 2",
		"Light (Part II)", "Light (Dub)", "Light (Dub Mix)",
		"Light (Live at Home)", "Light (Live in Rome, 1999)",
		"Light (Sped Up)", "Light (English Version)",
		"Light (Ada's Version)", "Light (Demo)", "Light (VIP)" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_true(takes("Ada", names[i], 200, names[i],
		    "Ada - Topic", 200));
		for (size_t k = 0; k < i; k++)
			if (takes("Ada", names[i], 200, names[k],
			    "Ada - Topic", 200) != takes("Ada", names[k], 200,
			    names[i], "Ada - Topic", 200))
				fail_msg("%s, %s", names[i], names[k]);
	}
}

static void a_reason_says_what_differs(void **state)
{
	struct track t = make("Ada", "Light", 200);
	struct candidate list[] = {
		{ .title = (char *)"Dark", .channel = (char *)"Ada",
		    .duration_s = 200 },
		{ .title = (char *)"Ada - Light (Live)",
		    .channel = (char *)"x", .duration_s = 200 },
		{ .title = (char *)"Light", .channel = (char *)"Bo",
		    .duration_s = 200 },
		{ .title = (char *)"Ada - Light", .channel = (char *)"x",
		    .duration_s = 260 },
	};
	double scores[4];
	struct match_result j;

	(void)state;
	match_choose(&t, list, 4, &j, scores);
	assert_int_equal(j.pick, -1);
	assert_int_equal(j.best, 3);
	assert_non_null(strstr(j.reason, "260 s long, not 200 s"));
	assert_true(scores[0] < scores[2] && scores[2] < scores[1] &&
	    scores[1] < scores[3] && scores[3] < 0.5);
	match_choose(&t, list, 3, &j, NULL);
	assert_int_equal(j.best, 1);
	assert_non_null(strstr(j.reason,
	    "wanted the studio version, found live"));
	match_choose(&t, list, 0, &j, NULL);
	assert_int_equal(j.best, -1);
	assert_string_equal(j.reason, "no candidates");
	track_free(&t);
}

/* An offer that shares nothing with the track is not worth a person's time,
 * and must not hide one that does. */
static void only_a_similar_candidate_is_reported(void **state)
{
	struct track t = make("Ada", "Light of Day", 200);
	struct candidate list[] = {
		{ .title = (char *)"R\xc3\xb6yksopp - Eple" },
		{ .title = (char *)"Ada - Night of Sun" },	/* 1 of 3 */
		{ .title = (char *)"Ada - Day Light" },		/* 2 of 3 */
		{ .title = (char *)"Bo - Dark" },
	};
	struct match_result j;

	(void)state;
	match_choose(&t, list, 4, &j, NULL);
	assert_int_equal(j.pick, -1);
	assert_int_equal(j.best, 2);
	assert_string_equal(j.reason, "another title: Ada - Day Light");
	match_choose(&t, list, 2, &j, NULL);
	assert_int_equal(j.best, -1);
	assert_string_equal(j.reason, "none of 2 candidates has this title");
	match_choose(&t, list, 1, &j, NULL);
	assert_int_equal(j.best, -1);
	assert_string_equal(j.reason, "another title: R\xc3\xb6yksopp - Eple");
	track_free(&t);
}

static void the_catalog_finds_one_among_many(void **state)
{
	struct file_list list = { .count = 0 };
	const struct catalog c = file_list_catalog(&list);
	struct track t = make("Artist 77", "Song 1177", 0);
	struct match_result j;
	char path[64];

	(void)state;
	for (size_t i = 1; i <= 2000; i++) {
		snprintf(path, sizeof(path), "Artist %zu - Song %zu.mp3",
		    i % 100, i);
		file_list_add(&list, &(struct library_name){ .path = path });
	}
	assert_int_equal(catalog_find(&c, &t, NULL, &j), 1177);
	assert_int_equal(file_list_add(&list, &(struct library_name){ .path =
	    "Artist 77 - Song 1177 (Official Audio).mp3" }), 2001);
	list.excluded = 1177;
	assert_int_equal(catalog_find(&c, &t, NULL, &j), 2001);
	track_free(&t);
	t = make("Nobody", "Song 1177", 0);
	assert_int_equal(catalog_find(&c, &t, NULL, &j), CATALOG_NONE);
	track_free(&t);
	file_list_free(&list);
}

static void add_files(struct file_list *list, const struct library_name *files,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		file_list_add(list, &files[i]);
}

static uint32_t best_rejected(const struct catalog *c, const struct track *t,
    struct match_result *j)
{
	uint32_t file;

	assert_int_equal(catalog_find(c, t, &file, j), CATALOG_NONE);
	assert_int_equal(j->pick, -1);
	return file;
}

static void the_catalog_finds_the_best_rejected_file(void **state)
{
	static const struct library_name files[] = {
		{ .path = "Bo - Light.mp3", .duration_s = 200 },
		{ .path = "Ada - Light (Live).mp3", .duration_s = 200 },
		{ .path = "Ada - Light.mp3", .duration_s = 260 },
		{ .path = "Ada - Dark.mp3", .duration_s = 200 },
		{ .path = "Bo - Sun.mp3", .duration_s = 200 },
	};
	struct file_list list = { .count = 0 };
	const struct catalog c = file_list_catalog(&list);
	struct track t = make("Ada", "Light", 200);
	struct match_result j;

	(void)state;
	add_files(&list, files, sizeof(files) / sizeof(*files));
	assert_int_equal(best_rejected(&c, &t, &j), 3);
	assert_string_equal(j.reason, "260 s long, not 200 s");
	list.excluded = 3;
	assert_int_equal(best_rejected(&c, &t, &j), 2);
	track_free(&t);
	/* With no file of the artist, by the title alone. */
	t = make("Ada", "Sun", 200);
	assert_int_equal(best_rejected(&c, &t, &j), 5);
	assert_non_null(strstr(j.reason, "another artist"));
	track_free(&t);
	t = make("Ada", "Moon", 200);
	assert_int_equal(best_rejected(&c, &t, &j), CATALOG_NONE);
	track_free(&t);
	file_list_free(&list);
}

/* Where every file has the words of the title, or of the artist. */
static void words_that_all_files_share_are_told_by_the_others(void **state)
{
	struct file_list list = { .count = 0 };
	const struct catalog c = file_list_catalog(&list);
	struct track t = make("Artist 7", "Intro", 0);
	struct match_result j;
	char path[64];

	(void)state;
	for (size_t i = 1; i <= 1000; i++) {
		snprintf(path, sizeof(path), "Artist %zu - %s.mp3", i / 2,
		    i % 2 == 0 ? "Intro" : "Outro");
		file_list_add(&list, &(struct library_name){ .path = path });
	}
	assert_int_equal(catalog_find(&c, &t, NULL, &j), 14);
	list.excluded = 14;
	assert_int_equal(best_rejected(&c, &t, &j), 2);
	track_free(&t);
	t = make("Artist 7", "Artist 3", 0);
	assert_int_equal(best_rejected(&c, &t, &j), 6);
	track_free(&t);
	t = make("Somebody", "Outro", 0);
	assert_int_equal(best_rejected(&c, &t, &j), 1);
	track_free(&t);
	file_list_free(&list);
}

static uint32_t find(const struct catalog *c, const char *artist,
    const char *title)
{
	struct track t = make(artist, title, 0);
	struct match_result j;
	uint32_t file = catalog_find(c, &t, NULL, &j);

	track_free(&t);
	return file;
}

static void the_catalog_finds_every_spelling(void **state)
{
	static const struct library_name files[] = {
		{ .path = "Bjork/Post/02 Hyper Ballad.flac" },
		{ .path = "x.mp3", .artist = "McKnight", .title = "One" },
		{ .path = "The The - Infected.mp3" },
		{ .path = "y.mp3", .artist = "Müller", .title = "Track 07" },
		{ .path = "Müller - Grün.mp3", .artist = "Müller",
		    .title = "Track 07" },
		{ .path = "Ada - +++.mp3" },
		{ .path = "Ada Lee - Bach - Cello Suite No.1 in G - I. "
		    "Prelude.flac" },
		{ .path = "Ada Lee - Light.mp3" },
	};
	struct file_list list = { .count = 0 };
	const struct catalog c = file_list_catalog(&list);

	(void)state;
	add_files(&list, files, sizeof(files) / sizeof(*files));
	assert_int_equal(find(&c, "Björk", "Hyperballad"), 1);
	assert_int_equal(find(&c, "Mc Knight", "1"), 2);
	assert_int_equal(find(&c, "The The", "Infected"), 3);
	assert_int_equal(find(&c, "Mueller", "Gruen"), 5);
	assert_int_equal(find(&c, "Ada", "+++"), 6);
	assert_int_equal(find(&c, "Ada Lee",
	    "Cello Suite No. 1 in G Major, BWV 1007: I. Prélude"), 7);
	assert_int_equal(find(&c, "Ada Lee",
	    "Cello Suite No. 1 in G Major, BWV 1007: II. Allemande"),
	    CATALOG_NONE);
	assert_int_equal(find(&c, "Sir Ada Lee", "Light"), 8);
	assert_int_equal(find(&c, "Ada", "Infected"), CATALOG_NONE);
	assert_int_equal(find(&c, "Nobody", ""), CATALOG_NONE);
	file_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recording_matches_under_every_usual_name),
		cmocka_unit_test(another_version_does_not_match),
		cmocka_unit_test(version_words_can_be_titles),
		cmocka_unit_test(another_length_does_not_match),
		cmocka_unit_test(a_title_without_the_artist_never_matches),
		cmocka_unit_test(
		    names_of_signs_only_are_compared_too),
		cmocka_unit_test(files_without_tags_match_by_their_names),
		cmocka_unit_test(versions_are_compared_symmetrically),
		cmocka_unit_test(a_reason_says_what_differs),
		cmocka_unit_test(only_a_similar_candidate_is_reported),
		cmocka_unit_test(the_catalog_finds_one_among_many),
		cmocka_unit_test(the_catalog_finds_the_best_rejected_file),
		cmocka_unit_test(
		    words_that_all_files_share_are_told_by_the_others),
		cmocka_unit_test(the_catalog_finds_every_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
