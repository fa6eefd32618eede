/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "worker/loudness/silence.h"
#include "worker/rhythm/onset.h"
#include "types/media.h"

#define RATE 100
#define SECONDS 60
#define LEVEL(db) (uint8_t)(((db) - LEVEL_FLOOR) * LEVEL_STEPS)

enum { SILENCE, VOICE, MUSIC };

static const uint8_t levels[][LEVEL_BANDS] = {
	[SILENCE] = { 0, 0, 0, 0, 0 },
	[VOICE] = { LEVEL(-60), LEVEL(-30), LEVEL(-25), LEVEL(-40),
	    LEVEL(-50) },
	[MUSIC] = { LEVEL(-15), LEVEL(-20), LEVEL(-22), LEVEL(-30),
	    LEVEL(-40) },
};

/* A recording of these seconds of each, one after the other. */
static struct analysis hear(const int (*parts)[2], size_t count)
{
	static uint8_t frames[RATE * SECONDS][LEVEL_BANDS];
	struct onset_envelope e = { .rate = RATE, .levels = frames };
	struct analysis a = { .duration = SECONDS };

	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < parts[i][1] * RATE; n++)
			memcpy(frames[e.len++], levels[parts[i][0]],
			    LEVEL_BANDS);
	silence_find(&e, &a);
	return a;
}

#define HEAR(...) hear((const int[][2]){ __VA_ARGS__ }, \
	sizeof((const int[][2]){ __VA_ARGS__ }) / sizeof(int[2]))

static void both_ends_are_measured(void **state)
{
	struct analysis a = HEAR({ SILENCE, 2 }, { VOICE, 5 }, { MUSIC, 40 },
	    { VOICE, 3 }, { SILENCE, 4 });

	(void)state;
	assert_true(a.silence[0] == 2 && a.non_music[0] == 5);
	assert_true(a.silence[1] == 4 && a.non_music[1] == 3);
}

static void music_alone_has_none(void **state)
{
	struct analysis a = HEAR({ MUSIC, 20 }, { VOICE, 8 }, { MUSIC, 20 });

	(void)state;
	assert_true(a.silence[0] == 0 && a.non_music[0] == 0);
	assert_true(a.silence[1] == 0 && a.non_music[1] == 0);
}

static void one_loud_block_in_a_speech_is_not_music(void **state)
{
	struct analysis a = HEAR({ VOICE, 4 }, { MUSIC, 1 }, { VOICE, 4 },
	    { MUSIC, 40 });

	(void)state;
	assert_true(a.non_music[0] == 9);
}

static void uniform_or_short_recordings_have_no_result(void **state)
{
	struct analysis voice = HEAR({ VOICE, 40 }), brief = HEAR({ VOICE, 2 },
	    { MUSIC, 3 }), silence = HEAR({ SILENCE, 30 }), none = HEAR(
	    { MUSIC, 0 });

	(void)state;
	assert_true(voice.non_music[0] == 0 && voice.non_music[1] == 0);
	assert_true(brief.non_music[0] == 0);
	assert_true(silence.silence[0] == 30 && silence.non_music[0] == 0);
	assert_true(none.silence[0] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_are_measured),
		cmocka_unit_test(music_alone_has_none),
		cmocka_unit_test(one_loud_block_in_a_speech_is_not_music),
		cmocka_unit_test(uniform_or_short_recordings_have_no_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
