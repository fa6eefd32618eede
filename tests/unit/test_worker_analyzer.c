/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every song here is synthesized, so that tempo, key and beats are known to
 * the sample: kick on every beat, snare on every other, hats on half-beats,
 * a bass on the downbeat, and a chord a bar.
 */
#include "test.h"

#include <math.h>
#include <stdbool.h>

#include "worker/analyzer.h"
#include "base/json.h"
#include "types/media.h"

#define PI 3.14159265358979323846

struct song {
	double bpm;
	const char *key;	/* as the contract spells it */
	int rate, channels;	/* 0: 22050, 1 */
	double seconds;		/* 0: 30 */
	double begin;		/* seconds of the first downbeat */
	double speed_up;	/* how much faster the end is: 0.2 is 20% */
	bool drums_only;
	int bar;		/* beats; 0: 4 */
	int upbeat;		/* beats before the first bar */
};

static uint32_t seed;

/* -1..1, the same ones on every machine. */
static double noise(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (double)(seed >> 8) / 8388608.0 - 1;
}

struct sound {
	int rate, channels;
	size_t frames;
	float *mono;
};

/* What is played again and again, computed once a song. */
#define HIT_SECONDS 0.2
#define TABLE 4096		/* of one period of a note */

struct kit {
	size_t len;		/* of the drums */
	float *kick, *snare, *hat;
	float table[TABLE];
};

static struct kit kit_new(int rate)
{
	struct kit kit = { .len = (size_t)(HIT_SECONDS * rate) };
	double turn = 0;

	kit.kick = calloc(3 * kit.len, sizeof(*kit.kick));
	assert_non_null(kit.kick);
	kit.snare = kit.kick + kit.len;
	kit.hat = kit.snare + kit.len;
	for (size_t i = 0; i < kit.len; i++) {
		double t = (double)i / rate;

		turn += 2 * PI * (50 + 150 * exp(-t * 45)) / rate;
		kit.kick[i] = (float)(0.5 * sin(turn) * exp(-t * 14));
		kit.snare[i] = (float)(0.4 * noise() * exp(-t * 25));
		kit.hat[i] = (float)(0.15 * noise() * exp(-t * 80));
	}
	for (int i = 0; i < TABLE; i++) {
		double x = 2 * PI * i / TABLE;

		kit.table[i] = (float)(sin(x) + sin(2 * x) / 3 +
		    sin(3 * x) / 5 + sin(4 * x) / 8);
	}
	return kit;
}

static void hit(struct sound *s, double when, const float *drum, size_t len)
{
	size_t at = (size_t)(when * s->rate);

	for (size_t i = 0; i < len && at + i < s->frames; i++)
		s->mono[at + i] += drum[i];
}

/* Soft at both ends. */
static void note(struct sound *s, const struct kit *kit, double when,
    double length, int midi, double level)
{
	double step = 440 * exp2((midi - 69) / 12.0) / s->rate;
	double edge = 0.02 * s->rate, turns = 0;
	size_t n = (size_t)(length * s->rate);
	size_t at = (size_t)(when * s->rate);

	for (size_t i = 0; i < n && at + i < s->frames; i++) {
		double near = (double)(i < n - i ? i : n - i) / edge;
		double now = near < 1 ? level * near : level;

		s->mono[at + i] += (float)now *
		    kit->table[(size_t)(turns * TABLE)];
		turns += step;
		turns -= turns >= 1 ? 1 : 0;
	}
}

static int tonic_of(const char *key)
{
	char name[12], camelot[4];

	for (int tonic = 0; tonic < 12; tonic++) {
		for (int minor = 0; minor < 2; minor++) {
			key_name(tonic, minor, name, camelot);
			if (strcmp(name, key) == 0)
				return tonic;
		}
	}
	fail_msg("%s is no key", key);
	return 0;
}

/* I V IV I and i iv v i: nothing that is as much at home a third away. */
static void chord(struct sound *s, const struct kit *kit, double when,
    double length, int bar, const char *key)
{
	static const int degrees[2][4] = { { 0, 7, 5, 0 }, { 0, 5, 7, 0 } };
	bool minor = strstr(key, "minor") != NULL;
	int root = 48 + tonic_of(key) + degrees[minor][bar % 4];

	note(s, kit, when, length, root, 0.08);
	note(s, kit, when, length, root + (minor ? 3 : 4), 0.06);
	note(s, kit, when, length, root + 7, 0.06);
	note(s, kit, when, length / 4, root - 12, 0.25);
}

static struct sound play(const struct song *song)
{
	struct sound s = { song->rate ? song->rate : 22050,
		song->channels ? song->channels : 1, 0, NULL };
	double seconds = song->seconds > 0 ? song->seconds : 30;
	double when = song->begin;
	int bar = song->bar ? song->bar : 4;
	struct kit kit;

	seed = 1;
	kit = kit_new(s.rate);
	s.frames = (size_t)(seconds * s.rate);
	s.mono = calloc(s.frames + 1, sizeof(*s.mono));
	assert_non_null(s.mono);
	for (int k = bar - song->upbeat; when < seconds; k++) {
		double now = song->bpm * (1 + song->speed_up * when / seconds);
		double length = 60 / now;

		if (bar == 4 || k % bar == 0)
			hit(&s, when, kit.kick, kit.len);
		if (bar == 4 ? k % 2 == 1 : k % bar > 0)
			hit(&s, when, kit.snare, kit.len);
		hit(&s, when + length / 2, kit.hat, kit.len);
		if (!song->drums_only && k % bar == 0)
			chord(&s, &kit, when, (bar - 0.1) * length, k / bar,
			    song->key);
		when += length;
	}
	free(kit.kick);
	return s;
}

/* Feeds in pieces of the given size, the same to every channel. */
/* structure: the result's, as text that the caller frees, or NULL; the analysis
 * returned is empty then. */
static struct analysis hear_pieces(const struct sound *s, size_t piece,
    char **structure)
{
	size_t channels = (size_t)s->channels;
	float *pieces = malloc(piece * channels * sizeof(*pieces));
	struct analyzer *l = analyzer_new(s->rate, s->channels);
	struct analysis a;

	assert_non_null(l);
	assert_non_null(pieces);
	for (size_t at = 0; at < s->frames; at += piece) {
		size_t n = s->frames - at < piece ? s->frames - at : piece;

		for (size_t i = 0; i < n * channels; i++)
			pieces[i] = s->mono[at + i / channels];
		analyzer_feed(l, pieces, n);
	}
	analyzer_end(l, &a);
	free(pieces);
	if (structure != NULL) {
		struct json_writer *w = json_writer_new(false);

		structure_to_json(&a.structure, w, NULL);
		*structure = json_writer_end(w, NULL);
	}
	structure_free(&a.structure);
	return a;
}

static struct analysis hear(const struct song *song)
{
	struct sound s = play(song);
	struct analysis a = hear_pieces(&s, 1000, NULL);

	free(s.mono);
	return a;
}

static void assert_near(double value, double wanted, double off)
{
	if (!(fabs(value - wanted) <= off))
		fail_msg("%.5f, not within %.5f of %.5f", value, off, wanted);
}

static void assert_no_beat(const struct analysis *a)
{
	assert_true(a->bpm == 0);
	assert_true(a->bpm_confidence == 0);
	assert_false(a->has_grid);
	assert_false(a->constant);
}

static void assert_no_key(const struct analysis *a)
{
	assert_string_equal(a->key, "");
	assert_string_equal(a->camelot, "");
	assert_true(a->key_confidence == 0);
}

/* Some samples of a function of time, at 22050 Hz in mono. */
static struct sound sample(double seconds, double (*wave)(double t))
{
	struct sound s = { 22050, 1, (size_t)(seconds * 22050), NULL };

	seed = 7;
	s.mono = calloc(s.frames + 1, sizeof(*s.mono));
	assert_non_null(s.mono);
	for (size_t i = 0; i < s.frames; i++)
		s.mono[i] = (float)wave((double)i / s.rate);
	return s;
}

static struct analysis hear_wave(double seconds, double (*wave)(double t))
{
	struct sound s = sample(seconds, wave);
	struct analysis a = hear_pieces(&s, 4096, NULL);

	free(s.mono);
	return a;
}

static void tempos_are_exact_to_a_fiftieth(void **state)
{
	static const double bpms[] = { 90, 99.5, 112.34, 127.97, 128,
		141.3, 150.01 };

	(void)state;
	for (size_t i = 0; i < sizeof(bpms) / sizeof(*bpms);
	    i += under_valgrind_every(3)) {
		struct song song = { .bpm = bpms[i], .key = "C major" };
		struct analysis a = hear(&song);

		assert_near(a.bpm, bpms[i], 0.02);
		assert_true(a.bpm_confidence > 0.8 && a.bpm_confidence < 1);
		assert_true(a.constant);
		assert_true(a.has_grid);
	}
}

static void keys_of_both_modes_are_found(void **state)
{
	static const char *const keys[][2] = { { "C major", "8B" },
		{ "Db major", "3B" }, { "F# major", "2B" },
		{ "B major", "1B" }, { "A minor", "8A" },
		{ "D# minor", "2A" }, { "F minor", "4A" },
		{ "G minor", "6A" } };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys);
	    i += under_valgrind_every(3)) {
		struct song song = { .bpm = 120, .key = keys[i][0],
			.seconds = 20 };
		struct analysis a = hear(&song);

		assert_string_equal(a.key, keys[i][0]);
		assert_string_equal(a.camelot, keys[i][1]);
		assert_true(a.key_confidence > 0.3);
		assert_true(a.key_confidence <= 1);
	}
}

static void rate_and_channels_do_not_matter(void **state)
{
	static const struct song songs[] = {
		{ 127.97, "A minor", 8000, 1, 16, 0, 0, false, 0, 0 },
		{ 127.97, "A minor", 11025, 2, 16, 0, 0, false, 0, 0 },
		{ 127.97, "A minor", 44100, 2, 16, 0, 0, false, 0, 0 },
		{ 127.97, "A minor", 48000, 6, 16, 0, 0, false, 0, 0 },
		{ 127.97, "A minor", 96000, 1, 16, 0, 0, false, 0, 0 },
		{ 127.97, "A minor", 192000, 1, 16, 0, 0, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(songs) / sizeof(*songs);
	    i += under_valgrind_every(3)) {
		struct analysis a = hear(&songs[i]);

		assert_near(a.bpm, 127.97, 0.05);
		assert_string_equal(a.key, "A minor");
		assert_near(a.duration, 16, 1e-6);
		assert_true(a.has_loudness);
		assert_true(a.energy >= 1 && a.energy <= 10);
	}
}

static void beats_and_downbeats_are_where_they_were_put(void **state)
{
	static const double bpms[] = { 96, 124.5, 128, 148 };
	static const double begins[] = { 0, 0.1234, 1.7 };

	(void)state;
	for (size_t i = 0; i < 12; i += under_valgrind_every(5)) {
		struct song song = { .bpm = bpms[i / 3], .key = "G minor",
			.begin = begins[i % 3] };
		struct analysis a = hear(&song);

		assert_true(a.has_grid);
		assert_int_equal(a.beats_per_bar, 4);
		assert_near(a.first_beat, song.begin, 0.012);
		assert_near(a.downbeat, song.begin, 0.012);
	}
}

static void a_waltz_has_three_beats_a_bar(void **state)
{
	static const double bpms[] = { 96, 141 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct song song = { .bpm = bpms[i], .key = "D major",
			.begin = 0.3, .bar = 3 };
		struct analysis a = hear(&song);

		assert_true(a.has_grid);
		assert_near(a.bpm, bpms[i], 0.02);
		assert_int_equal(a.beats_per_bar, 3);
		assert_near(a.downbeat, song.begin, 0.02);
	}
}

static void an_upbeat_does_not_begin_the_bar(void **state)
{
	(void)state;
	for (int upbeat = 1; upbeat < 4; upbeat++) {
		struct song song = { .bpm = 120, .key = "G minor",
			.begin = 0.2, .upbeat = upbeat };
		struct analysis a = hear(&song);

		assert_true(a.has_grid);
		assert_near(a.first_beat, 0.2, 0.012);
		assert_near(a.downbeat, 0.2 + upbeat * 0.5, 0.012);
	}
}

static void pieces_of_any_size_give_the_same_to_the_bit(void **state)
{
	static const size_t pieces[] = { 1, 441, 4095, 4096, 4097, 1 << 19 };
	struct song song = { .bpm = 131.31, .key = "E major", .rate = 44100,
		.channels = 2, .seconds = 20 };
	struct sound s = play(&song);
	char *structure;
	struct analysis first = hear_pieces(&s, 1024, &structure);

	(void)state;
	assert_near(first.bpm, 131.31, 0.5);
	assert_non_null(strstr(structure, "segments"));
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		char *same;
		struct analysis a = hear_pieces(&s, pieces[i], &same);

		assert_memory_equal(&a, &first, sizeof(a));
		assert_string_equal(same, structure);
		free(same);
	}
	free(structure);
	free(s.mono);
}

static void drums_alone_have_a_tempo_and_no_key(void **state)
{
	struct song song = { .bpm = 125, .key = "C major",
		.drums_only = true };
	struct analysis a = hear(&song);

	(void)state;
	assert_near(a.bpm, 125, 0.02);
	assert_no_key(&a);
}

static void the_beats_of_a_rising_tempo_are_followed(void **state)
{
	struct song song = { .bpm = 110, .key = "C major", .seconds = 60,
		.speed_up = 0.15 };
	struct analysis a = hear(&song);
	double when = 0, *times;
	size_t n, found = 0, beats = 0;

	(void)state;
	assert_true(a.bpm > 108 && a.bpm < 128);
	assert_true(a.bpm_confidence > 0 && a.bpm_confidence < 0.5);
	assert_false(a.constant);
	assert_true(a.has_grid);
	assert_int_equal(a.beats_per_bar, 4);
	assert_true(a.n_anchors > 3);
	times = analysis_beat_times(&a, &n);
	for (size_t i = 0; when < song.seconds; beats++) {
		while (i < n && times[i] < when - 0.035)
			i++;
		found += i < n && times[i] < when + 0.035;
		when += 60 / (song.bpm * (1 + song.speed_up * when /
		    song.seconds));
	}
	assert_true(found >= beats * 9 / 10);
	assert_true(n >= beats * 9 / 10 && n <= beats + 1);
	free(times);
	analysis_free(&a);
}

static double nothing(double t)
{
	(void)t;
	return 0;
}

static double direct_current(double t)
{
	(void)t;
	return 0.5;
}

static double white(double t)
{
	(void)t;
	return 0.5 * noise();
}

static double hum(double t)
{
	return 0.5 * sin(2 * PI * 440 * t);
}

static void silence_has_a_length_and_nothing_else(void **state)
{
	struct analysis a = hear_wave(30, nothing);

	(void)state;
	assert_no_beat(&a);
	assert_no_key(&a);
	assert_int_equal(a.energy, 0);
	assert_false(a.has_loudness);
	assert_near(a.duration, 30, 1e-9);
}

static void noise_has_neither_tempo_nor_key(void **state)
{
	double (*const waves[])(double) = { direct_current, white, hum };
	static const double seconds[] = { 5.5, 9, 20, 40 };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		struct analysis a = hear_wave(seconds[i % 4], waves[i / 4]);

		assert_no_beat(&a);
		assert_no_key(&a);
		assert_true(a.energy > 0);
	}
}

static void a_clip_is_too_short_for_a_result(void **state)
{
	static const double seconds[] = { 0.00005, 0.05, 1, 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		struct song song = { .bpm = 128, .key = "A minor",
			.seconds = seconds[i] };
		struct analysis a = hear(&song);

		assert_no_beat(&a);
		assert_no_key(&a);
	}
}

static void a_clip_is_less_sure_than_a_track(void **state)
{
	struct song clip = { .bpm = 128, .key = "A minor", .seconds = 8 };
	struct song track = { .bpm = 128, .key = "A minor", .seconds = 60 };
	struct analysis a = hear(&clip), b = hear(&track);

	(void)state;
	assert_near(a.bpm, 128, 0.5);
	assert_true(a.bpm_confidence < b.bpm_confidence - 0.1);
}

static void without_samples_there_is_no_result(void **state)
{
	struct analyzer *l = analyzer_new(44100, 2);
	struct analysis a;

	(void)state;
	analyzer_feed(l, NULL, 0);
	analyzer_end(l, &a);
	assert_no_beat(&a);
	assert_no_key(&a);
	assert_true(a.duration == 0);
	assert_int_equal(a.energy, 0);
	assert_false(a.has_loudness);
}

/* A decoder that hands out rubbish: neither the result nor the process may
 * suffer from it more than the rubbish is worth. */
static void nan_and_infinity_are_taken(void **state)
{
	struct song song = { .bpm = 128, .key = "A minor" };
	struct sound s = play(&song);
	struct analysis a;

	(void)state;
	for (size_t i = 0; i < s.frames; i += 50000) {
		s.mono[i] = NAN;
		s.mono[i + 1] = INFINITY;
		s.mono[i + 2] = -INFINITY;
		s.mono[i + 3] = 3e38f;
	}
	a = hear_pieces(&s, 4096, NULL);
	free(s.mono);
	assert_near(a.bpm, 128, 0.05);
	assert_string_equal(a.key, "A minor");
	assert_true(isfinite(a.loudness));
}

static double rubbish(double t)
{
	(void)t;
	return NAN;
}

static void nothing_but_nan_is_silence(void **state)
{
	struct analysis a = hear_wave(10, rubbish);

	(void)state;
	assert_no_beat(&a);
	assert_no_key(&a);
	assert_int_equal(a.energy, 0);
	assert_false(a.has_loudness);
}

static void samples_beyond_full_scale_are_clipped(void **state)
{
	struct song song = { .bpm = 128, .key = "A minor" };
	struct sound s = play(&song);
	struct analysis a;

	(void)state;
	for (size_t i = 0; i < s.frames; i++)
		s.mono[i] *= 30;
	a = hear_pieces(&s, 4096, NULL);
	free(s.mono);
	assert_near(a.bpm, 128, 0.05);
	assert_string_equal(a.key, "A minor");
	assert_int_equal(a.energy, 10);
	assert_true(a.loudness < 3);
}

/* EBU Tech 3341, case 1: -23 dBFS on both channels are -23 LUFS. */
static void loudness_is_that_of_r128(void **state)
{
	struct sound s = { 48000, 2, 48000 * 5, NULL };
	struct analysis a;

	(void)state;
	s.mono = calloc(s.frames, sizeof(*s.mono));
	assert_non_null(s.mono);
	for (size_t i = 0; i < s.frames; i++)
		s.mono[i] = (float)(pow(10, -23 / 20.0) *
		    sin(2 * PI * 1000 * (double)i / s.rate));
	a = hear_pieces(&s, 4800, NULL);
	free(s.mono);
	assert_true(a.has_loudness);
	assert_near(a.loudness, -23, 0.1);
}

static double level;

static double hum_at_level(double t)
{
	return level * sin(2 * PI * 440 * t);
}

static void energy_goes_by_mean_and_peak_level(void **state)
{
	static const struct {
		double peak_db;
		int energy;
	} cases[] = { /* the mean of a sine is 3 dB below its peak */
		{ 0, 10 }, { -3, 9 }, { -6, 7 }, { -10, 5 }, { -20, 2 },
		{ -25, 1 }, { -60, 1 }, { -100, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		level = pow(10, cases[i].peak_db / 20);
		assert_int_equal(hear_wave(2, hum_at_level).energy,
		    cases[i].energy);
	}
}

static void rates_and_channels_out_of_range_are_refused(void **state)
{
	static const int refused[][2] = { { 3999, 1 }, { 384001, 2 },
		{ 44100, 0 }, { 44100, 17 }, { -44100, 2 }, { 44100, -1 } };
	static const int taken[][2] = { { 4000, 1 }, { 384000, 16 },
		{ 30000, 2 }, { 30001, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_null(analyzer_new(refused[i][0], refused[i][1]));
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		struct analyzer *l = analyzer_new(taken[i][0], taken[i][1]);
		struct analysis a;

		assert_non_null(l);
		analyzer_end(l, &a);
		assert_true(a.duration == 0 && a.bpm == 0);
		analysis_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tempos_are_exact_to_a_fiftieth),
		cmocka_unit_test(keys_of_both_modes_are_found),
		cmocka_unit_test(rate_and_channels_do_not_matter),
		cmocka_unit_test(beats_and_downbeats_are_where_they_were_put),
		cmocka_unit_test(a_waltz_has_three_beats_a_bar),
		cmocka_unit_test(an_upbeat_does_not_begin_the_bar),
		cmocka_unit_test(pieces_of_any_size_give_the_same_to_the_bit),
		cmocka_unit_test(drums_alone_have_a_tempo_and_no_key),
		cmocka_unit_test(the_beats_of_a_rising_tempo_are_followed),
		cmocka_unit_test(silence_has_a_length_and_nothing_else),
		cmocka_unit_test(noise_has_neither_tempo_nor_key),
		cmocka_unit_test(a_clip_is_too_short_for_a_result),
		cmocka_unit_test(a_clip_is_less_sure_than_a_track),
		cmocka_unit_test(without_samples_there_is_no_result),
		cmocka_unit_test(nan_and_infinity_are_taken),
		cmocka_unit_test(nothing_but_nan_is_silence),
		cmocka_unit_test(samples_beyond_full_scale_are_clipped),
		cmocka_unit_test(loudness_is_that_of_r128),
		cmocka_unit_test(energy_goes_by_mean_and_peak_level),
		cmocka_unit_test(rates_and_channels_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
