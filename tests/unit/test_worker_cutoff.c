/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>

#include "worker/loudness/cutoff.h"
#include "types/media.h"
#include "types/quality.h"

#define RATE 44100

/* A sum of sines from 200 Hz on, each 100 Hz, up to hz; above 4 kHz they fade
 * by so many dB each kHz. */
static void fill(float *out, double hz, double fading)
{
	memset(out, 0, CUTOFF_FRAMES * sizeof(*out));
	for (double f = 200; f < hz; f += 100) {
		double db = -40 - (f > 4000 ? (f - 4000) / 1000 * fading : 0);
		double level = pow(10, db / 20);

		for (int i = 0; i < CUTOFF_FRAMES; i++)
			out[i] += (float)(level * sin(2 * M_PI * f * i / RATE +
			    f * f));
	}
}

static double cutoff_of(double hz, double fading, int looks)
{
	static float samples[CUTOFF_FRAMES];
	struct cutoff *c = cutoff_new(RATE);

	fill(samples, hz, fading);
	for (int i = 0; i < looks; i++)
		cutoff_process(c, samples);
	return cutoff_end(c);
}

static void a_cliff_is_found_where_it_is(void **state)
{
	(void)state;
	for (double hz = 10000; hz < 20000; hz += 1500)
		assert_true(fabs(cutoff_of(hz, 2, 20) - hz) < 400);
}

static void what_fades_out_has_no_cutoff(void **state)
{
	(void)state;
	assert_true(cutoff_of(22000, 2, 20) <= 0);
	assert_true(cutoff_of(22000, 4, 20) <= 0);
	assert_true(cutoff_of(3400, 2, 20) <= 0);
	assert_true(cutoff_of(16000, 2, 3) <= 0);	/* too little of it */
	assert_true(cutoff_of(0, 2, 20) <= 0);		/* silence */
	assert_true(cutoff_end(NULL) <= 0);
}

static struct media made(int64_t bitrate, bool lossless, int rate)
{
	return (struct media){ .bitrate = bitrate, .lossless = lossless,
		.sample_rate = rate };
}

static bool is_upscaled(int64_t bitrate, bool lossless, int rate,
    double cutoff)
{
	const struct media m = made(bitrate, lossless, rate);
	const struct analysis a = { .cutoff = cutoff };

	return quality_is_upscaled(&m, &a);
}

static void a_file_is_worth_what_it_was_made_of(void **state)
{
	struct media m = made(320000, false, 44100);
	struct analysis a = { .cutoff = 16700 };

	(void)state;
	assert_int_equal(quality_bitrate(&m, &a), 128000);
	m.channels = 1;
	assert_int_equal(quality_bitrate(&m, &a), 64000);
	a.cutoff = 0;
	assert_int_equal(quality_bitrate(&m, &a), 320000);
	assert_true(is_upscaled(320000, false, 48000, 16700));
	assert_true(is_upscaled(900000, true, 44100, 19500));
	assert_false(is_upscaled(128000, false, 44100, 16700));
	assert_false(is_upscaled(129000, false, 44100, 18100));
	assert_false(is_upscaled(256000, false, 44100, 18800));
	assert_false(is_upscaled(320000, false, 44100, 20100));
	assert_false(is_upscaled(900000, true, 44100, 20100));
	assert_false(is_upscaled(256000, true, 32000, 15000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cliff_is_found_where_it_is),
		cmocka_unit_test(what_fades_out_has_no_cutoff),
		cmocka_unit_test(a_file_is_worth_what_it_was_made_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
