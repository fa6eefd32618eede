/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/onset.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/decode/frames.h"
#include "base/mem.h"

#define VALUES_PER_S 100.0
#define MAX_WINDOW 0.05	/* seconds */
#define BANDS 24
#define MAX_BANDS (BANDS + ONSET_BANDS - 1) /* a group boundary may split one */
#define LOWEST 27.5		/* Hz */
#define HIGHEST 11000.0
/* Power times this is 1 where compression sets in: 40 dB below full scale. */
#define COMPRESSION 1e4f
#define LAG 2			/* frames that a difference spans */
#define ATTACK_OFFSET 0.15	/* windows; measured with drums */
/* A band with less mean flux contains only rounding errors. */
#define MIN_FLUX 0.003
#define NEIGHBOURHOOD 6.0	/* seconds either side for mean and variance */
#define PEAK_REACH 2		/* values */

struct band {
	size_t end;		/* bin after its last */
	int level;		/* index in levels */
};

struct onsets {
	double sample_rate;
	size_t size, hop;
	struct frames *frames;
	struct band bands[MAX_BANDS];
	size_t n_bands, first_bin;
	float past[LAG][MAX_BANDS];	/* compressed energies, a ring */
	size_t len, cap;
	float (*flux)[ONSET_BANDS];
	size_t levels_cap;
	uint8_t (*levels)[LEVEL_BANDS];
};

/* The bands of the levels, and the group of onsets that each belongs to. */
static const struct {
	double end;		/* Hz */
	enum onset_band group;
} levels[LEVEL_BANDS] = {
	{ 150, ONSET_LOW }, { 500, ONSET_MID }, { 2000, ONSET_MID },
	{ 6000, ONSET_HIGH }, { INFINITY, ONSET_HIGH },
};

/* Assigns every bin to one of 24 bands of equal width in octaves. The lowest
 * bands may be narrower than a bin; bands without a bin are left out. */
static void assign_bands(struct onsets *o)
{
	double bin_hz = o->sample_rate / (double)o->size;
	double top = fmin(HIGHEST, 0.45 * o->sample_rate);
	int last = -1, level = 0;

	o->first_bin = (size_t)ceil(LOWEST / bin_hz);
	for (size_t k = o->first_bin; (double)k * bin_hz < top; k++) {
		double hz = (double)k * bin_hz;
		int band = (int)(BANDS * log(hz / LOWEST) / log(top / LOWEST));

		while (hz >= levels[level].end)
			level++;
		if (band != last || levels[level].group !=
		    levels[o->bands[o->n_bands - 1].level].group)
			o->bands[o->n_bands++].level = level;
		o->bands[o->n_bands - 1].end = k + 1;
		last = band;
	}
}

struct onsets *onsets_new(double sample_rate)
{
	struct onsets *o = xcalloc(1, sizeof(*o));

	o->sample_rate = sample_rate;
	o->hop = (size_t)lround(sample_rate / VALUES_PER_S);
	for (o->size = 64; (double)o->size * 2 < MAX_WINDOW * sample_rate;)
		o->size *= 2;
	o->frames = frames_new(o->size, o->hop);
	assign_bands(o);
	return o;
}

/* Adds one value to every group: the sum of its bands' increases in level. */
static void add_frame(void *arg, const float *power)
{
	struct onsets *o = arg;
	float *past = o->past[o->len % LAG], *flux;
	float sums[LEVEL_BANDS] = { 0 };
	size_t k = o->first_bin;

	o->flux = grow(o->flux, &o->cap, o->len, sizeof(*o->flux));
	o->levels = grow(o->levels, &o->levels_cap, o->len,
	    sizeof(*o->levels));
	flux = o->flux[o->len++];
	memset(flux, 0, sizeof(*o->flux));
	for (size_t b = 0; b < o->n_bands; b++) {
		float energy = 0, level;

		for (; k < o->bands[b].end; k++)
			energy += power[k];
		level = logf(1 + COMPRESSION * energy);
		if (level > past[b])
			flux[levels[o->bands[b].level].group] +=
			    level - past[b];
		past[b] = level;
		sums[o->bands[b].level] += energy;
	}
	for (int i = 0; i < LEVEL_BANDS; i++) {
		float db = 10 * log10f(sums[i] + 1e-10f) - LEVEL_FLOOR;

		o->levels[o->len - 1][i] = (uint8_t)lroundf(
		    fminf(db * LEVEL_STEPS, UINT8_MAX));
	}
}

void onsets_feed(struct onsets *o, const float *samples, size_t n)
{
	frames_feed(o->frames, samples, n, add_frame, o);
}

/* Scales one group to a mean of 1, so that all groups weigh the same, and adds
 * it to the sum. False: it is nearly empty. */
static bool add_group(const struct onsets *o, int group,
    struct onset_envelope *e)
{
	double mean = 0;

	e->band[group] = xcalloc(o->len + 1, sizeof(*e->band[group]));
	for (size_t i = 0; i < o->len; i++)
		mean += (double)o->flux[i][group];
	mean /= (double)o->len;
	if (!(mean >= MIN_FLUX))
		return false;
	for (size_t i = 0; i < o->len; i++) {
		e->band[group][i] = o->flux[i][group] / (float)mean;
		e->sum[i] += e->band[group][i];
	}
	return true;
}

/* Normalizes sum to a mean of 0 and a variance of 1 around every value, so that
 * quiet passages weigh as much as loud ones. The variance is taken as at least
 * a hundredth of the overall variance, so that silence is not amplified. */
static void normalize_locally(float *sum, size_t len, size_t reach)
{
	double *area = xcalloc(len + 1, sizeof(*area));
	double *squares = xcalloc(len + 1, sizeof(*squares));
	double floor;

	for (size_t i = 0; i < len; i++) {
		double x = (double)sum[i];

		area[i + 1] = area[i] + x;
		squares[i + 1] = squares[i] + x * x;
	}
	floor = squares[len] / (double)len -
	    area[len] / (double)len * (area[len] / (double)len);
	floor = fmax(floor * 0.01, 1e-9);
	for (size_t i = 0; i < len; i++) {
		size_t from = i > reach ? i - reach : 0;
		size_t to = i + reach < len ? i + reach : len;
		double n = (double)(to - from);
		double mean = (area[to] - area[from]) / n;
		double var = (squares[to] - squares[from]) / n - mean * mean;

		sum[i] = (float)(((double)sum[i] - mean) /
		    sqrt(fmax(var, floor)));
	}
	free(area);
	free(squares);
}

void onsets_end(struct onsets *o, struct onset_envelope *e)
{
	bool used = false;

	memset(e, 0, sizeof(*e));
	e->rate = o->sample_rate / (double)o->hop;
	/* A difference belongs halfway between its two frames; and compressed
	 * levels rise before an onset reaches the middle of the window. */
	e->delay = ((double)o->hop * (1 - LAG / 2.0) -
	    (double)o->size * (0.5 - ATTACK_OFFSET)) / o->sample_rate;
	e->sum = xcalloc(o->len + 1, sizeof(*e->sum));
	for (int g = 0; g < ONSET_BANDS; g++)
		used |= add_group(o, g, e);
	if (used) {
		e->len = o->len;
		normalize_locally(
		    e->sum, e->len, (size_t)(NEIGHBOURHOOD * e->rate));
	}
	e->levels = o->levels;
	frames_free(o->frames);
	free(o->flux);
	free(o);
}

size_t onset_index(const struct onset_envelope *e, double when)
{
	double at = ceil((when - e->delay) * e->rate);

	return at <= 0 ? 0 : at >= (double)e->len ? e->len : (size_t)at;
}

double onset_peak(const struct onset_envelope *e, const float *series,
    double at)
{
	long mid = lround(at), best = -1;

	for (long i = mid - PEAK_REACH; i <= mid + PEAK_REACH; i++) {
		if (i >= 0 && (size_t)i < e->len &&
		    (best < 0 || series[i] > series[best]))
			best = i;
	}
	return best >= 0 ? (double)series[best] : 0;
}

void onset_envelope_free(struct onset_envelope *e)
{
	for (int g = 0; g < ONSET_BANDS; g++)
		free(e->band[g]);
	free(e->sum);
	free(e->levels);
	memset(e, 0, sizeof(*e));
}
