/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/harmony/chroma.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decode/frames.h"
#include "worker/numeric.h"
#include "base/mem.h"

#define WINDOW 0.743		/* seconds: 8192 samples at 11025 Hz */
#define HOPS 4			/* in a window */
#define MIN_HZ 36.0		/* Hz that a note is looked for in */
#define BASS_END 180.0
#define CHORDS_BEGIN 50.0
/* Gaussian weights of pitches, as in D. Ellis and G. Poliner, "Identifying
 * cover songs with chroma features", 2007. */
#define MIDDLE 350.0		/* Hz */
#define SPREAD 1.2		/* octaves */
#define MAX_HZ 2000.0
#define NEIGHBOURS 16		/* bins on either side of a note */
#define MIN_PROMINENCE 3.0		/* times their mean power */
#define MIN_POWER 1e-9f		/* -90 dB: what dither leaves */
#define SHARE_MAX 65535		/* all of a frame */

struct chroma {
	double bin_hz;
	size_t first, last;	/* bins */
	struct frames *frames;
	float *previous, *sustained;	/* power up to last + NEIGHBOURS + 1 */
	size_t bins, cap;
	double found[2][CHROMA_STEPS];	/* in this frame: chords, bass */
	double notes;			/* their amplitude */
	struct chroma_series s;
};

struct chroma *chroma_new(double sample_rate)
{
	struct chroma *c = xcalloc(1, sizeof(*c));
	size_t size = 256;

	while ((double)size * M_SQRT2 < WINDOW * sample_rate)
		size *= 2;
	c->bin_hz = sample_rate / (double)size;
	c->first = (size_t)fmax(MIN_HZ / c->bin_hz, NEIGHBOURS + 1);
	c->last = (size_t)(fmin(MAX_HZ, 0.4 * sample_rate) / c->bin_hz);
	c->bins = c->last + NEIGHBOURS + 2;
	c->previous = xcalloc(c->bins, sizeof(*c->previous));
	c->sustained = xcalloc(c->bins, sizeof(*c->sustained));
	c->frames = frames_new(size, size / HOPS);
	c->s.rate = sample_rate / (double)(size / HOPS);
	/* In the middle of what two windows have in common. */
	c->s.delay = ((double)(size / HOPS) * 0.5 - (double)size / 2) /
	    sample_rate;
	return c;
}

/* Adds the note whose peak is at a bin. Its frequency is that of the parabola
 * through the logarithms of three bins (exact for a Gaussian window, close for
 * a Hann window). Chords use the root of the amplitude, so that a loud note or
 * pitched drum does not dominate. */
static void add_note(struct chroma *c, const float *peak, size_t bin)
{
	double amplitude = sqrt((double)peak[0]);
	double mid = log((double)peak[0] + 1e-30);
	double shift = peak_offset(mid - log((double)peak[-1] + 1e-30),
	    mid - log((double)peak[1] + 1e-30));
	double hz = ((double)bin + shift) * c->bin_hz;
	double octaves = log2(hz / MIDDLE) / SPREAD;
	/* The pitch class, in steps above C. */
	double steps = log2(hz / 440) * CHROMA_STEPS + 9 * CHROMA_SEMITONE;
	size_t at = (size_t)(steps - CHROMA_STEPS *
	    floor(steps / CHROMA_STEPS)) % CHROMA_STEPS;

	if (hz >= CHORDS_BEGIN) {
		c->found[0][at] += sqrt(amplitude) *
		    exp(-0.5 * octaves * octaves);
		c->notes += amplitude;
	}
	if (hz < BASS_END)
		c->found[1][at] += amplitude;
}

/* Finds the notes in the minimum of this frame and the previous one, which
 * keeps sustained sound and drops drums. Returns all amplitude, notes or not.
 */
static double find_notes(struct chroma *c, const float *power)
{
	double neighbours = 0;	/* double, so that subtracting is exact */
	double all = 0;

	for (size_t i = 0; i < c->bins; i++) {
		c->sustained[i] = power[i] < c->previous[i] ? power[i] :
		    c->previous[i];
		c->previous[i] = power[i];
	}
	for (size_t i = c->first - NEIGHBOURS; i < c->first + NEIGHBOURS; i++)
		neighbours += (double)c->sustained[i];
	for (size_t i = c->first; i < c->last; i++) {
		const float *p = &c->sustained[i];

		neighbours += (double)p[NEIGHBOURS];
		if (p[0] > p[-1] && p[0] >= p[1] && p[0] > MIN_POWER &&
		    (double)p[0] * (2 * NEIGHBOURS + 1) >
		    MIN_PROMINENCE * neighbours)
			add_note(c, p, i);
		all += sqrt((double)c->previous[i]);
		neighbours -= (double)p[-NEIGHBOURS];
	}
	return all;
}

/* Writes the shares of the pitch classes in coarser steps; returns their sum
 * before; 0: there are none. */
static double coarsen(const double found[CHROMA_STEPS],
    uint16_t out[CHROMA_COARSE])
{
	const int n = CHROMA_STEPS / CHROMA_COARSE;
	double sum = 0;

	for (int i = 0; i < CHROMA_STEPS; i++)
		sum += found[i];
	for (int i = 0; i < CHROMA_COARSE; i++) {
		double share = 0;

		for (int j = 0; j < n; j++)
			share += found[i * n + j];
		out[i] = sum > 0 ?
		    (uint16_t)lround(share / sum * SHARE_MAX) : 0;
	}
	return sum;
}

/* Every frame has the same weight, loud or not. */
static void add_frame(void *arg, const float *power)
{
	struct chroma *c = arg;
	struct chroma_series *s = &c->s;
	struct chroma_frame *f;
	double all, tonal;

	memset(c->found, 0, sizeof(c->found));
	c->notes = 0;
	all = find_notes(c, power);
	s->frames = grow(s->frames, &c->cap, s->len, sizeof(*s->frames));
	f = &s->frames[s->len++];
	tonal = coarsen(c->found[0], f->chords);
	coarsen(c->found[1], f->bass);
	if (tonal <= 0)
		return;
	s->sounding++;
	s->tonal += c->notes / all;
	for (int i = 0; i < CHROMA_STEPS; i++)
		s->histogram[i] += c->found[0][i] / tonal;
}

void chroma_feed(struct chroma *c, const float *samples, size_t n)
{
	frames_feed(c->frames, samples, n, add_frame, c);
}

void chroma_end(struct chroma *c, struct chroma_series *s)
{
	*s = c->s;
	frames_free(c->frames);
	free(c->previous);
	free(c->sustained);
	free(c);
}

void chroma_series_free(struct chroma_series *s)
{
	free(s->frames);
	memset(s, 0, sizeof(*s));
}

/* The circular mean of positions within a semitone. Weighted by roots, so that
 * one pitch that sounds throughout does not dominate. */
double chroma_tuning(const struct chroma_series *s, double *unity)
{
	double complex sum = 0;
	double all = 0;

	for (int i = 0; i < CHROMA_STEPS; i++) {
		double share = sqrt(s->histogram[i]);

		sum += share *
		    cexp(2 * M_PI * I * (i + 0.5) / CHROMA_SEMITONE);
		all += share;
	}
	*unity = all > 0 ? cabs(sum) / all : 0;
	return carg(sum) / (2 * M_PI);
}

double chroma_variation(const struct chroma_series *s)
{
	double mean[CHROMA_COARSE] = { 0 }, length = 0, sum = 0;

	for (size_t i = 0; i < s->len; i++) {
		for (int c = 0; c < CHROMA_COARSE; c++)
			mean[c] += s->frames[i].chords[c];
	}
	for (int c = 0; c < CHROMA_COARSE; c++)
		length += mean[c] * mean[c];
	for (size_t i = 0; i < s->len; i++) {
		const uint16_t *f = s->frames[i].chords;
		double squares = 0, product = 0;

		for (int c = 0; c < CHROMA_COARSE; c++) {
			squares += (double)f[c] * (double)f[c];
			product += f[c] * mean[c];
		}
		if (squares > 0)	/* 1 minus the cosine of the two */
			sum += 1 - product / sqrt(squares * length);
	}
	return s->sounding > 0 ? sum / (double)s->sounding : 0;
}

void chroma_sum(const struct chroma_series *s, double from, double to,
    bool bass, double out[CHROMA_COARSE])
{
	long first = lround(fmax((from - s->delay) * s->rate, 0));
	long last = lround((to - s->delay) * s->rate);

	memset(out, 0, CHROMA_COARSE * sizeof(*out));
	for (long i = first; i < last && (size_t)i < s->len; i++) {
		const uint16_t *f = bass ? s->frames[i].bass
					 : s->frames[i].chords;

		for (int c = 0; c < CHROMA_COARSE; c++)
			out[c] += f[c];
	}
}

/* Every step is split between its two nearest semitones. */
void chroma_fold(const double *steps, int n, double tuning, double out[12])
{
	memset(out, 0, 12 * sizeof(*out));
	for (int i = 0; i < n; i++) {
		double note = (i + 0.5) * 12 / n - tuning;
		int below = (int)floor(note);
		double share = note - below;

		out[(below + 12) % 12] += (1 - share) * steps[i];
		out[(below + 13) % 12] += share * steps[i];
	}
}
