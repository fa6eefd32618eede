/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bars.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/chroma.h"
#include "analysis/onset.h"
#include "base/mem.h"

#define FEWEST 16		/* beats that a bar can be told from */
#define QUARTERS 4		/* moments of a beat in its pattern */
#define PATTERN (QUARTERS * ONSET_BANDS)
#define REACH 2			/* values of the envelope around a beat */
#define CLIP 3.0		/* deviations; one crash is no law */
#define SPAN 8			/* beats of texture before and after */
#define WALTZ 0.5		/* by which threes must be more alike */

enum evidence { LOW, BACKBEAT, CHORD, BASS, TEXTURE, STRONG };

/* What is known of every beat; series of n. */
struct view {
	size_t n;
	double *series[BARS_EVIDENCE];
	float (*pattern)[PATTERN];
};

static const double weights[BARS_EVIDENCE] = {
	[LOW] = 0.9, [BACKBEAT] = 0.1, [CHORD] = 2, [BASS] = 1,
	[TEXTURE] = 8, [STRONG] = 0.4,
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

/* A beat's own onsets, by quarters of it and by band. The first quarter is
 * around the beat. */
static void see_pattern(const struct onset_envelope *e, double from, double to,
    float pattern[PATTERN])
{
	double step = (to - from) / QUARTERS;

	for (int q = 0; q < QUARTERS; q++) {
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

static void see_onsets(const struct onset_envelope *e, const double *beats,
    struct view *v)
{
	for (size_t k = 0; k < v->n; k++) {
		double at = (beats[k] - e->delay) * e->rate;
		double to = k + 1 < v->n ? beats[k + 1]
					 : 2 * beats[k] - beats[k - 1];

		v->series[LOW][k] = sqrt(loudest(e->band[ONSET_LOW], e->len,
		    at));
		v->series[BACKBEAT][k] = -sqrt(loudest(e->band[ONSET_HIGH],
		    e->len, at));
		v->series[STRONG][k] = loudest(e->sum, e->len, at);
		see_pattern(e, beats[k], to, v->pattern[k]);
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

/* How much chords and bass differ after a beat from before it. Two beats of
 * each: a note of the melody is no change of harmony. */
static void see_harmony(const struct chroma_series *s, const double *beats,
    struct view *v)
{
	for (size_t k = 2; k + 2 < v->n; k++) {
		double before[CHROMA_COARSE], after[CHROMA_COARSE];

		for (int bass = 0; bass < 2; bass++) {
			size_t span = 2 - (size_t)bass;

			mean_chroma(s, beats[k - span], beats[k], bass,
			    before);
			mean_chroma(s, beats[k], beats[k + span], bass, after);
			v->series[bass ? BASS : CHORD][k] =
			    unlike(before, after, CHROMA_COARSE);
		}
	}
}

/* How much the patterns of the next bars differ from those of the last. */
static void see_texture(struct view *v)
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

static struct view view_new(const struct onset_envelope *e,
    const struct chroma_series *s, const double *beats, size_t n)
{
	struct view v = { .n = n };

	v.pattern = xcalloc(n, sizeof(*v.pattern));
	for (int i = 0; i < BARS_EVIDENCE; i++)
		v.series[i] = xcalloc(n, sizeof(**v.series));
	see_onsets(e, beats, &v);
	see_harmony(s, beats, &v);
	see_texture(&v);
	keep_peaks(v.series[TEXTURE], n);
	for (int i = 0; i < BARS_EVIDENCE; i++)
		standardize(v.series[i], n);
	return v;
}

static void view_free(struct view *v)
{
	free(v->pattern);
	for (int i = 0; i < BARS_EVIDENCE; i++)
		free(v->series[i]);
}

/* ---- judgement ---- */

/* How alike the patterns of beats are that are so many apart, -1..1. */
static double likeness(const struct view *v, size_t lag)
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

/* What speaks for bars of so many beats that begin at first. */
static double evidence(const struct view *v, size_t first, size_t bar)
{
	double sum = 0;

	for (int i = 0; i < BARS_EVIDENCE; i++) {
		double mean = 0;
		size_t n = 0;

		for (size_t k = first; k < v->n; k += bar, n++)
			mean += v->series[i][k];
		sum += weights[i] * mean / (double)n;
	}
	return sum;
}

static int count_beats(const struct view *v)
{
	double three = likeness(v, 3) + likeness(v, 6) + likeness(v, 9);
	double four = likeness(v, 4) + likeness(v, 8) + likeness(v, 2);

	return three > four + WALTZ ? 3 : 4;
}

void bars_find(const struct onset_envelope *e, const struct chroma_series *s,
    const double *beats, size_t n, struct bars *bars)
{
	double best = -INFINITY, second = -INFINITY;
	struct view v;

	memset(bars, 0, sizeof(*bars));
	bars->beats_per_bar = 4;
	if (n < FEWEST)
		return;
	v = view_new(e, s, beats, n);
	bars->beats_per_bar = count_beats(&v);
	for (size_t i = 0; i < (size_t)bars->beats_per_bar; i++) {
		double x = evidence(&v, i, (size_t)bars->beats_per_bar);

		if (x > best) {
			second = best;
			best = x;
			bars->first = i;
		} else if (x > second) {
			second = x;
		}
	}
	bars->lead = best - second;
	view_free(&v);
}
