/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "worker/rhythm/onset.h"
#include "worker/structure/sections.h"
#include "worker/structure/structure.h"
#include "types/media.h"

#define BPM 120.0
#define BEAT 0.5		/* seconds */
#define BAR (4 * BEAT)
#define RATE 100.0

/* Bars of layers: k kick, s snare, h hats, b bass, c chords, r a roll that
 * rises, q all of them 3 dB quieter. "-" is silence. */
struct part {
	int bars;
	const char *layers;
};

/* ---- envelopes as music would have them ---- */

static void strike(struct onset_envelope *e, size_t i, int band, float force)
{
	if (i < e->len)
		e->band[band][i] += force;
}

static void raise_level(struct onset_envelope *e, size_t i, int band, int db)
{
	uint8_t level = (uint8_t)((db - LEVEL_FLOOR) * LEVEL_STEPS);

	if (i < e->len && e->levels[i][band] < level)
		e->levels[i][band] = level;
}

static void hold(struct onset_envelope *e, size_t from, size_t len, int band,
    int db)
{
	for (size_t i = from; i < from + len; i++)
		raise_level(e, i, band, db);
}

/* One beat of 50 values from value at on; share: how much of its section is
 * over. */
static void play(struct onset_envelope *e, size_t at, int beat,
    const char *layers, double share)
{
	if (strchr(layers, 'k')) {
		strike(e, at, ONSET_LOW, 8);
		strike(e, at, ONSET_MID, 3);
		hold(e, at, 15, 0, -10);
		hold(e, at, 5, 1, -22);
	}
	if (strchr(layers, 's') && beat % 2 == 1) {
		strike(e, at, ONSET_MID, 8);
		strike(e, at, ONSET_HIGH, 6);
		hold(e, at, 12, 3, -22);
	}
	for (size_t half = 0; strchr(layers, 'h') && half < 2; half++) {
		strike(e, at + 25 * half, ONSET_HIGH, 5);
		hold(e, at + 25 * half, 6, 4, -30);
	}
	if (strchr(layers, 'b')) {
		strike(e, at + 25, ONSET_LOW, 3);
		hold(e, at, 50, 0, -18);
		hold(e, at, 50, 1, -16);
	}
	if (strchr(layers, 'c')) {
		strike(e, at, ONSET_MID, beat == 0 ? 5 : 1);
		hold(e, at, 50, 2, -18);
		hold(e, at, 50, 3, -27);
	}
	for (size_t i = 0; strchr(layers, 'r') && i < 4; i++) {
		strike(e, at + 12 * i, ONSET_MID, (float)(1 + 6 * share));
		strike(e, at + 12 * i, ONSET_HIGH, (float)(1 + 6 * share));
		hold(e, at, 50, 3, -40 + (int)(18 * share));
		hold(e, at, 50, 4, -50 + (int)(20 * share));
	}
	for (size_t i = at; strchr(layers, 'q') && i < at + 50; i++) {
		for (int b = 0; i < e->len && b < LEVEL_BANDS; b++) {
			if (e->levels[i][b] > 6)
				e->levels[i][b] = (uint8_t)(e->levels[i][b] -
				    6);
		}
	}
}

static double length_of(const struct part *parts, int beats_per_bar)
{
	double beats = 0;

	for (; parts->bars > 0; parts++)
		beats += parts->bars * beats_per_bar;
	return beats * BEAT;
}

/* The parts, after lead seconds of silence. */
static void make(struct onset_envelope *e, const struct part *parts,
    int beats_per_bar, double lead)
{
	size_t at = (size_t)lround(lead * RATE);

	*e = (struct onset_envelope){ .rate = RATE };
	e->len = at + (size_t)lround(length_of(parts, beats_per_bar) * RATE);
	e->sum = calloc(e->len, sizeof(*e->sum));
	e->levels = calloc(e->len, sizeof(*e->levels));
	for (int b = 0; b < ONSET_BANDS; b++)
		e->band[b] = calloc(e->len, sizeof(**e->band));
	for (; parts->bars > 0; parts++) {
		int beats = parts->bars * beats_per_bar;

		for (int i = 0; i < beats; i++, at += (size_t)(BEAT * RATE))
			play(e, at, i % beats_per_bar, parts->layers,
			    (double)i / beats);
	}
}

/* The beats of one tempo, for music of duration seconds. */
static double *lay_beats(struct meter *m, double first, size_t downbeat,
    int beats_per_bar, double duration)
{
	double *beats;

	*m = (struct meter){ .downbeat = downbeat,
		.beats_per_bar = beats_per_bar,
		.count = (size_t)ceil((duration - first) / BEAT) };
	beats = calloc(m->count + 1, sizeof(*beats));
	for (size_t i = 0; i < m->count; i++)
		beats[i] = first + (double)i * BEAT;
	m->beats = beats;
	return beats;
}

/* What is found in parts whose first bar begins skip beats after the first
 * beat, which is lead seconds after the start. */
static void structure_from(const struct part *parts, int beats_per_bar,
    double lead, int skip, struct analysis *a)
{
	struct onset_envelope e;
	struct meter m;
	double *beats;

	make(&e, parts, beats_per_bar, lead + skip * BEAT);
	*a = (struct analysis){ .duration = (double)e.len / RATE, .bpm = BPM,
		.has_grid = true, .constant = true,
		.beats_per_bar = beats_per_bar };
	beats = lay_beats(&m, lead, (size_t)skip, beats_per_bar, a->duration);
	structure_find(&e, &m, a);
	free(beats);
	onset_envelope_free(&e);
}

static void structure_of(const struct part *parts, struct analysis *a)
{
	structure_from(parts, 4, 0, 0, a);
}

/* ---- what is expected ---- */

/* Sections as "intro 0, drop 8": types and the bars that they begin with. */
static void assert_sections(const struct analysis *a, double lead,
    double bar, const char *expected)
{
	const struct structure *o = &a->structure;
	char said[512] = "";

	for (size_t i = 0; i < o->n_segments; i++) {
		double start = i == 0 ? 0 : (o->segments[i].start - lead) / bar;
		size_t len = strlen(said);

		snprintf(said + len, sizeof(said) - len, "%s%s %.4g",
		    i > 0 ? ", " : "", segment_type_name(o->segments[i].type),
		    start);
	}
	assert_string_equal(said, expected);
}

static void assert_near(double have, double want)
{
	if (fabs(have - want) > 1e-6)
		fail_msg("%f, not %f", have, want);
}

/* What must hold of any structure. */
static void assert_sound(const struct analysis *a)
{
	const struct structure *o = &a->structure;

	assert_true(o->n_segments <= STRUCTURE_MAX_SEGMENTS);
	for (size_t i = 0; i < o->n_segments; i++) {
		const struct segment *s = &o->segments[i];

		assert_true(i == 0 ? fabs(s->start) < 1e-9 :
		    s->start > s[-1].start);
		assert_true(s->start < a->duration);
		assert_true(s->energy >= 0 && s->energy <= 1);
		assert_int_not_equal(s->type, SEGMENT_UNKNOWN);
	}
	assert_true(o->mix_in >= 0 && o->mix_out <= a->duration);
	assert_true(o->mix_in < o->mix_out || o->n_segments == 0);
	assert_int_equal(o->crossfade_bars > 0, o->n_segments > 0);
	assert_int_not_equal(o->hint_in, TRANSITION_ECHO_OUT);
}

/* ---- sections and points ---- */

static const struct part club[] = { { 16, "kh" }, { 16, "kshb" }, { 8, "c" },
	{ 8, "cr" }, { 32, "kshbc" }, { 16, "ksh" }, { 0, NULL } };

static void a_club_track_has_its_sections_on_phrases(void **state)
{
	struct analysis a;

	(void)state;
	structure_of(club, &a);
	assert_sound(&a);
	assert_sections(&a, 0, BAR, "intro 0, verse 16, breakdown 32, "
	    "buildup 40, drop 48, outro 80");
	analysis_free(&a);
}

static void mix_points_are_where_the_full_groove_begins_and_ends(void **state)
{
	struct analysis a;
	const struct structure *o = &a.structure;

	(void)state;
	structure_of(club, &a);
	assert_near(o->mix_in, 16 * BAR);
	assert_near(o->mix_out, 80 * BAR);
	assert_near(o->intro_end, 16 * BAR);
	assert_near(o->outro_start, 80 * BAR);
	assert_near(o->breakdown, 32 * BAR);
	assert_near(o->drop, 48 * BAR);
	analysis_free(&a);
}

static void a_song_that_is_all_groove_is_one_verse(void **state)
{
	const struct part parts[] = { { 32, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_from(parts, 4, 0.3, 0, &a);
	assert_sections(&a, 0.3, BAR, "verse 0");
	assert_near(a.structure.mix_in, 0.3);
	assert_near(a.structure.mix_out, a.duration);
	assert_true(a.structure.intro_end <= 0 && a.structure.drop <= 0);
	analysis_free(&a);
}

static void the_last_note_that_rings_is_no_groove(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 24, "kshbc" }, { 2, "-" },
		{ 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 8, outro 32");
	assert_near(a.structure.mix_out, 32 * BAR);
	analysis_free(&a);
}

static void a_verse_that_is_quieter_is_full_as_well(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 16, "kshbcq" },
		{ 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_near(a.structure.mix_in, 8 * BAR);
	analysis_free(&a);
}

static void a_climax_does_not_make_all_before_it_an_intro(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 24, "khc" }, { 8, "c" },
		{ 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 8, breakdown 32, "
	    "drop 40");
	assert_near(a.structure.mix_in, 8 * BAR);
	analysis_free(&a);
}

static void a_last_chord_of_all_together_is_no_groove(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 24, "kshbc" }, { 8, "c" },
		{ 1, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 8, outro 32");
	analysis_free(&a);
}

static void drums_and_bass_alone_at_the_end_are_an_outro(void **state)
{
	const struct part parts[] = { { 16, "kshb" }, { 32, "kshbc" },
		{ 16, "kshb" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "verse 0, verse 16, outro 48");
	assert_near(a.structure.mix_in, 0);
	analysis_free(&a);
}

static void a_bar_that_is_different_is_no_section(void **state)
{
	const struct part parts[] = { { 15, "kshbc" }, { 1, "s" },
		{ 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "verse 0");
	analysis_free(&a);
}

static void what_comes_before_the_first_bar_is_the_first_sections(
    void **state)
{
	const struct part parts[] = { { 8, "c" }, { 24, "kshbc" },
		{ 0, NULL } };
	struct analysis a;

	(void)state;
	structure_from(parts, 4, 1.25, 3, &a);
	assert_sections(&a, 1.25 + 3 * BEAT, BAR, "intro 0, verse 8");
	assert_near(a.structure.mix_in, 1.25 + 3 * BEAT + 8 * BAR);
	analysis_free(&a);
}

static void bars_of_three_are_counted_as_such(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 24, "kshbc" }, { 8, "c" },
		{ 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_from(parts, 3, 0, 0, &a);
	assert_sections(&a, 0, 3 * BEAT, "intro 0, verse 8, breakdown 32, "
	    "verse 40");
	analysis_free(&a);
}

static void what_comes_back_thinner_is_a_verse(void **state)
{
	const struct part parts[] = { { 16, "kshbc" }, { 8, "c" },
		{ 16, "khb" }, { 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "verse 0, breakdown 16, verse 24, "
	    "verse 40");
	analysis_free(&a);
}

static void what_comes_back_fuller_than_ever_is_a_drop(void **state)
{
	const struct part parts[] = { { 8, "c" }, { 16, "kshb" }, { 8, "c" },
		{ 16, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 8, breakdown 24, "
	    "drop 32");
	analysis_free(&a);
}

static void a_buildup_has_sixteen_bars_however_long_it_rises(void **state)
{
	const struct part parts[] = { { 16, "kshbc" }, { 8, "c" },
		{ 48, "cr" }, { 32, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	for (size_t i = 0; i + 1 < a.structure.n_segments; i++) {
		const struct segment *s = &a.structure.segments[i];

		if (s->type == SEGMENT_BUILDUP)
			assert_true(s[1].start - s->start <= 16 * BAR);
	}
	assert_near(a.structure.breakdown, 16 * BAR);
	analysis_free(&a);
}

static void the_fullest_groove_after_drums_alone_is_a_drop(void **state)
{
	struct part parts[] = { { 16, "kh" }, { 16, "kshbc" }, { 8, "c" },
		{ 16, "kshbc" }, { 8, "kh" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, drop 16, breakdown 32, "
	    "drop 40, outro 56");
	analysis_free(&a);
	parts[0].layers = "c";		/* a song that begins */
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 16, breakdown 32, "
	    "verse 40, outro 56");
	analysis_free(&a);
	parts[2].layers = "kshbc";	/* no drop anywhere */
	parts[0].layers = "kh";
	structure_of(parts, &a);
	assert_sections(&a, 0, BAR, "intro 0, verse 16, outro 56");
	analysis_free(&a);
}

/* ---- nothing is guessed ---- */

static void without_beats_there_is_only_the_curve(void **state)
{
	struct analysis a = { .duration = 60 };
	const struct part parts[] = { { 30, "kshbc" }, { 0, NULL } };
	struct onset_envelope e;

	(void)state;
	make(&e, parts, 4, 0);
	structure_find(&e, NULL, &a);
	assert_int_equal(a.structure.n_segments, 0);
	assert_int_equal(a.structure.crossfade_bars, 0);
	assert_true(a.structure.mix_out <= 0);
	assert_int_equal(a.structure.n_curve, 30);
	onset_envelope_free(&e);
	analysis_free(&a);
}

static void seven_bars_have_no_sections(void **state)
{
	const struct part parts[] = { { 4, "c" }, { 3, "kshbc" }, { 0, NULL } };
	struct analysis a;

	(void)state;
	structure_of(parts, &a);
	assert_int_equal(a.structure.n_segments, 0);
	assert_true(a.structure.mix_out <= 0);
	analysis_free(&a);
}

static void silence_has_no_structure(void **state)
{
	struct analysis a = { .duration = 60, .bpm = BPM };
	struct onset_envelope e = { .rate = RATE };
	struct meter m;
	double *beats;

	(void)state;
	beats = lay_beats(&m, 0, 0, 4, a.duration);
	structure_find(&e, &m, &a);
	assert_int_equal(a.structure.n_segments, 0);
	assert_int_equal(a.structure.n_curve, 0);
	free(beats);
}

/* ---- any music ---- */

static void whatever_is_played_the_structure_is_valid(void **state)
{
	static const char *const layers[] = { "kshbc", "kh", "c", "cr", "-",
		"ksh", "khbc", "b" };
	uint32_t dice = 1;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct part parts[13] = { { 0, NULL } };
		struct analysis a;

		for (int i = 0; i < 12; i++) {
			dice = dice * 1664525 + 1013904223;
			parts[i].bars = 1 + (int)(dice >> 20) % 12;
			parts[i].layers = layers[(dice >> 8) % 8];
		}
		structure_from(parts, 3 + round % 2, 0.1 * (round % 7),
		    round % 4, &a);
		assert_sound(&a);
		assert_true(a.structure.n_segments > 0);
		analysis_free(&a);
	}
}

static void a_mix_of_hours_has_no_more_sections_than_there_is_room(
    void **state)
{
	struct part parts[1001] = { { 0, NULL } };
	struct analysis a;

	(void)state;
	for (int i = 0; i < 1000; i++)
		parts[i] = (struct part){ 4 + i % 5,
			i % 2 == 0 ? "kshbc" : "c" };
	structure_of(parts, &a);
	assert_sound(&a);
	assert_in_range(a.structure.n_segments, 8, STRUCTURE_MAX_SEGMENTS);
	assert_in_range(a.structure.n_curve, 100, STRUCTURE_MAX_CURVE);
	analysis_free(&a);
}

static void sections_are_found_where_room_is_for_eight_only(void **state)
{
	struct part parts[41] = { { 0, NULL } };
	struct onset_envelope e;
	struct sections s;
	struct texture t;
	struct meter m;
	double *beats;

	(void)state;
	for (int i = 0; i < 40; i++)
		parts[i] = (struct part){ 8, i % 2 == 0 ? "kshbc" : "c" };
	make(&e, parts, 4, 0);
	beats = lay_beats(&m, 0, 0, 4, (double)e.len / RATE);
	texture_of(&e, m.beats, m.count, &t);
	sections_find(&t, &m, 8, &s);
	assert_in_range(s.count, 1, 8);
	assert_int_equal(s.items[s.count - 1].to, t.len);
	sections_free(&s);
	texture_free(&t);
	free(beats);
	onset_envelope_free(&e);
}

/* ---- the texture ---- */

static void a_texture_is_within_0_and_1_however_loud_it_is(void **state)
{
	struct onset_envelope e;
	struct texture t;
	struct meter m;
	double *beats;

	(void)state;
	make(&e, club, 4, 0);
	memset(e.levels, UINT8_MAX, e.len / 2 * sizeof(*e.levels));
	beats = lay_beats(&m, 0, 0, 4, (double)e.len / RATE);
	texture_of(&e, m.beats, m.count, &t);
	assert_int_equal(t.len, m.count);
	for (size_t i = 0; i < t.len; i++) {
		for (int part = 0; part < TEXTURE_PARTS; part++)
			assert_true(t.beat[i][part] >= 0 &&
			    t.beat[i][part] <= 1);
	}
	texture_free(&t);
	free(beats);
	onset_envelope_free(&e);
}

/* ---- hints ---- */

static void hints_follow_from_sections_around_the_groove(
    void **state)
{
	static const struct {
		struct part before, after;
		enum transition in, out;
		int bars;
		bool clean;
	} cases[] = {
		{ { 32, "kh" }, { 32, "ksh" }, TRANSITION_LONG_BLEND,
		    TRANSITION_LONG_BLEND, 32, true },
		{ { 16, "kh" }, { 8, "ksh" }, TRANSITION_LONG_BLEND,
		    TRANSITION_SHORT_BLEND, 8, true },
		{ { 8, "c" }, { 16, "c" }, TRANSITION_FILTER_SWEEP,
		    TRANSITION_FILTER_SWEEP, 8, false },
		{ { 4, "kh" }, { 2, "-" }, TRANSITION_SHORT_BLEND,
		    TRANSITION_ECHO_OUT, 4, false },
		{ { 16, "kshbc" }, { 16, "kshbc" }, TRANSITION_CUT,
		    TRANSITION_CUT, 4, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct part parts[] = { cases[i].before, { 32, "kshbc" },
			cases[i].after, { 0, NULL } };
		struct analysis a;

		structure_of(parts, &a);
		assert_int_equal(a.structure.hint_in, cases[i].in);
		assert_int_equal(a.structure.hint_out, cases[i].out);
		assert_int_equal(a.structure.crossfade_bars, cases[i].bars);
		assert_int_equal(a.structure.clean_outro, cases[i].clean);
		assert_false(a.structure.strong_drop);
		analysis_free(&a);
	}
}

static void a_drop_after_the_kick_was_gone_is_strong(void **state)
{
	struct analysis a;

	(void)state;
	structure_of(club, &a);
	assert_true(a.structure.strong_drop);
	analysis_free(&a);
}

/* ---- energy ---- */

static void energy_is_between_silence_and_a_loud_master(void **state)
{
	const struct part parts[] = { { 4, "-" }, { 4, "c" }, { 4, "kshbc" },
		{ 0, NULL } };
	struct onset_envelope e;
	double silence, chords, all;

	(void)state;
	make(&e, parts, 4, 0);
	silence = structure_energy(&e, 0, 4 * BAR);
	chords = structure_energy(&e, 4 * BAR, 8 * BAR);
	all = structure_energy(&e, 8 * BAR, 12 * BAR);
	assert_true(silence <= 0);
	assert_true(chords > 0.2 && chords < all - 0.2 && all < 1);
	memset(e.levels, UINT8_MAX, e.len * sizeof(*e.levels));
	assert_near(structure_energy(&e, 0, 4 * BAR), 1);
	assert_near(structure_energy(&e, 100, 90), 0);
	onset_envelope_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_club_track_has_its_sections_on_phrases),
		cmocka_unit_test(
		    mix_points_are_where_the_full_groove_begins_and_ends),
		cmocka_unit_test(a_song_that_is_all_groove_is_one_verse),
		cmocka_unit_test(the_last_note_that_rings_is_no_groove),
		cmocka_unit_test(a_verse_that_is_quieter_is_full_as_well),
		cmocka_unit_test(
		    a_climax_does_not_make_all_before_it_an_intro),
		cmocka_unit_test(a_last_chord_of_all_together_is_no_groove),
		cmocka_unit_test(drums_and_bass_alone_at_the_end_are_an_outro),
		cmocka_unit_test(a_bar_that_is_different_is_no_section),
		cmocka_unit_test(
		    what_comes_before_the_first_bar_is_the_first_sections),
		cmocka_unit_test(bars_of_three_are_counted_as_such),
		cmocka_unit_test(what_comes_back_thinner_is_a_verse),
		cmocka_unit_test(what_comes_back_fuller_than_ever_is_a_drop),
		cmocka_unit_test(
		    a_buildup_has_sixteen_bars_however_long_it_rises),
		cmocka_unit_test(
		    the_fullest_groove_after_drums_alone_is_a_drop),
		cmocka_unit_test(without_beats_there_is_only_the_curve),
		cmocka_unit_test(seven_bars_have_no_sections),
		cmocka_unit_test(silence_has_no_structure),
		cmocka_unit_test(whatever_is_played_the_structure_is_valid),
		cmocka_unit_test(
		    a_mix_of_hours_has_no_more_sections_than_there_is_room),
		cmocka_unit_test(
		    sections_are_found_where_room_is_for_eight_only),
		cmocka_unit_test(
		    a_texture_is_within_0_and_1_however_loud_it_is),
		cmocka_unit_test(
		    hints_follow_from_sections_around_the_groove),
		cmocka_unit_test(a_drop_after_the_kick_was_gone_is_strong),
		cmocka_unit_test(energy_is_between_silence_and_a_loud_master),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
