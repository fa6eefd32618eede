/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/key.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/frames.h"
#include "base/mem.h"

#define WINDOW 0.743		/* seconds: 8192 samples at 11025 Hz */
#define HOPS 4			/* in a window */
#define LOWEST 50.0		/* Hz that a note is looked for in */
#define HIGHEST 2000.0
#define AROUND 16		/* bins either side of a note to compare */
#define STANDS_OUT 3.0		/* times their mean power */
#define FAINTEST 1e-9f		/* -90 dB: what dither leaves */
#define CENTS 10		/* of a step of the histogram */
#define STEPS (1200 / CENTS)
#define SEMITONE (100 / CENTS)	/* steps */
/* Gates; what music of any kind has, and noise and drums don't: see is_tonal.
 */
#define SHORTEST 4.0		/* seconds in which notes sound */
#define LEAST_TONAL 0.055	/* of the amplitude: drums 0.05, music 0.08 */
#define LEAST_UNITY 0.1		/* of tuning: noise 0.04, music 0.25 */
#define LEAST_LIKENESS 0.5	/* to a profile: noise 0.45, music 0.56 */
#define FEWEST_CLASSES 3	/* of pitch */
#define SURE 0.15		/* lead over the next best, beyond any doubt */

/* How much each pitch class sounds in a major and a minor key, from the
 * tonic up: I. Sha'ath, "Estimation of key in digital music recordings",
 * Birkbeck College, 2011, figure 2.8. */
static const double profiles[2][12] = {
	{ 6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4 },
	{ 6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2 },
};

struct keyfinder {
	double sample_rate, bin_hz;
	size_t size;		/* of a window */
	size_t first, last;	/* bins */
	struct frames *frames;
	float *before, *both;	/* power up to last + AROUND + 1 */
	size_t bins;
	size_t count, sounding;	/* frames */
	double tonal, all;	/* amplitude in notes and altogether */
	double histogram[STEPS];
};

struct keyfinder *keyfinder_new(double sample_rate)
{
	struct keyfinder *k = xcalloc(1, sizeof(*k));

	for (k->size = 256; (double)k->size * M_SQRT2 < WINDOW * sample_rate;)
		k->size *= 2;
	k->sample_rate = sample_rate;
	k->bin_hz = sample_rate / (double)k->size;
	k->first = (size_t)fmax(LOWEST / k->bin_hz, AROUND + 1);
	k->last = (size_t)(fmin(HIGHEST, 0.4 * sample_rate) / k->bin_hz);
	k->bins = k->last + AROUND + 2;
	k->before = xcalloc(k->bins, sizeof(*k->before));
	k->both = xcalloc(k->bins, sizeof(*k->both));
	k->frames = frames_new(k->size, k->size / HOPS);
	return k;
}

/* A note's pitch above C in steps of the histogram, from the parabola through
 * the logarithms of three bins around its peak (exact for a Gaussian window
 * and near enough for Hann's). */
static double pitch(const struct keyfinder *k, const float *peak, size_t bin)
{
	double left = log((double)peak[-1] + 1e-30);
	double mid = log((double)peak[0] + 1e-30);
	double right = log((double)peak[1] + 1e-30);
	double bend = left - 2 * mid + right;
	double shift = bend < 0 ? 0.5 * (left - right) / bend : 0;
	double hz = ((double)bin + shift) * k->bin_hz;
	double steps = log2(hz / 440) * STEPS + 9 * SEMITONE;

	return steps - STEPS * floor(steps / STEPS);
}

/* The less of this frame and the one before keeps what is sustained, and
 * drops drums. Every frame counts the same, loud or not. */
static void add_frame(void *arg, const float *power)
{
	struct keyfinder *k = arg;
	double found[STEPS] = { 0 }, tonal = 0, all = 0;
	double around = 0;	/* exact enough to subtract from again */

	for (size_t i = 0; i < k->bins; i++) {
		k->both[i] = power[i] < k->before[i] ? power[i] : k->before[i];
		k->before[i] = power[i];
	}
	k->count++;
	for (size_t i = k->first - AROUND; i < k->first + AROUND; i++)
		around += (double)k->both[i];
	for (size_t i = k->first; i < k->last; i++) {
		const float *p = &k->both[i];

		around += (double)p[AROUND];
		if (p[0] > p[-1] && p[0] >= p[1] && p[0] > FAINTEST &&
		    (double)p[0] * (2 * AROUND + 1) > STANDS_OUT * around) {
			double amplitude = sqrt((double)p[0]);
			size_t at = (size_t)pitch(k, p, i) % STEPS;

			found[at] += amplitude;
			tonal += amplitude;
		}
		all += sqrt((double)k->before[i]);
		around -= (double)p[-AROUND];
	}
	if (tonal <= 0)
		return;
	k->sounding++;
	k->tonal += tonal / all;
	for (int i = 0; i < STEPS; i++)
		k->histogram[i] += found[i] / tonal;
}

void keyfinder_feed(struct keyfinder *k, const float *samples, size_t n)
{
	frames_feed(k->frames, samples, n, add_frame, k);
}

/* By how many steps all is above concert pitch, -5 .. 5, as the mean direction
 * on a circle that is a semitone round; how well all agree, 0..1, in *unity. */
static double tuning(const struct keyfinder *k, double *unity)
{
	double complex sum = 0;
	double all = 0;

	for (int i = 0; i < STEPS; i++) {
		sum += k->histogram[i] *
		    cexp(2 * M_PI * I * (i + 0.5) / SEMITONE);
		all += k->histogram[i];
	}
	*unity = all > 0 ? cabs(sum) / all : 0;
	return carg(sum) / (2 * M_PI) * SEMITONE;
}

/* Every step goes to the semitones it is between by its distance. */
static void fold(const struct keyfinder *k, double offset, double chroma[12])
{
	memset(chroma, 0, 12 * sizeof(*chroma));
	for (int i = 0; i < STEPS; i++) {
		double note = (i + 0.5 - offset) / SEMITONE;
		int below = (int)floor(note);
		double share = note - below;

		chroma[(below + 12) % 12] += (1 - share) * k->histogram[i];
		chroma[(below + 13) % 12] += share * k->histogram[i];
	}
	for (int i = 0; i < 12; i++)
		chroma[i] = sqrt(chroma[i]);
}

static double pearson(const double chroma[12], const double *profile,
    int tonic)
{
	double x = 0, y = 0, xx = 0, yy = 0, xy = 0, spread;

	for (int i = 0; i < 12; i++) {
		double c = chroma[(i + tonic) % 12], p = profile[i];

		x += c;
		y += p;
		xx += c * c;
		yy += p * p;
		xy += c * p;
	}
	spread = (xx - x * x / 12) * (yy - y * y / 12);
	return spread > 0 ? (xy - x * y / 12) / sqrt(spread) : 0;
}

/* Whether there is a key to speak of. Noise has pitches everywhere, a drum has
 * them in no scale and hardly above its noise, a hum has too few. */
static bool is_tonal(const struct keyfinder *k, const double chroma[12],
    double unity, double likeness)
{
	double hop = (double)k->size / HOPS / k->sample_rate, loudest = 0;
	int classes = 0;

	for (int i = 0; i < 12; i++)
		loudest = fmax(loudest, chroma[i]);
	for (int i = 0; i < 12; i++)
		classes += chroma[i] > 0.3 * loudest;
	return (double)k->sounding * hop >= SHORTEST &&
	    k->tonal >= LEAST_TONAL * (double)k->sounding &&
	    unity >= LEAST_UNITY && likeness >= LEAST_LIKENESS &&
	    classes >= FEWEST_CLASSES;
}

void keyfinder_end(struct keyfinder *k, struct key *key)
{
	double chroma[12], unity, offset = tuning(k, &unity);
	double best = -1, second = -1;

	memset(key, 0, sizeof(*key));
	fold(k, offset, chroma);
	for (int i = 0; i < 24; i++) {
		double r = pearson(chroma, profiles[i / 12], i % 12);

		if (r > best) {
			second = best;
			best = r;
			key->tonic = i % 12;
			key->minor = i >= 12;
		} else if (r > second) {
			second = r;
		}
	}
	key->known = is_tonal(k, chroma, unity, best);
	if (key->known)
		key->confidence = best *
		    (0.5 + 0.5 * fmin((best - second) / SURE, 1));
	keyfinder_free(k);
}

void keyfinder_free(struct keyfinder *k)
{
	if (k == NULL)
		return;
	frames_free(k->frames);
	free(k->before);
	free(k->both);
	free(k);
}
