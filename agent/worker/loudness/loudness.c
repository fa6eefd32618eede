/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/loudness/loudness.h"

#include <ebur128.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

/* Half a step of 16 bits, below which ffmpeg's volumedetect reports silence. */
#define SILENT (0.5 / 32768)
#define LANES 4

struct loudness {
	ebur128_state *r128;	/* NULL: unsupported rate */
	int channels;
	double squares, peak;
	uint64_t samples;
};

struct loudness *loudness_new(int rate, int channels)
{
	struct loudness *l = xcalloc(1, sizeof(*l));

	l->channels = channels;
	l->r128 = ebur128_init((unsigned)channels, (unsigned long)rate,
	    EBUR128_MODE_I);
	return l;
}

/* Separate sums and peaks per lane, so that compilers vectorize the loop. */
void loudness_feed(struct loudness *l, const float *samples, size_t frames)
{
	const size_t n = frames * (size_t)l->channels;
	float peaks[LANES] = { 0 };
	double sums[LANES] = { 0 };

	for (size_t i = 0; i + LANES <= n; i += LANES) {
		for (int j = 0; j < LANES; j++) {
			float x = fabsf(samples[i + (size_t)j]);

			sums[j] += (double)(x * x);
			peaks[j] = x > peaks[j] ? x : peaks[j];
		}
	}
	for (size_t i = n - n % LANES; i < n; i++) {
		float x = fabsf(samples[i]);

		sums[0] += (double)(x * x);
		peaks[0] = x > peaks[0] ? x : peaks[0];
	}
	for (int j = 0; j < LANES; j++) {
		l->squares += sums[j];
		l->peak = fmax(l->peak, (double)peaks[j]);
	}
	l->samples += n;
	if (l->r128 && ebur128_add_frames_float(l->r128, samples, frames) != 0)
		ebur128_destroy(&l->r128);
}

bool loudness_integrated(struct loudness *l, double *lufs)
{
	double value;

	if (l->r128 == NULL ||
	    ebur128_loudness_global(l->r128, &value) != EBUR128_SUCCESS ||
	    !isfinite(value))
		return false;
	*lufs = value;
	return true;
}

/* Mean and peak level in dBFS over all channels, as ffmpeg's volumedetect
 * reports them, on the scale of the existing entries: 70% mean level from -25
 * to -5 dB, 30% peak from -10 to 0 dB. */
int loudness_energy(const struct loudness *l)
{
	double mean_db, peak_db, share;

	if (l->peak < SILENT)
		return 0;
	mean_db = 10 * log10(l->squares / (double)l->samples);
	peak_db = 20 * log10(l->peak);
	share = 0.7 * fmin(fmax((mean_db + 25) / 20, 0), 1) +
	    0.3 * fmin(fmax((peak_db + 10) / 10, 0), 1);
	return (int)lround(share * 9 + 1);
}

void loudness_free(struct loudness *l)
{
	if (l == NULL)
		return;
	if (l->r128)
		ebur128_destroy(&l->r128);
	free(l);
}
