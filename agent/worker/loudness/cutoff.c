/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/loudness/cutoff.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "worker/decode/frames.h"
#include "base/mem.h"

#define BINS (CEILING_FRAMES / 2 + 1)
#define BAND 16			/* bins; 172 Hz at 44100 */
#define BANDS (BINS / BAND)
#define FEWEST_LOOKS 8
#define QUIET 1e-6		/* power of a look that shows nothing */
#define FLOOR_DB (-150.0)
#define LOWEST_HZ 8000.0	/* below, it is a telephone */
#define HIGHEST_HZ 20300.0	/* above, it is the sampling's own filter */
#define BELOW 6			/* bands that a cliff is seen from: 1 kHz */
#define SLOPE 3			/* bands that it may take: 500 Hz */
#define CLIFF_DB 24.0		/* steeper than music ever fades */
#define AUDIBLE_DB (-115.0)	/* there must be something that ends */

struct ceiling {
	double rate;
	struct frames *frames;
	size_t looks;
	double power[BINS];	/* summed over looks */
};

struct ceiling *cutoff_new(double rate)
{
	struct ceiling *c = xcalloc(1, sizeof(*c));

	c->rate = rate;
	c->frames = frames_new(CEILING_FRAMES, CEILING_FRAMES);
	return c;
}

static void take(void *arg, const float *power)
{
	struct ceiling *c = arg;
	double all = 0;

	for (size_t i = 0; i < BINS; i++)
		all += (double)power[i];
	if (all < QUIET)
		return;
	c->looks++;
	for (size_t i = 0; i < BINS; i++)
		c->power[i] += (double)power[i];
}

void cutoff_process(struct ceiling *c, const float *samples)
{
	frames_feed(c->frames, samples, CEILING_FRAMES, take, c);
}

/* Mean levels of the bands, and of all that is above each the highest. */
static void measure(const struct ceiling *c, double level[BANDS],
    double above[BANDS + 1])
{
	above[BANDS] = FLOOR_DB;
	for (size_t b = BANDS; b-- > 0;) {
		double sum = 0;

		for (size_t i = 0; i < BAND; i++)
			sum += c->power[b * BAND + i];
		sum /= BAND * (double)c->looks;
		level[b] = fmax(10 * log10(sum + 1e-30), FLOOR_DB);
		above[b] = fmax(level[b], above[b + 1]);
	}
}

static double mean_below(const double level[BANDS], size_t b)
{
	double sum = 0;

	for (size_t i = b - BELOW; i < b; i++)
		sum += level[i];
	return sum / BELOW;
}

static double find_cliff(const struct ceiling *c)
{
	double level[BANDS], above[BANDS + 1];
	double band_hz = c->rate / CEILING_FRAMES * BAND;

	measure(c, level, above);
	for (size_t b = BELOW; b + SLOPE < BANDS; b++) {
		double hz = band_hz * (double)(b + SLOPE);
		double below = mean_below(level, b);

		if (hz < LOWEST_HZ)
			continue;
		if (hz > HIGHEST_HZ)
			break;
		if (below > AUDIBLE_DB && above[b + SLOPE] < below - CLIFF_DB)
			return hz;
	}
	return 0;
}

double cutoff_end(struct ceiling *c)
{
	double hz;

	if (c == NULL)
		return 0;
	hz = c->looks >= FEWEST_LOOKS ? find_cliff(c) : 0;
	frames_free(c->frames);
	free(c);
	return hz;
}
