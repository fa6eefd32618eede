/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/grid.h"

#include <math.h>
#include <stdlib.h>

#include "worker/rhythm/onset.h"
#include "worker/numeric.h"
#include "base/mem.h"

#define MIN_BEATS 8

/* Evenly spaced beats: beat k is at start + k * period seconds. */
struct line {
	double start, period;
	long count;
};

static double beat_time(const struct line *l, long k)
{
	return l->start + (double)k * l->period;
}

/* The largest value near a time; *where is its own time, interpolated. */
static double peak_near(const struct onset_envelope *e, double when,
    double reach, double *where)
{
	const float *o = e->sum;
	double mid = (when - e->delay) * e->rate, width = reach * e->rate;
	long from = lround(fmax(mid - width, 1));
	long to = lround(fmin(mid + width, (double)e->len - 2)), best = from;

	*where = when;
	if (from > to)
		return 0;
	for (long i = from; i <= to; i++) {
		if (o[i] > o[best])
			best = i;
	}
	*where = e->delay + ((double)best + peak_offset(
	    (double)(o[best] - o[best - 1]),
	    (double)(o[best] - o[best + 1]))) / e->rate;
	return (double)o[best];
}

/* Shifts the line by the mean deviation of the onsets near it, weighted by
 * their strength. The period stays: the phase over minutes is more exact than
 * peaks, which a new instrument shifts by some ms. False: too few onsets. */
static bool shift_to_onsets(const struct onset_envelope *e, struct line *l,
    double reach)
{
	double weights = 0, shift = 0;
	int used = 0;

	for (long k = 0; k < l->count; k++) {
		double when = beat_time(l, k), where;
		double weight = peak_near(e, when, reach, &where);

		if (weight <= 0)
			continue;
		used++;
		weights += weight;
		shift += weight * (where - when);
	}
	if (used < MIN_BEATS)
		return false;
	l->start += shift / weights;
	return true;
}

/* The mean of each band over a cycle of two beats. */
struct cycle {
	size_t len;		/* steps of about 10 ms */
	double *band[ONSET_BANDS];
};

/* Each value is spread over three steps, because playing is not that exact. */
static void fold_cycle(const struct onset_envelope *e, double period,
    struct cycle *c)
{
	double *count;

	c->len = 2 * (size_t)lround(period * e->rate);
	count = xcalloc(c->len, sizeof(*count));
	for (int b = 0; b < ONSET_BANDS; b++)
		c->band[b] = xcalloc(c->len, sizeof(**c->band));
	for (size_t i = 0; i < e->len; i++) {
		double turns = (e->delay + (double)i / e->rate) / (2 * period);
		double share = turns - floor(turns);
		size_t at = (size_t)(share * (double)c->len) % c->len;

		count[at]++;
		for (int b = 0; b < ONSET_BANDS; b++) {
			double x = (double)e->band[b][i];

			c->band[b][(at + c->len - 1) % c->len] += x / 2;
			c->band[b][at] += x;
			c->band[b][(at + 1) % c->len] += x / 2;
		}
	}
	for (size_t i = 0; i < c->len; i++) {
		for (int b = 0; b < ONSET_BANDS; b++)
			c->band[b][i] /= fmax(count[i], 1);
	}
	free(count);
}

/* The time of a beat within the first two, in seconds. The evidence for one is
 * summed over a step and half a cycle later: kick, snare and chords weigh more
 * than hats, and snares make the two differ. */
static double find_phase(const struct onset_envelope *e, double period)
{
	static const double weights[ONSET_BANDS] = { 1, 1, 0.5 };
	size_t best = 0, half;
	double most = -1;
	struct cycle c;

	fold_cycle(e, period, &c);
	half = c.len / 2;
	for (size_t i = 0; i < half; i++) {
		const double *high = c.band[ONSET_HIGH];
		double sum = 0;

		for (int b = 0; b < ONSET_BANDS; b++)
			sum += weights[b] *
			    (c.band[b][i] + c.band[b][i + half]);
		sum += fabs(high[i] - high[i + half]);
		if (sum > most) {
			most = sum;
			best = i;
		}
	}
	for (int b = 0; b < ONSET_BANDS; b++)
		free(c.band[b]);
	return ((double)best + 0.5) / (double)c.len * 2 * period;
}

/* Shifts the line onto the onsets within ever smaller distances. The grid is
 * all beats from the first that is at most slightly before the first sound,
 * whose attack takes a while. */
static bool fit(const struct onset_envelope *e, struct line *l,
    struct grid *grid)
{
	static const double reaches[] = { 0.045, 0.030, 0.015 };
	size_t i = 0;
	double begin;
	long k;

	l->count = (long)((e->delay + (double)e->len / e->rate - l->start) /
	    l->period);
	for (size_t r = 0; r < sizeof(reaches) / sizeof(*reaches); r++) {
		if (!shift_to_onsets(e, l, reaches[r]))
			return false;
	}
	while (i < e->len && e->sum[i] < 1)
		i++;
	begin = fmax(e->delay + (double)i / e->rate, 0);
	k = (long)ceil((begin - l->start) / l->period - 0.15);
	if (beat_time(l, k) < -0.02)
		k++;
	grid->first_beat = fmax(beat_time(l, k), 0);
	grid->period = l->period;
	grid->beats = k < l->count ? (size_t)(l->count - k) : 0;
	return true;
}

bool grid_fit(const struct onset_envelope *e, double bpm, struct grid *grid)
{
	struct line l = { .period = 60 / bpm };

	l.start = find_phase(e, l.period);
	return fit(e, &l, grid);
}

bool grid_shift(const struct onset_envelope *e, struct grid *grid)
{
	struct line l = { .period = grid->period };

	l.start = fmod(grid->first_beat + 0.5 * grid->period, grid->period);
	return fit(e, &l, grid);
}
