/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/bars.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/harmony/chroma.h"
#include "worker/rhythm/onset.h"
#include "base/mem.h"

#define MIN_HALVES 32		/* half beats that bars are found in */
#define PARTS 4			/* of a half beat in its pattern */
#define PATTERN (PARTS * ONSET_BANDS)
#define CLIP 3.0		/* deviations; limits single outliers */
#define SPAN 16			/* half beats of texture before and after */
#define TRIPLE_MARGIN 0.3		/* of triple over duple similarity */

enum evidence { LOW, MID, HIGH, CHORD, BASS, TEXTURE, N_EVIDENCE };

/* Features of every half beat; series of n. */
struct features {
	size_t n;
	double *series[N_EVIDENCE];
	float (*pattern)[PATTERN];
};

/* The value at a bar's beginning; the mean of its beats; or by how much its
 * second and last beat exceed that mean. */
enum position { DOWNBEAT, BEATS, BACKBEAT };

/* Fitted to 222 rendered tracks of two generators, each of which alone gives
 * weights that place all but one or two of the other's bars. */
static const struct term {
	enum evidence evidence;
	enum position position;
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

/* The onsets of half a beat, by parts and by band. The first part is centred on
 * its beginning. */
static void measure_pattern(const struct onset_envelope *e, double from,
    double to, float pattern[PATTERN])
{
	double step = (to - from) / PARTS;

	for (int q = 0; q < PARTS; q++) {
		double begin = (from + (q - 0.5) * step - e->delay) * e->rate;
		size_t first = (size_t)lround(fmax(begin, 0));
		long last = lround(begin + step * e->rate);

		for (int b = 0; b < ONSET_BANDS; b++) {
			double sum = 0;

			for (size_t i = first; (long)i < last && i < e->len;
			     i++)
				sum += (double)e->band[b][i];
			pattern[q * ONSET_BANDS + b] = (float)sqrt(sum);
		}
	}
}

static void measure_onsets(const struct onset_envelope *e, const double *halves,
    struct features *v)
{
	for (size_t k = 0; k < v->n; k++) {
		double at = (halves[k] - e->delay) * e->rate;
		double to = k + 1 < v->n ? halves[k + 1]
					 : 2 * halves[k] - halves[k - 1];

		for (int b = 0; b < ONSET_BANDS; b++)
			v->series[LOW + b][k] =
			    sqrt(onset_peak(e, e->band[b], at));
		measure_pattern(e, halves[k], to, v->pattern[k]);
	}
}

/* 0: the same direction; 1: orthogonal, or only one is 0. */
static double cosine_distance(const double *a, const double *b, int n)
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

/* How much chords and bass change at each half beat: chords over two beats,
 * since a note of the melody is no change of harmony. */
static void measure_harmony(const struct chroma_series *s, const double *halves,
    struct features *v)
{
	double frame = 1 / s->rate;

	for (size_t k = 4; k + 4 < v->n; k++) {
		double before[CHROMA_COARSE], after[CHROMA_COARSE];

		for (int bass = 0; bass < 2; bass++) {
			size_t span = bass ? 2 : 4;

			chroma_sum(s, halves[k - span], halves[k] + frame,
			    bass, before);
			chroma_sum(s, halves[k], halves[k + span] + frame,
			    bass, after);
			v->series[bass ? BASS : CHORD][k] =
			    cosine_distance(before, after, CHROMA_COARSE);
		}
	}
}

/* How much the patterns after each half beat differ from those before. */
static void measure_texture(struct features *v)
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

/* Keeps local maxima only. */
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

static struct features features_new(const struct onset_envelope *e,
    const struct chroma_series *s, const double *halves, size_t n)
{
	struct features v = { .n = n };

	v.pattern = xcalloc(n, sizeof(*v.pattern));
	for (int i = 0; i < N_EVIDENCE; i++)
		v.series[i] = xcalloc(n, sizeof(**v.series));
	measure_onsets(e, halves, &v);
	measure_harmony(s, halves, &v);
	measure_texture(&v);
	keep_peaks(v.series[TEXTURE], n);
	for (int i = 0; i < N_EVIDENCE; i++)
		standardize(v.series[i], n);
	return v;
}

/* ---- choice ---- */

/* The correlation of patterns lag half beats apart, -1..1. */
static double similarity(const struct features *v, size_t lag)
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

/* The mean of every bar-th value from first on. */
static double mean_at(const double *series, size_t n, size_t first, size_t bar)
{
	double sum = 0;
	size_t count = 0;

	for (size_t k = first % bar; k < n; k += bar, count++)
		sum += series[k];
	return sum / (double)count;
}

static double term_value(const struct features *v, const struct term *t,
    size_t first, size_t bar)
{
	const double *series = v->series[t->evidence];
	double down = mean_at(series, v->n, first, bar);
	double back, beats = down;

	if (t->position == DOWNBEAT)
		return down;
	for (size_t i = 2; i < bar; i += 2)
		beats += mean_at(series, v->n, first + i, bar);
	beats /= (double)(bar / 2);
	if (t->position == BEATS)
		return beats;
	back = mean_at(series, v->n, first + 2, bar) +
	    mean_at(series, v->n, first + bar - 2, bar);
	return 2 * (back / 2 - beats);
}

void bars_find(const struct onset_envelope *e, const struct chroma_series *s,
    const double *halves, size_t n, struct bars *bars)
{
	double best = -INFINITY, three, four;
	struct features v;
	size_t length;

	memset(bars, 0, sizeof(*bars));
	bars->beats_per_bar = 4;
	if (n < MIN_HALVES)
		return;
	v = features_new(e, s, halves, n);
	three = similarity(&v, 6) + similarity(&v, 12) + similarity(&v, 18);
	four = similarity(&v, 8) + similarity(&v, 16) + similarity(&v, 4);
	length = three > four + TRIPLE_MARGIN ? 6 : 8;
	for (size_t first = 0; first < length; first++) {
		double score = 0;

		for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
			score += terms[i].weight *
			    term_value(&v, &terms[i], first, length);
		if (score > best) {
			best = score;
			bars->first = first;
		}
	}
	bars->beats_per_bar = (int)length / 2;
	free(v.pattern);
	for (int i = 0; i < N_EVIDENCE; i++)
		free(v.series[i]);
}
