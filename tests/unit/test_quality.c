/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "types/media.h"
#include "types/quality.h"

/* What a file without loss is worth if its sound ends there; 0: no less than
 * it says. */
static int64_t worth(double cutoff, int channels, int sample_rate)
{
	const struct media m = { .lossless = true, .bitrate = 900000,
		.channels = channels, .sample_rate = sample_rate };
	const struct analysis a = { .cutoff = cutoff };

	return quality_is_upscaled(&m, &a) ? quality_bitrate(&m, &a) : 0;
}

static void where_the_sound_ends_tells_the_bit_rate_it_was_made_of(
    void **state)
{
	static const struct {
		double below;
		int64_t bitrate, above;
	} steps[] = { { 13000, 64000, 96000 }, { 16000, 96000, 128000 },
		{ 17700, 128000, 192000 }, { 19100, 192000, 256000 },
		{ 19750, 256000, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		assert_int_equal(worth(steps[i].below - 1, 2, 44100),
		    steps[i].bitrate);
		assert_int_equal(worth(steps[i].below, 2, 44100),
		    steps[i].above);
		assert_int_equal(worth(steps[i].below - 1, 1, 44100),
		    steps[i].bitrate / 2);
	}
	/* It does not end at once. */
	assert_int_equal(worth(0, 2, 44100), 0);
}

static void a_low_sampling_rate_is_no_upscaling(void **state)
{
	(void)state;
	assert_int_equal(worth(10000, 2, 44099), 0);
	assert_int_equal(worth(10000, 2, 44100), 64000);
	assert_int_equal(worth(10000, 2, 0), 64000);	/* not known */
}

static bool is_upscaled(int64_t bitrate)
{
	const struct media m = { .bitrate = bitrate, .channels = 2 };
	const struct analysis a = { .cutoff = 16700 };

	return quality_is_upscaled(&m, &a);
}

static void one_and_a_half_times_the_bit_rate_is_upscaled(void **state)
{
	(void)state;
	assert_true(is_upscaled(192000));
	assert_false(is_upscaled(191999));
	assert_false(is_upscaled(128000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    where_the_sound_ends_tells_the_bit_rate_it_was_made_of),
		cmocka_unit_test(a_low_sampling_rate_is_no_upscaling),
		cmocka_unit_test(one_and_a_half_times_the_bit_rate_is_upscaled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
