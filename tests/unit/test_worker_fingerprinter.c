/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>

#include "worker/fingerprinter.h"
#include "types/fingerprint.h"

/* A tune of its own for each seed: two voices, a note every 0.4 s. */
static float tune(uint32_t seed, double t)
{
	uint32_t note = (uint32_t)(t / 0.4) * 2654435761u + seed * 40503u;
	double low = 110 * exp2((note >> 8) % 24 / 12.0);
	double high = 440 * exp2((note >> 16) % 24 / 12.0);

	return (float)(0.3 * sin(2 * M_PI * low * t) +
	    0.2 * sin(2 * M_PI * high * t));
}

static void print(uint32_t seed, int rate, int channels, double seconds,
    struct fingerprint *out)
{
	struct fingerprinter *p = fingerprinter_new(rate, channels);
	size_t frames = (size_t)(seconds * rate);
	float *samples = calloc(frames * (size_t)channels, sizeof(*samples));

	assert_non_null(p);
	for (size_t i = 0; i < frames; i++)
		for (size_t c = 0; c < (size_t)channels; c++)
			samples[i * (size_t)channels + c] = tune(seed,
			    (double)i / rate);
	/* In uneven pieces. */
	for (size_t at = 0; at < frames; at += 10007)
		fingerprinter_feed(p, samples + at * (size_t)channels,
		    frames - at < 10007 ? frames - at : 10007);
	fingerprinter_end(p, out);
	out->duration = seconds;
	free(samples);
}

static void a_tune_is_known_at_any_rate(void **state)
{
	static const struct {
		int rate, channels;
	} forms[] = { { 44100, 2 }, { 48000, 1 }, { 22050, 1 }, { 96000, 6 },
	    { 11025, 1 } };
	struct fingerprint first, f;

	(void)state;
	print(1, 44100, 1, 30, &first);
	assert_true(first.count > 200 && first.count < 250);
	assert_non_null(first.code);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms);
	    i += under_valgrind_every(4)) {
		print(1, forms[i].rate, forms[i].channels, 30, &f);
		assert_true(fingerprint_same(&first, &f));
		fingerprint_free(&f);
	}
	print(2, 44100, 1, 30, &f);
	assert_true(fingerprint_likeness(&first, &f) < 0.4);
	fingerprint_free(&f);
	fingerprint_free(&first);
}

static void only_two_minutes_count_and_crumbs_do_not(void **state)
{
	struct fingerprint f;

	(void)state;
	print(1, 11025, 1, 150, &f);
	assert_true(f.count > 900 && f.count <= FINGERPRINT_MAX);
	fingerprint_free(&f);
	print(1, 11025, 1, 1, &f);
	assert_int_equal(f.count, 0);
	assert_null(f.code);
	fingerprint_free(&f);
}

static void samples_that_are_no_numbers_are_zero(void **state)
{
	struct fingerprinter *p = fingerprinter_new(8000, 2);
	float samples[512];
	struct fingerprint f;

	(void)state;
	for (size_t i = 0; i < 512; i++)
		samples[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -1e30f;
	for (int i = 0; i < 400; i++)
		fingerprinter_feed(p, samples, 256);
	fingerprinter_end(p, &f);
	fingerprint_free(&f);
	fingerprinter_end(NULL, &f);
	assert_int_equal(f.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tune_is_known_at_any_rate),
		cmocka_unit_test(only_two_minutes_count_and_crumbs_do_not),
		cmocka_unit_test(samples_that_are_no_numbers_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
