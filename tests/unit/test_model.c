/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "types/file.h"
#include "types/health.h"
#include "types/media.h"
#include "types/candidate.h"
#include "types/link.h"
#include "run/plan.h"
#include "types/reason.h"
#include "types/summary.h"
#include "types/track.h"

static void keys_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text, *key, *camelot;
	} cases[] = {
		{ "8A", "A minor", "8A" }, { "08b", "C major", "8B" },
		{ "Am", "A minor", "8A" }, { "A minor", "A minor", "8A" },
		{ "F#m", "F# minor", "11A" }, { "Gb", "F# major", "2B" },
		{ "Db", "Db major", "3B" }, { "1m", "A minor", "8A" },
		{ "1d", "C major", "8B" }, { "12d", "F major", "7B" },
		{ "a min", "A minor", "8A" }, { "G", "G major", "9B" },
		{ "Em", "E minor", "9A" }, { "Abm", "G# minor", "1A" },
	};
	char key[12], camelot[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(key_parse(cases[i].text, key, camelot), 0);
		assert_string_equal(key, cases[i].key);
		assert_string_equal(camelot, cases[i].camelot);
	}
	assert_int_equal(key_parse("13A", key, camelot), -1);
	assert_int_equal(key_parse("H moll", key, camelot), -1);
	assert_int_equal(key_parse("", key, camelot), -1);
	assert_int_equal(key_parse("All", key, camelot), -1);
}

static void reasons_are_a_closed_set_of_names(void **state)
{
	struct error error;

	(void)state;
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		assert_int_equal(reason_parse(reason_name((enum reason)r)), r);
		assert_int_equal(reason_set(&error, (enum reason)r, "%d", r),
		    ITEM_FAILED);
		assert_int_equal(reason_of(&error), r);
	}
	assert_string_equal(reason_name(REASON_NONE), "");
	assert_int_equal(reason_parse(""), REASON_NONE);
	assert_int_equal(reason_parse(NULL), REASON_NONE);
	assert_int_equal(reason_parse("wet"), REASON_NONE);
	assert_true(reason_is_partial(REASON_TRUNCATED));
	assert_false(reason_is_partial(REASON_CRASHED));
}

static void health_reads_back_from_its_json(void **state)
{
	static const struct health h = { .known = true,
		.problems = { [REASON_TRUNCATED] = 3, [REASON_NOT_AUDIO] = 1 },
		.outdated = 7, .tagged = { 5, 4, 3 }, .disagree = { 2, 1, 0 } };
	struct json_writer *w = json_writer_new(false);
	struct health back;
	struct json *v;
	size_t len;
	char *text;

	(void)state;
	json_open_object(w, NULL);
	health_to_json(&h, w, "health");
	json_close(w);
	text = json_writer_end(w, &len);
	v = json_parse(text, len, NULL);
	health_from_json(&back, json_get(v, "health"));
	assert_memory_equal(&back, &h, sizeof(h));
	free(text);
	json_free(v);
	text = health_text(&h);
	assert_string_equal(text, "1 not-audio, 3 truncated");
	assert_int_equal(health_problems(&h), 4);
	free(text);
	health_from_json(&back, NULL);
	assert_false(back.known);
}

static void only_analyzers_of_likesync_can_be_older(void **state)
{
	(void)state;
	assert_true(analyzer_is_older("likesync/0"));
	assert_true(analyzer_is_older("likesync/0.0.9"));
	assert_false(analyzer_is_older(ANALYZER_VERSION));
	assert_false(analyzer_is_older("likesync/999"));
	assert_false(analyzer_is_older("mixedinkey/0"));
	assert_false(analyzer_is_older(""));
}

static void a_failure_without_a_reason_is_damage(void **state)
{
	struct error error;

	(void)state;
	error_set(&error, ITEM_FAILED, "it broke");
	assert_int_equal(reason_of(&error), REASON_DAMAGED);
	error.reason = 99;
	assert_int_equal(reason_of(&error), REASON_DAMAGED);
}

static void only_well_formed_ids_and_isrcs_are_used(void **state)
{
	char id[SPOTIFY_ID_LEN + 1], isrc[ISRC_LEN + 1];

	(void)state;
	assert_int_equal(spotify_id_parse(
	    "https://open.spotify.com/track/3eSyMBd7ERw68NVB3jlRmW?si=x", id),
	    0);
	assert_string_equal(id, "3eSyMBd7ERw68NVB3jlRmW");
	assert_int_equal(spotify_id_parse("spotify:track:short", id), -1);
	assert_int_equal(spotify_id_parse("", id), -1);
	assert_int_equal(isrc_parse("us-sm1-12-05438", isrc), 0);
	assert_string_equal(isrc, "USSM11205438");
	assert_int_equal(isrc_parse("USSM1120543", isrc), -1);
	assert_int_equal(isrc_parse("USSM112054389", isrc), -1);
}

static void tracks_without_an_id_have_one_key_for_one_name(void **state)
{
	struct track a, b;

	(void)state;
	track_init(&a);
	track_add_artist(&a, "Ada  Wave");
	a.title = strdup("LIGHT");
	track_set_key(&a);
	track_init(&b);
	track_add_artist(&b, "ada wave");
	b.title = strdup("Light");
	track_set_key(&b);
	assert_string_equal(a.key, b.key);
	assert_int_equal(a.key[0], '~');
	track_free(&a);
	track_free(&b);
}

static void a_track_reads_back_from_its_json(void **state)
{
	const char *text = "{\"id\":\"3eSyMBd7ERw68NVB3jlRmW\",\"artists\":"
	    "[\"A\",\"B\"],\"title\":\"T\",\"duration_ms\":5,\"isrc\":null}";
	struct json *v = json_parse(text, strlen(text), NULL), *again;
	struct json_writer *w = json_writer_new(false);
	struct track t, u;
	char *out;

	(void)state;
	assert_int_equal(track_from_json(&t, v), 0);
	track_to_json(&t, w, NULL);
	out = json_writer_end(w, NULL);
	again = json_parse(out, strlen(out), NULL);
	assert_int_equal(track_from_json(&u, again), 0);
	assert_string_equal(u.artists[1], "B");
	assert_string_equal(u.key, t.key);
	assert_int_equal(u.duration_ms, 5);
	track_free(&t);
	track_free(&u);
	json_free(v);
	json_free(again);
	free(out);
}

static void plausible_tags_replace_the_analysis(void **state)
{
	struct analysis a = { .bpm = 120, .bpm_confidence = 0.5,
		.has_grid = true };
	struct tags t = { .bpm = 128, .key = (char *)"8A", .energy = 7 };

	(void)state;
	analysis_apply_tags(&a, &t);
	assert_true(a.bpm > 127 && a.bpm_confidence >= 1 && !a.has_grid);
	assert_string_equal(a.camelot, "8A");
	assert_int_equal(a.energy, 7);
	t = (struct tags){ .bpm = 5, .key = (char *)"?" };
	analysis_apply_tags(&a, &t);
	assert_true(a.bpm > 127);
	assert_string_equal(a.camelot, "8A");
}

/* What is placed under such a name must be found by the next scan. */
static void every_format_has_an_extension_that_is_audio(void **state)
{
	static const char *const formats[][3] = {
		{ "mp3", "mp3", "mp3" }, { "mp3", "mp2", "mp2" },
		{ "mp4", "aac", "m4a" }, { "mp4", "alac", "m4a" },
		{ "flac", "flac", "flac" }, { "ogg", "vorbis", "ogg" },
		{ "ogg", "opus", "opus" }, { "ogg", "flac", "oga" },
		{ "wav", "pcm_s16le", "wav" }, { "aiff", "pcm_s16be", "aiff" },
		{ "matroska", "opus", "mka" }, { "adts", "aac", "aac" },
		{ "w64", "pcm_s16le", "w64" }, { "wavpack", "wavpack", "wv" },
		{ "ape", "ape", "ape" }, { "asf", "wmav2", "wma" },
		{ "ac3", "ac3", "ac3" }, { "eac3", "eac3", "eac3" },
		{ "tta", "tta", "tta" }, { "caf", "alac", "caf" },
		{ "mpc", "mpc8", "mpc" },
	};
	struct media m = { .container = "html" };

	(void)state;
	assert_null(media_extension(&m));
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		char name[32];

		snprintf(m.container, sizeof(m.container), "%s",
		    formats[i][0]);
		snprintf(m.codec, sizeof(m.codec), "%s", formats[i][1]);
		assert_string_equal(media_extension(&m), formats[i][2]);
		snprintf(name, sizeof(name), "a.%s", media_extension(&m));
		assert_true(file_name_is_audio(name));
	}
}

static void only_names_of_audio_files_belong_in_a_library(void **state)
{
	(void)state;
	assert_true(file_name_is_audio("a.MP3"));
	assert_true(file_name_is_audio("a.b.flac"));
	assert_false(file_name_is_audio("a.mp3.part"));
	assert_false(file_name_is_audio("._a.mp3"));
	assert_false(file_name_is_audio("a.lrc"));
	assert_false(file_name_is_audio("mp3"));
}

/* ---- the plan ---- */

static struct track liked_track(const char *title)
{
	struct track t;

	track_init(&t);
	track_add_artist(&t, "Ada");
	t.title = strdup(title);
	track_set_key(&t);
	return t;
}

static void the_plan_has_an_action_and_a_reason_for_each_track(void **state)
{
	struct track t[6];
	struct track_state st[6] = {
		[0] = { .in_library = EVIDENCE_ISRC },
		[1] = { .removed = true },
		[2] = { .next_attempt = 2000, .attempts = 1, .reason = "gone" },
		[4] = { .next_attempt = 500, .attempts = 2, .reason = "old" },
	};
	struct plan_input in = { .wanted = t, .state = st, .count = 6,
		.now = 1000, .caps_left = 2, .caps_error = "caps" };
	struct plan p;

	(void)state;
	for (int i = 0; i < 6; i++)
		t[i] = liked_track("x");
	plan_make(&in, &p);
	assert_int_equal(p.items[0].action, PLAN_IN_LIBRARY);
	assert_int_equal(p.items[1].action, PLAN_SKIP);
	assert_int_equal(p.items[2].action, PLAN_WAIT);
	assert_non_null(strstr(p.items[2].reason, "gone"));
	assert_int_equal(p.items[3].action, PLAN_FETCH);
	assert_int_equal(p.items[4].action, PLAN_FETCH);
	assert_int_equal(p.items[5].action, PLAN_WAIT);
	assert_string_equal(p.items[5].reason, "caps");
	assert_int_equal(p.in_library + p.fetch + p.wait + p.skip, 6);
	plan_free(&p);
	in.caps_left = 100;
	in.limit = 1;
	plan_make(&in, &p);
	assert_int_equal(p.fetch, 1);
	plan_free(&p);
	for (int i = 0; i < 6; i++)
		track_free(&t[i]);
}

static void tracks_that_a_source_failed_come_after_the_others(void **state)
{
	struct track t[3];
	struct track_state st[3] = { [0] = { .source_failed = true } };
	struct plan_input in = { .wanted = t, .state = st, .count = 3,
		.now = 1000, .caps_left = 2, .caps_error = "caps" };
	struct plan p;

	(void)state;
	for (int i = 0; i < 3; i++)
		t[i] = liked_track("x");
	plan_make(&in, &p);
	assert_int_equal(p.items[0].action, PLAN_WAIT);
	assert_int_equal(p.items[1].action, PLAN_FETCH);
	assert_int_equal(p.items[2].action, PLAN_FETCH);
	assert_true(p.items[0].source_failed);
	assert_ptr_equal(p.items[0].track, &t[0]);
	plan_free(&p);
	in.caps_left = 3;
	plan_make(&in, &p);
	assert_int_equal(p.fetch, 3);
	plan_free(&p);
	for (int i = 0; i < 3; i++)
		track_free(&t[i]);
}

/* Likes 0 to 2, of which 1 is in a job too; two jobs: 1, 3, 4 and 5. */
static void jobs_and_likes_take_turns(void **state)
{
	static const size_t order[] = { 1, 0, 5, 2, 3, 4 };
	struct track t[6];
	struct track_state st[6] = {
		[1] = { .turn = 1, .next_attempt = 2000, .reason = "gone" },
		[3] = { .turn = 2, .removed = true }, [4] = { .turn = 3 },
		[5] = { .turn = 1 },
	};
	struct plan_input in = { .wanted = t, .state = st, .count = 6,
		.now = 1000, .caps_left = 3, .caps_error = "caps" };
	struct plan p;

	(void)state;
	for (int i = 0; i < 6; i++)
		t[i] = liked_track("x");
	plan_make(&in, &p);
	assert_memory_equal(p.order, order, sizeof(order));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(p.items[order[i]].action, i < 3 ? PLAN_FETCH :
		    PLAN_WAIT);
	assert_int_equal(p.items[1].turn, 1);
	plan_free(&p);
	in.queue_only = true;
	in.caps_left = 9;
	plan_make(&in, &p);
	assert_int_equal(p.fetch, 4);
	assert_int_equal(p.items[0].action, PLAN_WAIT);
	assert_int_equal(p.items[3].action, PLAN_FETCH);
	plan_free(&p);
	for (int i = 0; i < 6; i++)
		track_free(&t[i]);
}

static void a_pin_decides_over_names_and_waits(void **state)
{
	struct track t[4];
	struct track_state st[4] = {
		[0] = { .pinned = PINNED_FILE, .next_attempt = 2000 },
		[1] = { .pinned = PINNED_GONE },
		[2] = { .pinned = PINNED_LINK },
		[3] = { .pinned = PINNED_FILE, .removed = true },
	};
	struct plan_input in = { .wanted = t, .state = st, .count = 4,
		.now = 1000, .caps_left = 9 };
	struct plan p;

	(void)state;
	for (int i = 0; i < 4; i++)
		t[i] = liked_track("");
	t[2].is_local = true;
	plan_make(&in, &p);
	assert_int_equal(p.items[0].action, PLAN_PLACE);
	assert_int_equal(p.items[1].action, PLAN_SKIP);
	assert_int_equal(p.items[2].action, PLAN_FETCH);
	assert_string_equal(p.items[2].reason, PINNED_BY_YOU);
	assert_int_equal(p.items[3].action, PLAN_SKIP);
	assert_int_equal(p.place, 1);
	plan_free(&p);
	for (int i = 0; i < 4; i++)
		track_free(&t[i]);
}

static void a_link_has_one_spelling(void **state)
{
	static const char *const of_one_video[] = {
		"https://www.youtube.com/watch?v=abcDEF_-123",
		"http://youtu.be/abcDEF_-123?si=x&t=5",
		"https://music.youtube.com/watch?list=L&v=abcDEF_-123&x=1",
		"HTTPS://M.YouTube.com/shorts/abcDEF_-123#t=9",
		"https://www.youtube-nocookie.com/embed/abcDEF_-123",
	};
	static const char *const others[][2] = {
		{ "https://www.youtube.com/watch?v=short",
		    "https://www.youtube.com/watch?v=short" },
		{ "https://youtube.com.evil.example/watch?v=abcDEF_-123",
		    "https://youtube.com.evil.example/watch?v=abcDEF_-123" },
		{ "HTTP://Example.ORG/A/B?c=D#E", "http://example.org/A/B?c=D" },
		{ "https://", "https://" },
		{ "/srv/Music/A#1.mp3", "/srv/Music/A#1.mp3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of_one_video) / sizeof(char *); i++) {
		char *plain = link_plain(of_one_video[i]);

		assert_string_equal(plain, of_one_video[0]);
		free(plain);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char *plain = link_plain(others[i][0]);

		assert_string_equal(plain, others[i][1]);
		free(plain);
	}
	assert_true(link_is_video_id("abcDEF_-123"));
	assert_false(link_is_video_id("abcDEF_-1234"));
	assert_false(link_is_video_id("abc.mp3"));
}

static void the_best_rejected_is_kept_and_reads_back(void **state)
{
	struct candidate c = { .ref = (char[]){ "r1" },
		.title = (char[]){ "Light" }, .artist = (char[]){ "Ada" },
		.duration_s = 200.4 };
	struct best_rejected n = { .ref = NULL }, back;
	struct json_writer *w = json_writer_new(false);
	struct json *v;
	size_t len;
	char *text;

	(void)state;
	best_rejected_note(&n, &c, 0.4, "live");
	c.ref[1] = '2';
	best_rejected_note(&n, &c, 0.3, "another artist");
	assert_string_equal(n.ref, "r1");
	assert_string_equal(n.name, "Ada - Light (3:20)");
	json_open_object(w, NULL);
	best_rejected_to_json(&n, w, "best_rejected");
	json_close(w);
	text = json_writer_end(w, &len);
	v = json_parse(text, len, NULL);
	best_rejected_from_json(&back, json_get(v, "best_rejected"));
	assert_string_equal(back.ref, "r1");
	assert_string_equal(back.reason, "live");
	assert_true(back.score > 0.39 && back.score < 0.41);
	best_rejected_free(&back);
	best_rejected_from_json(&back, json_get(v, "absent"));
	assert_null(back.ref);
	json_free(v);
	free(text);
	best_rejected_free(&n);
}

static void a_tempo_is_moved_into_the_configured_octave(void **state)
{
	struct analysis slow = { .bpm = 70, .has_grid = true, .first_beat = 1,
		.downbeat = 1, .beats_per_bar = 4, .constant = true };
	struct analysis fast = { .bpm = 174, .has_grid = true, .first_beat = 0.5,
		.downbeat = 0.5 + 60 / 174.0, .beats_per_bar = 4,
		.constant = true };

	(void)state;
	analysis_set_octave(&slow, 0);
	assert_true(slow.bpm > 69.99 && slow.bpm < 70.01);
	analysis_set_octave(&slow, 85);
	assert_true(slow.bpm > 139.99 && slow.bpm < 140.01);
	assert_true(slow.first_beat > 0.99 && slow.first_beat < 1.01);
	analysis_set_octave(&fast, 70);
	assert_true(fast.bpm > 86.99 && fast.bpm < 87.01);
	/* What was the second of the beats is the first one that is left. */
	assert_true(fabs(fast.first_beat - fast.downbeat) < 1e-9);
}

static void a_changing_tempo_that_is_halved_has_no_grid(void **state)
{
	struct analysis a = { .bpm = 180, .has_grid = true, .beats_per_bar = 4,
		.n_anchors = 2 };
	size_t n;

	(void)state;
	a.anchors = calloc(2, sizeof(*a.anchors));
	assert_non_null(a.anchors);
	a.anchors[0] = (struct beat_anchor){ 0, 180 };
	a.anchors[1] = (struct beat_anchor){ 1, 182 };
	analysis_set_octave(&a, 85);
	assert_false(a.has_grid);
	assert_null(analysis_beat_times(&a, &n));
	assert_int_equal(n, 0);
	analysis_free(&a);
}

static void beats_follow_the_tempo_of_each_anchor(void **state)
{
	struct beat_anchor anchors[] = { { 0.5, 120 }, { 1.5, 60 } };
	struct analysis a = { .bpm = 90, .has_grid = true, .duration = 4,
		.beats_per_bar = 4, .anchors = anchors, .n_anchors = 2 };
	static const double wanted[] = { 0.5, 1, 1.5, 2.5, 3.5 };
	double *times;
	size_t n;

	(void)state;
	times = analysis_beat_times(&a, &n);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		assert_true(fabs(times[i] - wanted[i]) < 1e-9);
	free(times);
}

/* A worker that lies about length or tempo must not make us list for ever. */
static void too_many_beats_are_none(void **state)
{
	struct beat_anchor anchors[] = { { 0, 999 }, { 9e8, 60 } };
	struct analysis a = { .bpm = 600, .has_grid = true,
		.beats_per_bar = 4, .duration = 100000 };
	double *times;
	size_t n;

	(void)state;
	times = analysis_beat_times(&a, &n);
	assert_int_equal(n, ANALYSIS_MAX_BEATS);
	free(times);
	a.duration = 100001;
	assert_null(analysis_beat_times(&a, &n));
	assert_int_equal(n, 0);
	a.duration = 1e9;
	assert_null(analysis_beat_times(&a, &n));
	/* Anchors beyond the end of the music, too. */
	a.anchors = anchors;
	a.n_anchors = 2;
	a.duration = 10;
	times = analysis_beat_times(&a, &n);
	assert_int_equal(n, 167);
	free(times);
	a.duration = 1e9;
	assert_null(analysis_beat_times(&a, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tempo_is_moved_into_the_configured_octave),
		cmocka_unit_test(a_changing_tempo_that_is_halved_has_no_grid),
		cmocka_unit_test(beats_follow_the_tempo_of_each_anchor),
		cmocka_unit_test(too_many_beats_are_none),
		cmocka_unit_test(keys_are_read_in_every_spelling),
		cmocka_unit_test(
		    only_well_formed_ids_and_isrcs_are_used),
		cmocka_unit_test(
		    tracks_without_an_id_have_one_key_for_one_name),
		cmocka_unit_test(a_track_reads_back_from_its_json),
		cmocka_unit_test(plausible_tags_replace_the_analysis),
		cmocka_unit_test(every_format_has_an_extension_that_is_audio),
		cmocka_unit_test(only_names_of_audio_files_belong_in_a_library),
		cmocka_unit_test(
		    the_plan_has_an_action_and_a_reason_for_each_track),
		cmocka_unit_test(jobs_and_likes_take_turns),
		cmocka_unit_test(
		    tracks_that_a_source_failed_come_after_the_others),
		cmocka_unit_test(a_pin_decides_over_names_and_waits),
		cmocka_unit_test(a_link_has_one_spelling),
		cmocka_unit_test(reasons_are_a_closed_set_of_names),
		cmocka_unit_test(a_failure_without_a_reason_is_damage),
		cmocka_unit_test(the_best_rejected_is_kept_and_reads_back),
		cmocka_unit_test(health_reads_back_from_its_json),
		cmocka_unit_test(only_analyzers_of_likesync_can_be_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
