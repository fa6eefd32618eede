/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both sides of every number that the match depends on. */
#include "test.h"

#include <math.h>

#include "match/match.h"
#include "types/track.h"

#define OURS 200.0	/* seconds; all tracks here */
#define ISRC "USAAA1200001"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A track of Ada's, unless artists names others, split at commas. */
struct wanted {
	const char *title, *artists, *album, *isrc;
};

static void make_track(struct track *t, const struct wanted *w, double length)
{
	char *names = strdup(w->artists != NULL ? w->artists : "Ada");

	track_init(t);
	for (char *name = strtok(names, ","); name != NULL;
	    name = strtok(NULL, ","))
		track_add_artist(t, name);
	t->title = strdup(w->title);
	t->album = w->album != NULL ? strdup(w->album) : NULL;
	t->isrc = w->isrc != NULL ? strdup(w->isrc) : NULL;
	t->duration_ms = (int64_t)(length * 1000);
	track_set_key(t);
	free(names);
}

/* What is offered for it, of the given length; the score in *score. */
static bool takes(const struct wanted *w, const struct candidate *offered,
    double length, double *score)
{
	struct candidate c = *offered;
	struct match_result j;
	struct track t;

	make_track(&t, w, OURS);
	c.ref = (char *)"ref";
	c.duration_s = length;
	match_choose(&t, &c, 1, &j, score);
	track_free(&t);
	return j.pick == 0;
}

static bool holds(const char *path, double length)
{
	const struct library_name n = { .path = path, .duration_s = length };
	struct match_result j;
	struct track t;

	make_track(&t, &(struct wanted){ .title = "Light" }, OURS);
	match_library(&t, &n, 1, &j, NULL);
	track_free(&t);
	return j.pick == 0;
}

static bool takes_title(const char *ours, const char *offered)
{
	const struct candidate c = { .title = (char *)offered,
		.channel = (char *)"x" };

	return takes(&(struct wanted){ .title = ours }, &c, OURS, NULL);
}

/* Each doubt, how many seconds lengths may then be apart, and the score at
 * equal lengths. */
static const struct {
	struct wanted ours;
	struct candidate offered;
	double apart, score;
	bool without_length;	/* is it taken where no length is known? */
} doubts[] = {
	/* none: an upload, the artist's own channel, a field, an ISRC */
	{ { .title = "Light" },
	    { .title = (char *)"Ada - Light", .channel = (char *)"x" },
	    5, 0.83, true },
	{ { .title = "Light" },
	    { .title = (char *)"Light", .channel = (char *)"Ada",
	    .verified = true }, 5, 0.88, true },
	{ { .title = "Light" },
	    { .title = (char *)"Light", .channel = (char *)"Ada - Topic" },
	    4, 0.93, true },
	{ { .title = "Light" },
	    { .title = (char *)"Light", .artist = (char *)"Ada" },
	    4, 0.93, true },
	{ { .title = "Light", .album = "Home" },
	    { .title = (char *)"Light", .artist = (char *)"Ada",
	    .album = (char *)"Home" }, 4, 0.95, true },
	{ { .title = "Light", .isrc = ISRC },
	    { .title = (char *)"Ada - Light", .channel = (char *)"x",
	    .isrc = (char *)ISRC }, 5, 0.93, true },
	/* one of two artists */
	{ { .title = "Light", .artists = "Ada,Bo" },
	    { .title = (char *)"Ada - Light", .channel = (char *)"x" },
	    5, 0.79, true },
	/* a cut of its own */
	{ { .title = "Light - Radio Edit" },
	    { .title = (char *)"Ada - Light", .channel = (char *)"x" },
	    2, 0.73, false },
	/* not all who made the version */
	{ { .title = "Light - Bo & Cid Remix" },
	    { .title = (char *)"Ada - Light (Bo Remix)",
	    .channel = (char *)"x" }, 2, 0.77, false },
	/* where it was live */
	{ { .title = "Light - Live in Rome" },
	    { .title = (char *)"Ada - Light (Live)", .channel = (char *)"x" },
	    3, 0.77, false },
	/* a mix by another word */
	{ { .title = "Light - Bo Remix" },
	    { .title = (char *)"Ada - Light (Bo Mix)",
	    .channel = (char *)"x" }, 5, 0.83, true },
	{ { .title = "Light - Bo Remix" },
	    { .title = (char *)"Ada - Light (Bo Edit)",
	    .channel = (char *)"x" }, 2, 0.77, false },
	/* only the track is called mono */
	{ { .title = "Light - Mono" },
	    { .title = (char *)"Ada - Light", .channel = (char *)"x" },
	    2, 0.77, false },
	/* a bracket on the same album */
	{ { .title = "Light", .album = "Home" },
	    { .title = (char *)"Light (Peculiar Thing)",
	    .channel = (char *)"Ada", .album = (char *)"Home",
	    .verified = true }, 2, 0.82, false },
	/* more in its name */
	{ { .title = "Light" },
	    { .title = (char *)"Peculiar Thing - Ada - Light",
	    .channel = (char *)"x" }, 4, 0.78, false },
	/* another guest */
	{ { .title = "Light" },
	    { .title = (char *)"Ada feat. Zed - Light",
	    .channel = (char *)"Ada", .verified = true }, 2, 0.80, false },
	/* initials */
	{ { .title = "Light", .artists = "The Red Lantern Parade" },
	    { .title = (char *)"RLP - Light", .channel = (char *)"x" },
	    3, 0.77, false },
	/* by the remixer */
	{ { .title = "Light - Bo Remix" },
	    { .title = (char *)"Light (Bo Remix)",
	    .channel = (char *)"Bo - Topic" }, 3, 0.67, false },
	/* not the main artist */
	{ { .title = "Light", .artists = "Ada,Bo" },
	    { .title = (char *)"Bo - Light", .channel = (char *)"x" },
	    3, 0.71, false },
	/* in another script */
	{ { .title = "Light", .artists = "Земфира" },
	    { .title = (char *)"Zemfira - Light", .channel = (char *)"x" },
	    3, 0.77, false },
	{ { .title = "Romashki" },
	    { .title = (char *)"Ada - Ромашки", .channel = (char *)"x" },
	    3, 0.77, false },
	/* in two scripts */
	{ { .title = "Light" },
	    { .title = (char *)"Ada - Light (Свет)", .channel = (char *)"x" },
	    4, 0.80, false },
	/* a version by its year */
	{ { .title = "Light" },
	    { .title = (char *)"Ada - Light (2012 Version)",
	    .channel = (char *)"x" }, 2, 0.75, false },
	/* of a live album */
	{ { .title = "Light", .album = "Live in Rome" },
	    { .title = (char *)"Ada - Light (Live)", .channel = (char *)"x" },
	    2, 0.77, false },
	/* another title with the same ISRC */
	{ { .title = "Light", .isrc = ISRC },
	    { .title = (char *)"Dark", .artist = (char *)"Ada",
	    .isrc = (char *)ISRC }, 3, 0.88, true },
};

static void penalties_limit_the_difference_of_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(doubts); i++) {
		double most = doubts[i].apart;

		if (!takes(&doubts[i].ours, &doubts[i].offered, OURS + most,
		    NULL) || !takes(&doubts[i].ours, &doubts[i].offered,
		    OURS - most, NULL))
			fail_msg("%s: not at %g s", doubts[i].offered.title,
			    most);
		most += 0.01;
		if (takes(&doubts[i].ours, &doubts[i].offered, OURS + most,
		    NULL) || takes(&doubts[i].ours, &doubts[i].offered,
		    OURS - most, NULL))
			fail_msg("%s: at %g s", doubts[i].offered.title, most);
	}
}

static void a_score_is_the_sum_of_its_evidence(void **state)
{
	double score;

	(void)state;
	for (size_t i = 0; i < COUNT(doubts); i++) {
		takes(&doubts[i].ours, &doubts[i].offered, OURS, &score);
		if (fabs(score - doubts[i].score) > 1e-9)
			fail_msg("%s: %g", doubts[i].offered.title, score);
		/* 0.015 for each second. */
		takes(&doubts[i].ours, &doubts[i].offered, OURS + 2, &score);
		if (fabs(score - (doubts[i].score - 0.03)) > 1e-9)
			fail_msg("%s: %g at 2 s", doubts[i].offered.title,
			    score);
	}
}

static void without_a_length_any_penalty_rejects(void **state)
{
	double score;

	(void)state;
	for (size_t i = 0; i < COUNT(doubts); i++) {
		bool taken = takes(&doubts[i].ours, &doubts[i].offered, 0,
		    &score);

		if (taken != doubts[i].without_length)
			fail_msg("%s", doubts[i].offered.title);
		if (taken && fabs(score - (doubts[i].score - 0.10)) > 1e-9)
			fail_msg("%s: %g", doubts[i].offered.title, score);
	}
}

static void scores_of_matches_are_between_a_half_and_one(void **state)
{
	const struct candidate all = { .title = (char *)"Light",
		.artist = (char *)"Ada", .album = (char *)"Home",
		.isrc = (char *)ISRC };
	const struct candidate little = { .channel = (char *)"x",
		.title = (char *)"Eve - Light (2012 Version) (Radio Edit) "
		"(Свет)" };
	double score;

	(void)state;
	assert_true(takes(&(struct wanted){ .title = "Light",
	    .album = "Home", .isrc = ISRC }, &all, OURS, &score));
	assert_true(score >= 1 && score <= 1);
	assert_true(takes(&(struct wanted){ .title = "Light",
	    .artists = "Ada,Bo,Cid,Dan,Eve" }, &little, OURS, &score));
	assert_true(score >= 0.5 && score <= 0.5);
}

/* Title, artist, version, what else its name says, length. */
static void a_score_below_a_half_tells_the_gate(void **state)
{
	static const struct {
		const char *title;
		double length, score;
	} stopped[] = { { "Ada - Dark", OURS, 0 }, { "Bo - Light", OURS, 0.1 },
		{ "Ada - Light (Live)", OURS, 0.2 },
		{ "Ada - Light (Peculiar)", OURS, 0.3 },
		{ "Ada - Light", OURS + 9, 0.4 } };
	double score;

	(void)state;
	for (size_t i = 0; i < COUNT(stopped); i++) {
		const struct candidate c = { .channel = (char *)"x",
			.title = (char *)stopped[i].title };

		assert_false(takes(&(struct wanted){ .title = "Light" }, &c,
		    stopped[i].length, &score));
		if (fabs(score - stopped[i].score) > 1e-9)
			fail_msg("%s: %g", c.title, score);
	}
}

static void a_file_may_be_five_seconds_apart(void **state)
{
	(void)state;
	assert_true(holds("Ada - Light.mp3", OURS + 5));
	assert_true(holds("Ada - Light.mp3", OURS - 5));
	assert_false(holds("Ada - Light.mp3", OURS + 5.01));
	assert_false(holds("Ada - Light.mp3", OURS - 5.01));
}

/* "Light Foo - Light Foo - ... - Ada - Light": only the last is it. */
static bool takes_the_title_at_place(int n)
{
	char title[256] = "";

	for (int i = 1; i < n; i++)
		strcat(title, "Light Foo - ");
	strcat(title, "Ada - Light");
	return takes_title("Light", title);
}

static void a_title_is_looked_for_in_eight_places(void **state)
{
	(void)state;
	assert_true(takes_the_title_at_place(1));
	assert_true(takes_the_title_at_place(8));
	assert_false(takes_the_title_at_place(9));
}

/* Of three consonants. */
static void a_name_matches_by_sound_if_it_is_long_enough(void **state)
{
	static const struct wanted two = { .title = "Light",
		.artists = "Ната" }, three = { .title = "Light",
		.artists = "Натар" };
	const struct candidate a = { .title = (char *)"Neto - Light",
		.channel = (char *)"x" }, b = { .title =
		(char *)"Netor - Light", .channel = (char *)"x" };

	(void)state;
	assert_false(takes(&two, &a, OURS, NULL));
	assert_true(takes(&three, &b, OURS, NULL));
}

static void a_catalogue_number_has_five_characters_and_two_digits(
    void **state)
{
	static const char *const numbers[] = { "ABC12", "A12345", "12345",
		"8A", "1B", "12B" };
	static const char *const words[] = { "AB12", "ABCD1", "ABCDE",
		"111A", "8C", "A2" };
	char title[64];

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		snprintf(title, sizeof(title), "Ada - Light [%s]", numbers[i]);
		if (!takes_title("Light", title))
			fail_msg("%s", title);
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		snprintf(title, sizeof(title), "Ada - Light [%s]", words[i]);
		if (takes_title("Light", title))
			fail_msg("%s", title);
	}
}

static void the_side_of_a_record_is_a_track_number(void **state)
{
	(void)state;
	assert_true(holds("A2 - Ada - Light.mp3", 0));
	assert_true(holds("F2 - Ada - Light.mp3", 0));
	assert_false(holds("G2 - Ada - Light.mp3", 0));
	assert_false(holds("A22 - Ada - Light.mp3", 0));
	/* One digit may be the title's own. */
	assert_true(holds("Ada - 02 Light.mp3", 0));
	assert_false(holds("Ada - 2 Light.mp3", 0));
}

static void concerts_of_two_years_differ(void **state)
{
	(void)state;
	assert_true(takes_title("Light - Live 1986", "Ada - Light (Live 86)"));
	assert_false(takes_title("Light - Live 1986",
	    "Ada - Light (Live 85)"));
	/* '50 to '99 are years, and 19xx and 20xx. */
	assert_false(takes_title("Light - Live 1986",
	    "Ada - Light (Live 50)"));
	assert_true(takes_title("Light - Live 1986", "Ada - Light (Live 49)"));
	assert_false(takes_title("Light - Live 1986",
	    "Ada - Light (Live 99)"));
	assert_false(takes_title("Light - Live 1986",
	    "Ada - Light (Live 1900)"));
	assert_true(takes_title("Light - Live 1986",
	    "Ada - Light (Live 1899)"));
	assert_false(takes_title("Light - Live 1986",
	    "Ada - Light (Live 2099)"));
	assert_true(takes_title("Light - Live 1986",
	    "Ada - Light (Live 2100)"));
}

static bool takes_from_album(const char *album)
{
	const struct candidate c = { .title = (char *)"Ada - Light",
		.channel = (char *)"x", .album = (char *)album };

	return takes(&(struct wanted){ .title = "Light" }, &c, OURS, NULL);
}

static void an_album_with_day_month_and_year_is_a_concert(void **state)
{
	(void)state;
	assert_false(takes_from_album("Arena, October 1st, 1985"));
	assert_false(takes_from_album("Arena, October 12th, 1985"));
	assert_true(takes_from_album("Arena, October 123th, 1985"));
	assert_true(takes_from_album("Arena, October 1985"));
	assert_true(takes_from_album("Dreams, 12 1985"));
}

static void place_and_year_alone_are_a_concert(void **state)
{
	(void)state;
	assert_false(takes_from_album("Berlin 1994"));
	assert_false(takes_from_album("1994-06-12 Wembley Arena"));
	assert_true(takes_from_album("Berlin"));
	assert_true(takes_from_album("Songs of Berlin 1994"));
	assert_true(takes_from_album("Dreams 1994"));
}

static void a_mark_in_an_albums_bracket_is_that_of_all_its_tracks(
    void **state)
{
	(void)state;
	assert_false(takes_from_album("Home (Mixed)"));
	assert_false(takes_from_album("Home [Continuous Mix]"));
	assert_false(takes_from_album("Home (Mono)"));
	assert_false(takes_from_album("Home (Acoustic)"));
	assert_true(takes_from_album("Home (Remixes)"));
	assert_true(takes_from_album("Mixed Home"));
	assert_true(takes_from_album("Home (Unmixed)"));
}

static void another_guest_is_another_recording(void **state)
{
	(void)state;
	assert_false(takes_title("Light", "Ada - Light (feat. Zed)"));
	assert_false(takes_title("Light", "Ada feat. Zed - Light"));
	assert_true(takes_title("Light (feat. Zed)", "Ada - Light"));
}

/* Of two consonants. */
static void a_guest_in_another_script_is_known_by_sound(void **state)
{
	static const struct wanted one = { .title = "Light",
		.artists = "Ada,Ола" }, two = { .title = "Light",
		.artists = "Ada,Ната" };
	const struct candidate a = { .title = (char *)"Ada - Light (feat. Ela)",
		.channel = (char *)"x" }, b = { .title =
		(char *)"Ada - Light (feat. Neto)", .channel = (char *)"x" };

	(void)state;
	assert_false(takes(&one, &a, OURS, NULL));
	assert_true(takes(&two, &b, OURS, NULL));
}

static void mono_and_stereo_are_two_mixes(void **state)
{
	(void)state;
	assert_false(takes_title("Light", "Ada - Light (Mono)"));
	assert_false(takes_title("Light - Stereo", "Ada - Light (Mono)"));
	assert_false(takes_title("Light - Mono", "Ada - Light (Stereo)"));
	assert_true(takes_title("Light - Mono", "Ada - Light (Mono Mix)"));
	assert_true(takes_title("Light", "Ada - Light (Stereo)"));
}

static bool takes_explicit(bool is_explicit, const char *ours,
    const char *offered)
{
	const struct candidate c = { .ref = (char *)"ref", .duration_s = OURS,
		.title = (char *)offered, .channel = (char *)"Ada" };
	struct match_result j;
	struct track t;

	make_track(&t, &(struct wanted){ .title = ours }, OURS);
	t.is_explicit = is_explicit;
	match_choose(&t, &c, 1, &j, NULL);
	track_free(&t);
	return j.pick == 0;
}

static void a_clean_version_is_not_the_explicit_one(void **state)
{
	(void)state;
	assert_false(takes_explicit(true, "Light", "Light [Edited]"));
	assert_false(takes_explicit(true, "Light", "Light (Clean)"));
	assert_true(takes_explicit(false, "Light", "Light (Clean)"));
	assert_true(takes_explicit(true, "Light", "Light (Explicit)"));
	assert_false(takes_explicit(false, "Light - Clean",
	    "Light (Explicit)"));
	assert_true(takes_explicit(false, "Light - Clean", "Light [Edited]"));
}

static void takes_differ_by_their_numbers(void **state)
{
	(void)state;
	assert_true(takes_title("Light - Take 2", "Ada - Light (Take Two)"));
	assert_true(takes_title("Light - First Take", "Ada - Light (Take 1)"));
	assert_false(takes_title("Light - Take 2", "Ada - Light (Take 3)"));
	assert_false(takes_title("Light - First Take",
	    "Ada - Light (Home Take)"));
}

static void two_subtitles_are_two_recordings(void **state)
{
	(void)state;
	assert_true(takes_title("Light (Sun)", "Ada - Light"));
	assert_true(takes_title("Light (Sun)", "Ada - Light (Sun)"));
	assert_false(takes_title("Light (Sun)", "Ada - Light (Moon)"));
	assert_false(takes_title("Light (Sun)", "Ada - Light (Луна)"));
}

/* Where a label writes it; an uploader's year is that of the release. */
static void a_year_alone_is_another_recording(void **state)
{
	const struct candidate topic = { .title = (char *)"Light (2019)",
		.channel = (char *)"Ada - Topic" };

	(void)state;
	assert_false(takes(&(struct wanted){ .title = "Light" }, &topic, OURS,
	    NULL));
	assert_true(takes(&(struct wanted){ .title = "Light - 2019" }, &topic,
	    OURS, NULL));
	assert_true(takes(&(struct wanted){ .title =
	    "Light - Remastered 2019" }, &topic, OURS, NULL));
	assert_true(takes_title("Light", "Ada - Light (1999)"));
	assert_false(takes_title("Light - 2019", "Ada - Light"));
	assert_true(takes_title("Light - 2019 - Remaster", "Ada - Light"));
}

static void an_unplugged_concert_has_several_names(void **state)
{
	(void)state;
	assert_true(takes_title("Light - Unplugged",
	    "Ada - Light (Live at MTV Unplugged)"));
	assert_true(takes_title("Light - Live at MTV Unplugged",
	    "Ada - Light (Acoustic, Unplugged)"));
	assert_false(takes_title("Light - Unplugged", "Ada - Light (Live)"));
	assert_false(takes_title("Light", "Ada - Light (Unplugged)"));
}

static void words_that_programs_add_to_names_say_nothing(void **state)
{
	static const char *const names[] = { "5A - Energy 6 - Ada - Light",
		"Ada - Light - F#m - 124", "Ada - Light - Bbmin - 124 BPM",
		"Ada - Light 8A 124", "124BPM_8A_Ada - Light",
		"Ada - Light (GB-XYZ-19-00123)", "Ada - Light-1234567",
		"Ada - Light_732198456120934587", "Ada - Light_20210304_121314",
		"Ada - Light 2021-03-04 12-13-14", "Ada - Light (site.net)",
		"site.com - Ada - Light", "Ada - Light 3:11",
		"Ada - Light (3:11) 12.6 MB", "Ada - Light (128k)",
		"Ada - Light - Copy", "Ada - Light.webm",
		"Ada - Light (Original Mix) [Tidewater]",
		"Various Artists - Ada - Light" };
	static const char *const others[] = { "Ada - Light 123456",
		"Ada - Light 2021-03-04", "Ada - Light - Energy",
		"Ada - Light [Tidewater]", "Ada - Light (site net)",
		"Ada - A Minor Light", "Ada - Light 8C 124",
		"Ada - Light (8D)", "Ada - Light 20210304" };
	char path[100];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s.mp3", names[i]);
		if (!holds(path, 0))
			fail_msg("%s", path);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		snprintf(path, sizeof(path), "%s.mp3", others[i]);
		if (holds(path, 0))
			fail_msg("%s", path);
	}
}

static void initials_have_three_letters_at_least(void **state)
{
	static const struct wanted two = { .title = "Light",
		.artists = "The Red Lantern" }, three = { .title = "Light",
		.artists = "The Red Lantern Parade" };
	const struct candidate a = { .title = (char *)"RL - Light",
		.channel = (char *)"x" }, b = { .title =
		(char *)"RLP - Light", .channel = (char *)"x" };

	(void)state;
	assert_false(takes(&two, &a, OURS, NULL));
	assert_true(takes(&three, &b, OURS, NULL));
}

static void a_name_may_have_an_honorific_or_none(void **state)
{
	static const struct wanted sir = { .title = "Light",
		.artists = "Sir Ada Lee" }, dr = { .title = "Light",
		.artists = "Dr. Ada" }, plain = { .title = "Light",
		.artists = "Ada Lee" };
	const struct candidate a = { .title = (char *)"Ada Lee - Light",
		.channel = (char *)"x" }, b = { .title =
		(char *)"Ada - Light", .channel = (char *)"x" }, c = { .title =
		(char *)"Ustad Ada Lee - Light", .channel = (char *)"x" };

	(void)state;
	assert_true(takes(&sir, &a, OURS, NULL));
	assert_true(takes(&plain, &c, OURS, NULL));
	assert_false(takes(&dr, &b, OURS, NULL));	/* one word is left */
}

static void a_label_may_name_the_artist_after_the_title(void **state)
{
	const struct candidate label = { .title = (char *)"Light - Ada",
		.channel = (char *)"Tidewater Records", .verified = true },
		other = { .title = (char *)"Light - Ada",
		.channel = (char *)"Mara Voss", .verified = true };

	(void)state;
	assert_true(takes(&(struct wanted){ .title = "Light" }, &label, OURS,
	    NULL));
	assert_false(takes(&(struct wanted){ .title = "Light" }, &other, OURS,
	    NULL));
}

static bool takes_work(const char *ours, const char *offered,
    const char *channel)
{
	const struct wanted w = { .title = ours, .artists =
	    "Johann Sebastian Bach,Ada Lee" };
	const struct candidate c = { .title = (char *)offered,
		.channel = (char *)channel };

	return takes(&w, &c, OURS, NULL);
}

static void a_work_is_known_by_its_numbers_under_every_spelling(void **state)
{
	static const char *const work =
	    "Cello Suite No. 1 in G Major, BWV 1007: I. Prélude";
	static const char *const same[] = { work,
		"Bach: Cello Suite No. 1 in G Major, BWV 1007 - 1. Prelude",
		"J.S. Bach: Cello Suite No.1 in G, BWV1007: I. Prélude",
		"Cello Suite No. 1: I. Prélude",
		"Suite for Cello Solo No. 1 in G, BWV 1007 - 1. Prélude",
		"Bach - Cello Suite No. 1 BWV 1007, 1st Movement" };
	static const char *const others[] = {
		"Cello Suite No. 1 in G Major, BWV 1007: II. Allemande",
		"Cello Suite No. 2 in D Minor, BWV 1008: I. Prélude",
		"Cello Suite No. 1 in G Minor, BWV 1007: I. Prélude",
		"Cello Suite No. 1 in G Major, BWV 1008: I. Prélude",
		"Guitar Suite No. 1 in G Major, BWV 1007: I. Prélude",
		"Cello Suite No. 1 in G Major, BWV 1007",
		"Prélude", "Cello Suite in G Major: Courante",
		"Cello Suite No. 1 in G Major, BWV 1007: I. Prélude (Live)",
		"Cello Suite No. 1, BWV 1007: I. Prélude arr. for Lute" };

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++)
		if (!takes_work(work, same[i], "Ada Lee - Topic"))
			fail_msg("%s", same[i]);
	for (size_t i = 0; i < COUNT(others); i++)
		if (takes_work(work, others[i], "Ada Lee - Topic"))
			fail_msg("%s", others[i]);
}

static void a_work_is_another_recording_by_other_performers(void **state)
{
	static const char *const work =
	    "Cello Suite No. 1 in G Major, BWV 1007: I. Prélude";
	char by[160];

	(void)state;
	assert_false(takes_work(work, work, "Bo Moss - Topic"));
	assert_false(takes_work(work, work, "x"));
	snprintf(by, sizeof(by), "Bach: %s", work);
	assert_false(takes_work(work, by, "x"));
	snprintf(by, sizeof(by), "Bach: %s (Bo Moss)", work);
	assert_false(takes_work(work, by, "x"));
	snprintf(by, sizeof(by), "Bach: %s (Ada Lee)", work);
	assert_true(takes_work(work, by, "x"));
	snprintf(by, sizeof(by), "%s - Ada Lee", work);
	assert_true(takes_work(work, by, "x"));
}

/* In "Op. 10 No. 3" it may be written as the number of the piece. */
static void numbers_of_a_set_are_compared(void **state)
{
	(void)state;
	assert_true(takes_work("12 Études, Op. 10: No. 3 in E Major",
	    "Etude Op. 10 No. 3 in E Major", "Ada Lee - Topic"));
	assert_false(takes_work("12 Études, Op. 10: No. 3 in E Major",
	    "Etude Op. 10 No. 4 in E Major", "Ada Lee - Topic"));
	assert_true(takes_work("Sonata No. 14, Op. 27 No. 2: I. Adagio",
	    "Sonata No. 14, Op. 27/2 \"Moonlight\": 1. Adagio",
	    "Ada Lee - Topic"));
	assert_false(takes_work("Concerto in E Major, RV 269: I. Allegro",
	    "Concerto in E Major, RV 269: III. Allegro",
	    "Ada Lee - Topic"));
	assert_false(takes_work("Sonata in C Sharp Minor, Op. 27 No. 2",
	    "Sonata in C# minor, Op. 27 No. 1", "Ada Lee - Topic"));
}

static void a_video_id_has_eleven_characters(void **state)
{
	(void)state;
	assert_true(holds("Ada - Light [pAgnJDJN4VA].mp3", 0));
	assert_false(holds("Ada - Light [pAgnJDJN4V].mp3", 0));
	assert_false(holds("Ada - Light [pAgnJDJN4VAB].mp3", 0));
	assert_true(holds("Ada - Light-pAgnJDJN4VA.mp3", 0));
	assert_false(holds("Ada - Light-pAgnJDJN4V.mp3", 0));
	assert_false(holds("Ada - Light-pAgnJDJN4VAB.mp3", 0));
}

static void a_release_group_has_six_letters_at_most(void **state)
{
	(void)state;
	assert_true(holds("01-ada-light-abcdef.mp3", 0));
	assert_false(holds("01-ada-light-abcdefg.mp3", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(penalties_limit_the_difference_of_lengths),
		cmocka_unit_test(a_score_is_the_sum_of_its_evidence),
		cmocka_unit_test(without_a_length_any_penalty_rejects),
		cmocka_unit_test(scores_of_matches_are_between_a_half_and_one),
		cmocka_unit_test(
		    a_score_below_a_half_tells_the_gate),
		cmocka_unit_test(a_file_may_be_five_seconds_apart),
		cmocka_unit_test(a_title_is_looked_for_in_eight_places),
		cmocka_unit_test(
		    a_name_matches_by_sound_if_it_is_long_enough),
		cmocka_unit_test(
		    a_catalogue_number_has_five_characters_and_two_digits),
		cmocka_unit_test(the_side_of_a_record_is_a_track_number),
		cmocka_unit_test(concerts_of_two_years_differ),
		cmocka_unit_test(
		    an_album_with_day_month_and_year_is_a_concert),
		cmocka_unit_test(place_and_year_alone_are_a_concert),
		cmocka_unit_test(
		    a_mark_in_an_albums_bracket_is_that_of_all_its_tracks),
		cmocka_unit_test(another_guest_is_another_recording),
		cmocka_unit_test(a_guest_in_another_script_is_known_by_sound),
		cmocka_unit_test(mono_and_stereo_are_two_mixes),
		cmocka_unit_test(a_clean_version_is_not_the_explicit_one),
		cmocka_unit_test(takes_differ_by_their_numbers),
		cmocka_unit_test(two_subtitles_are_two_recordings),
		cmocka_unit_test(a_year_alone_is_another_recording),
		cmocka_unit_test(an_unplugged_concert_has_several_names),
		cmocka_unit_test(words_that_programs_add_to_names_say_nothing),
		cmocka_unit_test(initials_have_three_letters_at_least),
		cmocka_unit_test(a_name_may_have_an_honorific_or_none),
		cmocka_unit_test(a_label_may_name_the_artist_after_the_title),
		cmocka_unit_test(
		    a_work_is_known_by_its_numbers_under_every_spelling),
		cmocka_unit_test(
		    a_work_is_another_recording_by_other_performers),
		cmocka_unit_test(numbers_of_a_set_are_compared),
		cmocka_unit_test(a_video_id_has_eleven_characters),
		cmocka_unit_test(
		    a_release_group_has_six_letters_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
