/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/beats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/rhythm/autocorrelation.h"
#include "worker/rhythm/grid.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/tactus.h"
#include "worker/rhythm/tempo.h"
#include "worker/numeric.h"
#include "base/mem.h"

#define WINDOW 8.0		/* seconds of the tempogram */
#define HOP 1.0
#define MIN_BPM 55.0		/* BPM */
#define TEMPOS 96
#define RATIO 1.0145		/* from one to the next: 55 to 216 */
#define TEETH 4			/* of the comb */
#define PRIOR_SPREAD 0.9	/* octaves: wider than for a constant tempo */
#define TEMPO_WEIGHT 60.0	/* of squared changes of tempo in octaves */
#define TIMING_WEIGHT 150.0	/* of squared deviations of a beat */
#define MIN_STEP 0.6		/* of a period after the last beat */
#define MAX_STEP 1.7
#define LOOK_BACK 4		/* beats that predict the next */
#define MIN_SIGNIFICANCE 5.0	/* standard errors; noise has -2.5 to 4 */
#define MIN_STRENGTH 0.9	/* deviations: speech has 0.6, music 1.3 */

static double tempo_of(double i)
{
	return MIN_BPM * pow(RATIO, i);
}

/* ---- tempogram ---- */

static double comb(const float *acf, double lag, size_t window)
{
	double sum = 0;
	int n = 0;

	for (int k = 1; k <= TEETH && k * lag + 1 < (double)window; k++) {
		sum += interpolate(acf, k * lag) /
		    (double)(window - (size_t)(k * lag));
		n++;
	}
	return sum / (n + 1);
}

/* The salience of each tempo, 0..1, in a window around a value. */
static void fill_window(const struct onset_envelope *e, size_t middle,
    size_t window, struct autocorrelation *self, float out[TEMPOS])
{
	size_t from = middle > window / 2 ? middle - window / 2 : 0;
	size_t n = from + window < e->len ? window : e->len - from;
	double most = 1e-9;

	memset(self->values, 0, self->size * sizeof(*self->values));
	for (size_t i = 0; i < n; i++)
		self->values[i] = fmaxf(e->sum[from + i], 0);
	autocorrelation_run(self);
	for (int i = 0; i < TEMPOS; i++) {
		double bpm = tempo_of(i);
		double s = comb(self->values, 60 / bpm * e->rate, window) *
		    tempo_prior(bpm, PRIOR_SPREAD);

		out[i] = (float)s;
		most = fmax(most, s);
	}
	for (int i = 0; i < TEMPOS; i++)
		out[i] /= (float)most;
}

/* The best path of tempos, one a window: Viterbi with a cost of squared changes
 * in octaves. */
static void find_path(float (*const salience)[TEMPOS], size_t len,
    unsigned char *path)
{
	unsigned char (*from)[TEMPOS] = xcalloc(len, sizeof(*from));
	double score[TEMPOS] = { 0 }, next[TEMPOS];
	double octave = log2(RATIO);

	for (size_t w = 0; w < len; w++) {
		for (int i = 0; i < TEMPOS; i++) {
			double best = -INFINITY;

			for (int j = 0; j < TEMPOS; j++) {
				double jump = (i - j) * octave * TEMPO_WEIGHT;
				double s = score[j] -
				    jump * jump / TEMPO_WEIGHT;

				if (s > best) {
					best = s;
					from[w][i] = (unsigned char)j;
				}
			}
			next[i] = best + (double)salience[w][i];
		}
		memcpy(score, next, sizeof(score));
	}
	path[len - 1] = 0;
	for (int i = 1; i < TEMPOS; i++) {
		if (score[i] > score[path[len - 1]])
			path[len - 1] = (unsigned char)i;
	}
	for (size_t w = len - 1; w > 0; w--)
		path[w - 1] = from[w][path[w]];
	free(from);
}

/* The local period at each value of the envelope, in values. */
static float *periods(const struct onset_envelope *e)
{
	float *out = xcalloc(e->len, sizeof(*out));
	size_t window = (size_t)(WINDOW * e->rate);
	size_t hop = (size_t)(HOP * e->rate), len = e->len / hop + 1;
	float (*salience)[TEMPOS] = xcalloc(len, sizeof(*salience));
	unsigned char *path = xcalloc(len, 1);
	struct autocorrelation self;

	autocorrelation_init(&self, 2 * window);
	for (size_t i = 0; i < len; i++)
		fill_window(e, i * hop, window, &self, salience[i]);
	find_path(salience, len, path);
	for (size_t i = 0; i < e->len; i++) {
		double at = (double)i / (double)hop;
		size_t w = (size_t)at;
		double here = path[w];
		double there = w + 1 < len ? path[w + 1] : here;
		double tempo = here + (there - here) * (at - (double)w);

		out[i] = (float)(60 / tempo_of(tempo) * e->rate);
	}
	free(path);
	free(salience);
	autocorrelation_free(&self);
	return out;
}

/* ---- beats ---- */

/* The best score of a predecessor of a beat at i, which is put in *from. */
static double best_predecessor(const double *score, size_t i, double period,
    const double *costs, size_t *from)
{
	size_t first = (size_t)(MIN_STEP * period);
	size_t last = (size_t)(MAX_STEP * period);
	double best = -INFINITY;

	*from = i;
	for (size_t back = first; back <= last && back <= i; back++) {
		size_t at = (size_t)((double)back / period * 128);
		double s = score[i - back] - costs[at];

		if (s > best) {
			best = s;
			*from = i - back;
		}
	}
	return best;
}

/* From the best of the last beats to the first; then in order of time. */
static size_t trace_back(const double *score, const size_t *from, size_t len,
    const float *period, size_t *at)
{
	size_t tail = len > (size_t)period[len - 1] ?
	    len - (size_t)period[len - 1] : 0;
	size_t end = tail, n = 0;

	for (size_t i = tail; i < len; i++) {
		if (score[i] > score[end])
			end = i;
	}
	for (size_t i = end;; i = from[i]) {
		at[n++] = i;
		if (from[i] == i)
			break;
	}
	for (size_t i = 0; i < n / 2; i++) {
		size_t other = at[i];

		at[i] = at[n - 1 - i];
		at[n - 1 - i] = other;
	}
	return n;
}

/* Writes where the beats are, in values of the envelope, to at. */
static size_t find_beats(const struct onset_envelope *e, const float *period,
    size_t *at)
{
	double *score = xcalloc(e->len, sizeof(*score));
	/* Of an interval between beats, by 128ths of the period. */
	double costs[256] = { INFINITY };
	size_t *from = xcalloc(e->len, sizeof(*from)), n;

	for (int i = 1; i < 256; i++) {
		double off = log2((i + 0.5) / 128);

		costs[i] = TIMING_WEIGHT * off * off;
	}
	for (size_t i = 0; i < e->len; i++) {
		double best = best_predecessor(score, i, (double)period[i],
		    costs, &from[i]);

		score[i] = (double)e->sum[i];
		if (best > 0)
			score[i] += best;
		else
			from[i] = i;
	}
	n = trace_back(score, from, e->len, period, at);
	free(score);
	free(from);
	return n;
}

/* ---- significance ---- */

/* How much stronger onsets are where the preceding beats predict one than on
 * average, in standard errors. The onsets at the beats themselves prove
 * nothing, since the beats were chosen by them. */
static double significance(const struct onset_envelope *e, const size_t *at,
    size_t n)
{
	double all = 0, squares = 0, predicted = 0, mean, deviation;

	if (n <= LOOK_BACK + 1)
		return 0;
	for (size_t i = 0; i < e->len; i++) {
		double x = onset_peak(e, e->sum, (double)i);

		all += x;
		squares += x * x;
	}
	for (size_t i = LOOK_BACK + 1; i < n; i++) {
		double step = (double)(at[i - 1] - at[i - 1 - LOOK_BACK]) /
		    LOOK_BACK;

		predicted += onset_peak(e, e->sum, (double)at[i - 1] + step);
	}
	mean = all / (double)e->len;
	deviation = sqrt(fmax(squares / (double)e->len - mean * mean, 1e-9));
	n -= LOOK_BACK + 1;
	return (predicted / (double)n - mean) / deviation * sqrt((double)n);
}

/* The times of n beats, interpolated between values, and their median tempo. */
static void set_beats(struct beats *b, const struct onset_envelope *e,
    const size_t *at, size_t n)
{
	double *steps = xcalloc(n, sizeof(*steps)), median;

	b->count = n;
	b->times = xcalloc(n, sizeof(*b->times));
	for (size_t i = 0; i < n; i++) {
		const float *x = e->sum + at[i];
		double shift = at[i] > 0 && at[i] + 1 < e->len ? peak_offset(
		    (double)(x[0] - x[-1]), (double)(x[0] - x[1])) : 0;

		/* The envelope of an onset at 0 begins before 0. */
		b->times[i] = fmax(e->delay + ((double)at[i] + shift) /
		    e->rate, 0);
	}
	for (size_t i = 0; i + LOOK_BACK < n; i++)
		steps[i] = (b->times[i + LOOK_BACK] - b->times[i]) / LOOK_BACK;
	sort_values(steps, n - LOOK_BACK);
	median = steps[(n - LOOK_BACK) / 2];
	b->bpm = median > 0 ? 60 / median : 0;
	free(steps);
}

/* ---- tactus ---- */

/* The envelope resampled to the same number of values in every beat, so that
 * the methods for a constant tempo apply. */
static void straighten(const struct onset_envelope *e, const double *times,
    size_t n, double bpm, struct onset_envelope *out)
{
	size_t per_beat = (size_t)lround(e->rate * 60 / bpm);

	memset(out, 0, sizeof(*out));
	out->rate = (double)per_beat * bpm / 60;
	out->len = (n - 1) * per_beat;
	out->sum = xcalloc(out->len + 1, sizeof(*out->sum));
	for (int b = 0; b < ONSET_BANDS; b++)
		out->band[b] = xcalloc(out->len + 1, sizeof(**out->band));
	for (size_t i = 0; i < out->len; i++) {
		size_t k = i / per_beat;
		double part = (double)(i % per_beat) / (double)per_beat;
		double when = times[k] + part * (times[k + 1] - times[k]);
		double at = fmax((when - e->delay) * e->rate, 0);

		if ((size_t)at + 1 >= e->len)
			break;
		out->sum[i] = (float)interpolate(e->sum, at);
		for (int b = 0; b < ONSET_BANDS; b++)
			out->band[b][i] = (float)interpolate(e->band[b], at);
	}
}

/* The tracker may have found every second beat, or the off-beats: the beats of
 * a grid on the straightened envelope are mapped back to times. */
static void use_tactus(const struct onset_envelope *e, struct beats *b)
{
	double sure, unit = 60 / b->bpm, *times;
	struct onset_envelope straight;
	struct grid grid;
	size_t n = 0;

	straighten(e, b->times, b->count, b->bpm, &straight);
	if (grid_fit(&straight, 60 * tactus_choose(&straight, b->bpm / 60,
	    &sure), &grid)) {
		times = xcalloc(grid.beats + 1, sizeof(*times));
		for (size_t i = 0; i < grid.beats; i++) {
			double at = (grid.first_beat +
			    (double)i * grid.period) / unit;
			size_t k = (size_t)at;

			if (k + 1 >= b->count)
				break;
			times[n++] = b->times[k] + (at - (double)k) *
			    (b->times[k + 1] - b->times[k]);
		}
		free(b->times);
		*b = (struct beats){ .times = times, .count = n,
			.bpm = 60 / grid.period, .confidence = b->confidence };
	}
	onset_envelope_free(&straight);
}

void beats_follow(const struct onset_envelope *e, struct beats *b)
{
	float *period = periods(e);
	size_t *at = xcalloc(e->len, sizeof(*at));
	size_t n = find_beats(e, period, at);
	double found = significance(e, at, n);

	memset(b, 0, sizeof(*b));
	if (found >= MIN_SIGNIFICANCE &&
	    found >= MIN_STRENGTH * sqrt((double)n)) {
		set_beats(b, e, at, n);
		b->confidence = 0.5 * (1 - MIN_SIGNIFICANCE / (2 * found));
		use_tactus(e, b);
	}
	free(period);
	free(at);
}
