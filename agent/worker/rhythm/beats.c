/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/beats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/rhythm/autocorrelation.h"
#include "worker/rhythm/grid.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/tactus.h"
#include "base/mem.h"

#define WINDOW 8.0		/* seconds of the tempogram */
#define HOP 1.0
#define MIN_BPM 55.0		/* BPM */
#define TEMPOS 96
#define RATIO 1.0145		/* from one to the next: 55 to 216 */
#define TEETH 4			/* of the comb */
#define TEMPO_WEIGHT 60.0	/* of squared changes of tempo in octaves */
#define TIMING_WEIGHT 150.0	/* of squared deviations of a beat */
#define MIN_STEP 0.6		/* of a period after the last beat */
#define MAX_STEP 1.7
#define LOOK_BACK 4		/* beats that predict the next */
#define MIN_SIGNIFICANCE 5.0	/* standard errors; noise has -2.5 to 4 */
#define MIN_STRENGTH 0.9	/* deviations: speech has 0.6, music 1.3 */

static double tempo_of(int i)
{
	return MIN_BPM * pow(RATIO, i);
}

/* The prior of tapped tempos, as in tempo.c but wider. */
static double prior(double bpm)
{
	double octaves = log2(bpm / 118) / 0.9;

	return exp(-0.5 * octaves * octaves);
}

/* ---- tempogram ---- */

struct tempogram {
	size_t len;
	float (*salience)[TEMPOS];	/* 0..1 a window */
	struct autocorrelation *self;
};

static double comb(const float *acf, double lag, size_t window)
{
	double sum = 0;
	int n = 0;

	for (int k = 1; k <= TEETH && k * lag + 1 < (double)window; k++) {
		size_t at = (size_t)(k * lag);
		double part = k * lag - (double)at;
		double left = (double)(window - at);

		sum += ((1 - part) * (double)acf[at] +
		    part * (double)acf[at + 1]) / left;
		n++;
	}
	return sum / (n + 1);
}

static void fill_window(struct tempogram *t, const struct onset_envelope *e,
    size_t middle, size_t window, float *out)
{
	size_t from = middle > window / 2 ? middle - window / 2 : 0;
	size_t n = from + window < e->len ? window : e->len - from;
	float *x = autocorrelation_values(t->self);
	double most = 1e-9;

	memset(x, 0, autocorrelation_size(t->self) * sizeof(*x));
	for (size_t i = 0; i < n; i++)
		x[i] = fmaxf(e->sum[from + i], 0);
	autocorrelation_run(t->self);
	for (int i = 0; i < TEMPOS; i++) {
		double lag = 60 / tempo_of(i) * e->rate;
		double s = comb(x, lag, window) * prior(tempo_of(i));

		out[i] = (float)s;
		most = fmax(most, s);
	}
	for (int i = 0; i < TEMPOS; i++)
		out[i] /= (float)most;
}

static void tempogram_fill(struct tempogram *t, const struct onset_envelope *e)
{
	size_t window = (size_t)(WINDOW * e->rate);
	size_t hop = (size_t)(HOP * e->rate);

	memset(t, 0, sizeof(*t));
	t->self = autocorrelation_new(2 * window);
	t->len = e->len / hop + 1;
	t->salience = xcalloc(t->len, sizeof(*t->salience));
	for (size_t i = 0; i < t->len; i++)
		fill_window(t, e, i * hop, window, t->salience[i]);
}

/* The best path of tempos, one a window: Viterbi with a cost of squared changes
 * in octaves. */
static void find_path(const struct tempogram *t, unsigned char *path)
{
	unsigned char (*from)[TEMPOS] = xcalloc(t->len, sizeof(*from));
	double score[TEMPOS] = { 0 }, next[TEMPOS];
	double octave = log2(RATIO);

	for (size_t w = 0; w < t->len; w++) {
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
			next[i] = best + (double)t->salience[w][i];
		}
		memcpy(score, next, sizeof(score));
	}
	path[t->len - 1] = 0;
	for (int i = 1; i < TEMPOS; i++) {
		if (score[i] > score[path[t->len - 1]])
			path[t->len - 1] = (unsigned char)i;
	}
	for (size_t w = t->len - 1; w > 0; w--)
		path[w - 1] = from[w][path[w]];
	free(from);
}

/* The local period at each value of the envelope, in values. */
static float *periods(const struct onset_envelope *e)
{
	float *out = xcalloc(e->len, sizeof(*out));
	double hop = floor(HOP * e->rate);
	struct tempogram t;
	unsigned char *path;

	tempogram_fill(&t, e);
	path = xcalloc(t.len, 1);
	find_path(&t, path);
	for (size_t i = 0; i < e->len; i++) {
		double at = (double)i / hop;
		size_t w = (size_t)at;
		double here = path[w];
		double there = w + 1 < t.len ? path[w + 1] : here;
		double tempo = here + (there - here) * (at - (double)w);

		out[i] = (float)(60 / (MIN_BPM * pow(RATIO, tempo)) * e->rate);
	}
	free(path);
	autocorrelation_free(t.self);
	free(t.salience);
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

/* The cost of an interval between beats, by 128ths of the period. */
static void deviation_costs(double costs[256])
{
	costs[0] = INFINITY;
	for (int i = 1; i < 256; i++) {
		double off = log2((i + 0.5) / 128);

		costs[i] = TIMING_WEIGHT * off * off;
	}
}

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
	double *score = xcalloc(e->len, sizeof(*score)), costs[256];
	size_t *from = xcalloc(e->len, sizeof(*from)), n;

	deviation_costs(costs);
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

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_bpm(const double *times, size_t n)
{
	double *steps = xcalloc(n, sizeof(*steps)), median;

	for (size_t i = 0; i + LOOK_BACK < n; i++)
		steps[i] = (times[i + LOOK_BACK] - times[i]) / LOOK_BACK;
	qsort(steps, n - LOOK_BACK, sizeof(*steps), by_size);
	median = steps[(n - LOOK_BACK) / 2];
	free(steps);
	return median > 0 ? 60 / median : 0;
}

/* The time of a beat, interpolated between values by a parabola. */
static double refine_time(const struct onset_envelope *e, size_t at)
{
	double shift = 0;

	if (at > 0 && at + 1 < e->len) {
		double left = (double)(e->sum[at] - e->sum[at - 1]);
		double right = (double)(e->sum[at] - e->sum[at + 1]);

		if (left > 0 && right > 0)
			shift = 0.5 * (left - right) / (left + right);
	}
	/* The envelope of an onset at 0 begins before 0. */
	return fmax(e->delay + ((double)at + shift) / e->rate, 0);
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
		size_t from = (size_t)at;

		if (from + 1 >= e->len)
			break;
		part = at - (double)from;
		out->sum[i] = (float)((1 - part) * (double)e->sum[from] +
		    part * (double)e->sum[from + 1]);
		for (int b = 0; b < ONSET_BANDS; b++)
			out->band[b][i] = (float)((1 - part) *
			    (double)e->band[b][from] +
			    part * (double)e->band[b][from + 1]);
	}
}

/* Maps the beats of a grid on the straightened envelope back to times in the
 * recording. */
static void map_grid_back(struct beats *b, const struct grid *grid)
{
	double *times = xcalloc(grid->beats + 1, sizeof(*times));
	double unit = 60 / b->bpm;
	size_t n = 0;

	for (size_t i = 0; i < grid->beats; i++) {
		double at = (grid->first_beat +
		    (double)i * grid->period) / unit;
		size_t k = (size_t)at;

		if (k + 1 >= b->count)
			break;
		times[n++] = b->times[k] + (at - (double)k) *
		    (b->times[k + 1] - b->times[k]);
	}
	free(b->times);
	b->times = times;
	b->count = n;
	b->bpm = 60 / grid->period;
}

/* The tracker may have found every second beat, or the off-beats. */
static void use_tactus(const struct onset_envelope *e, struct beats *b)
{
	struct onset_envelope straight;
	struct grid grid;
	double sure;

	straighten(e, b->times, b->count, b->bpm, &straight);
	if (grid_fit(&straight, 60 * tactus_choose(&straight, b->bpm / 60,
	    &sure), &grid))
		map_grid_back(b, &grid);
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
		b->times = xcalloc(n, sizeof(*b->times));
		b->count = n;
		for (size_t i = 0; i < n; i++)
			b->times[i] = refine_time(e, at[i]);
		b->bpm = median_bpm(b->times, n);
		b->confidence = 0.5 * (1 - MIN_SIGNIFICANCE / (2 * found));
		use_tactus(e, b);
	}
	free(period);
	free(at);
}
