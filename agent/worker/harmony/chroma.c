/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/harmony/chroma.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decode/frames.h"
#include "base/mem.h"

#define WINDOW 0.743		/* seconds: 8192 samples at 11025 Hz */
#define HOPS 4			/* in a window */
#define LOWEST 36.0		/* Hz that a note is looked for in */
#define BASS_END 180.0
#define CHORDS_BEGIN 50.0
/* Where chords are heard best, and how far around: a bell, as in D. Ellis and
 * G. Poliner, "Identifying cover songs with chroma features", 2007. */
#define MIDDLE 350.0		/* Hz */
#define SPREAD 1.2		/* octaves */
#define HIGHEST 2000.0
#define AROUND 16		/* bins either side of a note to compare */
#define STANDS_OUT 3.0		/* times their mean power */
#define FAINTEST 1e-9f		/* -90 dB: what dither leaves */
#define FULL 65535		/* all of a frame */

struct chroma {
	double bin_hz;
	size_t first, last;	/* bins */
	struct frames *frames;
	float *before, *both;	/* power up to last + AROUND + 1 */
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
	c->first = (size_t)fmax(LOWEST / c->bin_hz, AROUND + 1);
	c->last = (size_t)(fmin(HIGHEST, 0.4 * sample_rate) / c->bin_hz);
	c->bins = c->last + AROUND + 2;
	c->before = xcalloc(c->bins, sizeof(*c->before));
	c->both = xcalloc(c->bins, sizeof(*c->both));
	c->frames = frames_new(size, size / HOPS);
	c->s.rate = sample_rate / (double)(size / HOPS);
	/* In the middle of what two windows have in common. */
	c->s.delay = ((double)(size / HOPS) * 0.5 - (double)size / 2) /
	    sample_rate;
	return c;
}

/* A note's frequency, from the parabola through the logarithms of three bins
 * around its peak (exact for a Gaussian window and near enough for Hann's). */
static double frequency(const struct chroma *c, const float *peak, size_t bin)
{
	double left = log((double)peak[-1] + 1e-30);
	double mid = log((double)peak[0] + 1e-30);
	double right = log((double)peak[1] + 1e-30);
	double bend = left - 2 * mid + right;
	double shift = bend < 0 ? 0.5 * (left - right) / bend : 0;

	return ((double)bin + shift) * c->bin_hz;
}

/* Its pitch class in steps above C. */
static size_t step_of(double hz)
{
	double steps = log2(hz / 440) * CHROMA_STEPS + 9 * CHROMA_SEMITONE;

	steps -= CHROMA_STEPS * floor(steps / CHROMA_STEPS);
	return (size_t)steps % CHROMA_STEPS;
}

/* Chords by the root of amplitudes: a loud note is one note still, and a drum
 * with a pitch is loud. */
static void add_note(struct chroma *c, const float *peak, size_t bin)
{
	double amplitude = sqrt((double)peak[0]);
	double hz = frequency(c, peak, bin);
	double octaves = log2(hz / MIDDLE) / SPREAD;
	size_t at = step_of(hz);

	if (hz >= CHORDS_BEGIN) {
		c->found[0][at] += sqrt(amplitude) *
		    exp(-0.5 * octaves * octaves);
		c->notes += amplitude;
	}
	if (hz < BASS_END)
		c->found[1][at] += amplitude;
}

/* The less of this frame and the one before keeps what is sustained, and
 * drops drums. */
static void keep_sustained(struct chroma *c, const float *power)
{
	for (size_t i = 0; i < c->bins; i++) {
		c->both[i] = power[i] < c->before[i] ? power[i] : c->before[i];
		c->before[i] = power[i];
	}
}

/* Finds the notes of a frame; returns all amplitude, notes or not. */
static double find_notes(struct chroma *c)
{
	double around = 0;	/* exact enough to subtract from again */
	double all = 0;

	for (size_t i = c->first - AROUND; i < c->first + AROUND; i++)
		around += (double)c->both[i];
	for (size_t i = c->first; i < c->last; i++) {
		const float *p = &c->both[i];

		around += (double)p[AROUND];
		if (p[0] > p[-1] && p[0] >= p[1] && p[0] > FAINTEST &&
		    (double)p[0] * (2 * AROUND + 1) > STANDS_OUT * around)
			add_note(c, p, i);
		all += sqrt((double)c->before[i]);
		around -= (double)p[-AROUND];
	}
	return all;
}

static void coarsen(const double found[CHROMA_STEPS], double sum,
    uint16_t out[CHROMA_COARSE])
{
	const int n = CHROMA_STEPS / CHROMA_COARSE;

	for (int i = 0; i < CHROMA_COARSE; i++) {
		double share = 0;

		for (int j = 0; j < n; j++)
			share += found[i * n + j];
		out[i] = sum > 0 ? (uint16_t)lround(share / sum * FULL) : 0;
	}
}

static double total(const double found[CHROMA_STEPS])
{
	double sum = 0;

	for (int i = 0; i < CHROMA_STEPS; i++)
		sum += found[i];
	return sum;
}

/* Every frame counts the same, loud or not. */
static void add_frame(void *arg, const float *power)
{
	struct chroma *c = arg;
	struct chroma_series *s = &c->s;
	double all, tonal, bass;
	struct chroma_frame *f;

	memset(c->found, 0, sizeof(c->found));
	c->notes = 0;
	keep_sustained(c, power);
	all = find_notes(c);
	tonal = total(c->found[0]);
	bass = total(c->found[1]);
	s->frames = grow(s->frames, &c->cap, s->len, sizeof(*s->frames));
	f = &s->frames[s->len++];
	coarsen(c->found[0], tonal, f->chords);
	coarsen(c->found[1], bass, f->bass);
	if (tonal <= 0)
		return;
	s->sounding++;
	s->tonal += c->notes / all;
	for (int i = 0; i < CHROMA_STEPS; i++) {
		s->histogram[i] += c->found[0][i] / tonal;
		if (bass > 0)
			s->bass[i] += c->found[1][i] / bass;
	}
}

void chroma_feed(struct chroma *c, const float *samples, size_t n)
{
	frames_feed(c->frames, samples, n, add_frame, c);
}

void chroma_end(struct chroma *c, struct chroma_series *s)
{
	*s = c->s;
	c->s.frames = NULL;
	chroma_free(c);
}

void chroma_free(struct chroma *c)
{
	if (c == NULL)
		return;
	frames_free(c->frames);
	free(c->before);
	free(c->both);
	free(c->s.frames);
	free(c);
}

void chroma_series_free(struct chroma_series *s)
{
	free(s->frames);
	memset(s, 0, sizeof(*s));
}

/* The mean direction on a circle that is a semitone round. Roots of what there
 * is, so that one pitch that sounds all along does not decide. */
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

/* The cosine's distance from 1, of vectors of n >= 0. */
static double distance(const uint16_t *a, const double *b, int n)
{
	double aa = 0, bb = 0, ab = 0;

	for (int i = 0; i < n; i++) {
		aa += (double)a[i] * (double)a[i];
		bb += b[i] * b[i];
		ab += a[i] * b[i];
	}
	return aa > 0 && bb > 0 ? 1 - ab / sqrt(aa * bb) : 0;
}

double chroma_unrest(const struct chroma_series *s)
{
	double mean[CHROMA_COARSE] = { 0 }, sum = 0;

	for (size_t i = 0; i < s->len; i++) {
		for (int c = 0; c < CHROMA_COARSE; c++)
			mean[c] += s->frames[i].chords[c];
	}
	for (size_t i = 0; i < s->len; i++)
		sum += distance(s->frames[i].chords, mean, CHROMA_COARSE);
	return s->sounding > 0 ? sum / (double)s->sounding : 0;
}

/* Every step goes to the semitones it is between by its distance. */
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
