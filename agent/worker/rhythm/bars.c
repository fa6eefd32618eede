/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/bars.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/harmony/chroma.h"
#include "worker/rhythm/onset.h"
#include "base/mem.h"

#define FEWEST 32		/* half beats that a bar can be told from */
#define PARTS 4			/* moments of a half beat in its pattern */
#define PATTERN (PARTS * ONSET_BANDS)
#define REACH 2			/* values of the envelope around a beat */
#define CLIP 3.0		/* deviations; one crash is no law */
#define SPAN 16			/* half beats of texture before and after */
#define WALTZ 0.3		/* by which threes must be more alike */

enum evidence { LOW, MID, HIGH, CHORD, BASS, TEXTURE };

/* What is known of every half beat; series of n. */
struct state_reader {
	size_t n;
	double *series[BARS_EVIDENCE];
	float (*pattern)[PATTERN];
};

/* Of a bar: its beginning; all its beats; or by how much its second and last
 * beat exceed the others. */
enum where { DOWNBEAT, BEATS, BACKBEAT };

/* Fitted to 222 rendered tracks of two generators, each of which alone gives
 * weights that place all but one or two of the other's bars. */
static const struct term {
	enum evidence evidence;
	enum where where;
	double weight;
} terms[] = {
	{ LOW, DOWNBEAT, 2 },
	{ CHORD, DOWNBEAT, 2.4 },
	{ BASS, DOWNBEAT, 1.7 },
	{ TEXTURE, DOWNBEAT, 18 },
	{ LOW, BEATS, 1.4 },
	{ MID, BEATS, 0.9 },
	{ CHORD, BEATS, 7 },
	{ HIGH, BACKBEAT, 0.5 },
};

/* ---- evidence ---- */

static double loudest(const float *band, size_t len, double at)
{
	long mid = lround(at), best = -1;

	for (long i = mid - REACH; i <= mid + REACH; i++) {
		if (i >= 0 && (size_t)i < len &&
		    (best < 0 || band[i] > band[best]))
			best = i;
	}
	return best >= 0 ? (double)band[best] : 0;
}

/* The onsets of half a beat, by parts of it and by band. The first part is
 * around its beginning. */
static void see_pattern(const struct onset_envelope *e, double from, double to,
    float pattern[PATTERN])
{
	double step = (to - from) / PARTS;

	for (int q = 0; q < PARTS; q++) {
		double begin = (from + (q - 0.5) * step - e->delay) * e->rate;
		long first = lround(fmax(begin, 0));
		long last = lround(begin + step * e->rate);

		for (int b = 0; b < ONSET_BANDS; b++) {
			double sum = 0;

			for (long i = first; i < last && (size_t)i < e->len;
			     i++)
				sum += (double)e->band[b][i];
			pattern[q * ONSET_BANDS + b] = (float)sqrt(sum);
		}
	}
}

static void see_onsets(const struct onset_envelope *e, const double *halves,
    struct state_reader *v)
{
	for (size_t k = 0; k < v->n; k++) {
		double at = (halves[k] - e->delay) * e->rate;
		double to = k + 1 < v->n ? halves[k + 1]
					 : 2 * halves[k] - halves[k - 1];

		for (int b = 0; b < ONSET_BANDS; b++)
			v->series[LOW + b][k] = sqrt(loudest(e->band[b],
			    e->len, at));
		see_pattern(e, halves[k], to, v->pattern[k]);
	}
}

/* Mean of a stretch of frames, by half semitones. */
static void mean_chroma(const struct chroma_series *s, double from, double to,
    int bass, double out[CHROMA_COARSE])
{
	long first = lround(fmax((from - s->delay) * s->rate, 0));
	long last = lround((to - s->delay) * s->rate);

	memset(out, 0, CHROMA_COARSE * sizeof(*out));
	for (long i = first; i <= last && (size_t)i < s->len; i++) {
		const uint16_t *f = bass ? s->frames[i].bass
					 : s->frames[i].chords;

		for (int c = 0; c < CHROMA_COARSE; c++)
			out[c] += f[c];
	}
}

/* 0: the same direction; 1: nothing in common, or nothing at all. */
static double unlike(const double *a, const double *b, int n)
{
	double aa = 0, bb = 0, ab = 0;

	for (int i = 0; i < n; i++) {
		aa += a[i] * a[i];
		bb += b[i] * b[i];
		ab += a[i] * b[i];
	}
	if (aa <= 0 && bb <= 0)
		return 0;
	return aa > 0 && bb > 0 ? 1 - ab / sqrt(aa * bb) : 1;
}

/* How much chords and bass differ after a moment from before it: chords over
 * two beats, as a note of the melody is no change of harmony. */
static void see_harmony(const struct chroma_series *s, const double *halves,
    struct state_reader *v)
{
	for (size_t k = 4; k + 4 < v->n; k++) {
		double before[CHROMA_COARSE], after[CHROMA_COARSE];

		for (int bass = 0; bass < 2; bass++) {
			size_t span = bass ? 2 : 4;

			mean_chroma(s, halves[k - span], halves[k], bass,
			    before);
			mean_chroma(s, halves[k], halves[k + span], bass, after);
			v->series[bass ? BASS : CHORD][k] =
			    unlike(before, after, CHROMA_COARSE);
		}
	}
}

/* How much the patterns of the next bars differ from those of the last. */
static void see_texture(struct state_reader *v)
{
	double *out = v->series[TEXTURE];

	for (size_t k = SPAN; k + SPAN <= v->n; k++) {
		double change = 0;

		for (int i = 0; i < PATTERN; i++) {
			double sum = 0;

			for (size_t j = 0; j < SPAN; j++)
				sum += (double)(v->pattern[k + j][i] -
				    v->pattern[k - 1 - j][i]);
			change += sum * sum;
		}
		out[k] = change / (SPAN * SPAN);
	}
}

/* Only what stands out among its neighbours says where something begins. */
static void keep_peaks(double *series, size_t n)
{
	double *kept = xcalloc(n, sizeof(*kept));

	for (size_t k = 0; k < n; k++) {
		size_t from = k > SPAN / 2 ? k - SPAN / 2 : 0;
		bool best = true;

		for (size_t i = from; i < n && i <= k + SPAN / 2; i++)
			best = best && series[i] <= series[k];
		kept[k] = best ? series[k] : 0;
	}
	memcpy(series, kept, n * sizeof(*series));
	free(kept);
}

/* To a mean of 0 and a variance of 1. */
static void standardize(double *series, size_t n)
{
	double sum = 0, squares = 0, mean, deviation;

	for (size_t k = 0; k < n; k++) {
		sum += series[k];
		squares += series[k] * series[k];
	}
	mean = sum / (double)n;
	deviation = sqrt(fmax(squares / (double)n - mean * mean, 1e-12));
	for (size_t k = 0; k < n; k++)
		series[k] = fmax(fmin((series[k] - mean) / deviation, CLIP),
		    -CLIP);
}

static struct state_reader view_new(const struct onset_envelope *e,
    const struct chroma_series *s, const double *halves, size_t n)
{
	struct state_reader v = { .n = n };

	v.pattern = xcalloc(n, sizeof(*v.pattern));
	for (int i = 0; i < BARS_EVIDENCE; i++)
		v.series[i] = xcalloc(n, sizeof(**v.series));
	see_onsets(e, halves, &v);
	see_harmony(s, halves, &v);
	see_texture(&v);
	keep_peaks(v.series[TEXTURE], n);
	for (int i = 0; i < BARS_EVIDENCE; i++)
		standardize(v.series[i], n);
	return v;
}

static void view_free(struct state_reader *v)
{
	free(v->pattern);
	for (int i = 0; i < BARS_EVIDENCE; i++)
		free(v->series[i]);
}

/* ---- judgement ---- */

/* How alike the patterns of beats are that are so many apart, -1..1. */
static double likeness(const struct state_reader *v, size_t lag)
{
	double mean[PATTERN] = { 0 }, ab = 0, aa = 0;

	for (size_t k = 0; k < v->n; k++) {
		for (int i = 0; i < PATTERN; i++)
			mean[i] += (double)v->pattern[k][i] / (double)v->n;
	}
	for (size_t k = 0; k + lag < v->n; k++) {
		for (int i = 0; i < PATTERN; i++) {
			double a = (double)v->pattern[k][i] - mean[i];
			double b = (double)v->pattern[k + lag][i] - mean[i];

			ab += a * b;
			aa += (a * a + b * b) / 2;
		}
	}
	return aa > 0 ? ab / aa : 0;
}

/* Means of a series over a bar that begins at first, whose length is bar. */
static double mean_at(const double *series, size_t n, size_t first, size_t bar)
{
	double sum = 0;
	size_t count = 0;

	for (size_t k = first % bar; k < n; k += bar, count++)
		sum += series[k];
	return sum / (double)count;
}

static double weigh(const struct state_reader *v, const struct term *t, size_t first,
    size_t bar)
{
	const double *series = v->series[t->evidence];
	double down = mean_at(series, v->n, first, bar);
	double back, beats = down;

	if (t->where == DOWNBEAT)
		return down;
	for (size_t i = 2; i < bar; i += 2)
		beats += mean_at(series, v->n, first + i, bar);
	beats /= (double)(bar / 2);
	if (t->where == BEATS)
		return beats;
	back = mean_at(series, v->n, first + 2, bar) +
	    mean_at(series, v->n, first + bar - 2, bar);
	return 2 * (back / 2 - beats);
}

static double matcher(const struct state_reader *v, size_t first, size_t bar)
{
	double sum = 0;

	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
		sum += terms[i].weight * weigh(v, &terms[i], first, bar);
	return sum;
}

/* Of half beats. */
static size_t bar_length(const struct state_reader *v)
{
	double three = likeness(v, 6) + likeness(v, 12) + likeness(v, 18);
	double four = likeness(v, 8) + likeness(v, 16) + likeness(v, 4);

	return three > four + WALTZ ? 6 : 8;
}

void bars_find(const struct onset_envelope *e, const struct chroma_series *s,
    const double *halves, size_t n, struct bars *bars)
{
	double best = -INFINITY;
	struct state_reader v;
	size_t length;

	memset(bars, 0, sizeof(*bars));
	bars->beats_per_bar = 4;
	if (n < FEWEST)
		return;
	v = view_new(e, s, halves, n);
	length = bar_length(&v);
	for (size_t i = 0; i < length; i++) {
		double x = matcher(&v, i, length);

		if (x > best) {
			best = x;
			bars->first = i;
		}
	}
	bars->beats_per_bar = (int)length / 2;
	view_free(&v);
}
