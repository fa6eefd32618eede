/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/loudness/cutoff.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "worker/decode/frames.h"
#include "base/mem.h"

#define BINS (CUTOFF_FRAMES / 2 + 1)
#define BAND 16			/* bins; 172 Hz at 44100 */
#define BANDS (BINS / BAND)
#define MIN_WINDOWS 8
#define MIN_POWER 1e-6		/* windows with less are skipped */
#define FLOOR_DB (-150.0)
#define MIN_HZ 8000.0		/* less is telephone quality */
#define MAX_HZ 20300.0		/* more is the anti-aliasing filter */
#define BANDS_BELOW 6		/* bands averaged below a cutoff: 1 kHz */
#define SLOPE_BANDS 3		/* bands of its slope: 500 Hz */
#define DROP_DB 24.0		/* steeper than music ever fades */
#define AUDIBLE_DB (-115.0)	/* least level below a cutoff */

struct cutoff {
	double rate;
	struct frames *frames;
	size_t windows;
	double power[BINS];	/* summed over windows */
};

struct cutoff *cutoff_new(double rate)
{
	struct cutoff *c = xcalloc(1, sizeof(*c));

	c->rate = rate;
	c->frames = frames_new(CUTOFF_FRAMES, CUTOFF_FRAMES);
	return c;
}

static void add_spectrum(void *arg, const float *power)
{
	struct cutoff *c = arg;
	double all = 0;

	for (size_t i = 0; i < BINS; i++)
		all += (double)power[i];
	if (all < MIN_POWER)
		return;
	c->windows++;
	for (size_t i = 0; i < BINS; i++)
		c->power[i] += (double)power[i];
}

void cutoff_process(struct cutoff *c, const float *samples)
{
	frames_feed(c->frames, samples, CUTOFF_FRAMES, add_spectrum, c);
}

/* The mean level of each band, and the highest level from each band up. */
static void measure(const struct cutoff *c, double level[BANDS],
    double above[BANDS + 1])
{
	above[BANDS] = FLOOR_DB;
	for (size_t b = BANDS; b-- > 0;) {
		double sum = 0;

		for (size_t i = 0; i < BAND; i++)
			sum += c->power[b * BAND + i];
		sum /= BAND * (double)c->windows;
		level[b] = fmax(10 * log10(sum + 1e-30), FLOOR_DB);
		above[b] = fmax(level[b], above[b + 1]);
	}
}

static double find_cutoff(const struct cutoff *c)
{
	double level[BANDS], above[BANDS + 1];
	double band_hz = c->rate / CUTOFF_FRAMES * BAND;

	measure(c, level, above);
	for (size_t b = BANDS_BELOW; b + SLOPE_BANDS < BANDS; b++) {
		double hz = band_hz * (double)(b + SLOPE_BANDS), below = 0;

		if (hz > MAX_HZ)
			break;
		for (size_t i = b - BANDS_BELOW; i < b; i++)
			below += level[i];
		below /= BANDS_BELOW;
		if (hz >= MIN_HZ && below > AUDIBLE_DB &&
		    above[b + SLOPE_BANDS] < below - DROP_DB)
			return hz;
	}
	return 0;
}

double cutoff_end(struct cutoff *c)
{
	double hz;

	if (c == NULL)
		return 0;
	hz = c->windows >= MIN_WINDOWS ? find_cutoff(c) : 0;
	frames_free(c->frames);
	free(c);
	return hz;
}
