/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/onset.h"

#include <math.h>
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
#define LOW_END 150.0
#define MID_END 2000.0
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
	enum onset_band group;
	int level;		/* of LEVEL_BANDS, where it counts */
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

static enum onset_band group_of(double hz)
{
	return hz < LOW_END ? ONSET_LOW : hz < MID_END ? ONSET_MID : ONSET_HIGH;
}

static int level_of(double hz)
{
	static const double ends[] = { LOW_END, 500, MID_END, 6000 };
	int i = 0;

	while (i < LEVEL_BANDS - 1 && hz >= ends[i])
		i++;
	return i;
}

/* Assigns every bin to one of 24 bands of equal width in octaves. The lowest
 * bands may be narrower than a bin; bands without a bin are left out. */
static void assign_bands(struct onsets *o)
{
	double bin_hz = o->sample_rate / (double)o->size;
	double top = fmin(HIGHEST, 0.45 * o->sample_rate);
	int last = -1;

	o->first_bin = (size_t)ceil(LOWEST / bin_hz);
	for (size_t k = o->first_bin; (double)k * bin_hz < top; k++) {
		double hz = (double)k * bin_hz;
		int band = (int)(BANDS * log(hz / LOWEST) / log(top / LOWEST));
		enum onset_band group = group_of(hz);

		if (band != last || group != o->bands[o->n_bands - 1].group)
			o->bands[o->n_bands++] = (struct band){
				.group = group, .level = level_of(hz) };
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

static uint8_t level_byte(float power)
{
	float db = 10 * log10f(power + 1e-10f) - LEVEL_FLOOR;

	return (uint8_t)lroundf(fminf(db * LEVEL_STEPS, UINT8_MAX));
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
			flux[o->bands[b].group] += level - past[b];
		past[b] = level;
		sums[o->bands[b].level] += energy;
	}
	for (int i = 0; i < LEVEL_BANDS; i++)
		o->levels[o->len - 1][i] = level_byte(sums[i]);
}

void onsets_feed(struct onsets *o, const float *samples, size_t n)
{
	frames_feed(o->frames, samples, n, add_frame, o);
}

/* Scales one group to a mean of 1, so that all groups weigh the same. 0: it is
 * nearly empty. */
static int normalize_band(const struct onsets *o, int group, float *out)
{
	double mean = 0;

	for (size_t i = 0; i < o->len; i++)
		mean += (double)o->flux[i][group];
	mean /= (double)o->len;
	if (mean < MIN_FLUX)
		return 0;
	for (size_t i = 0; i < o->len; i++)
		out[i] = o->flux[i][group] / (float)mean;
	return 1;
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
	int used = 0;

	memset(e, 0, sizeof(*e));
	e->rate = o->sample_rate / (double)o->hop;
	/* A difference belongs halfway between its two frames; and compressed
	 * levels rise before an onset reaches the middle of the window. */
	e->delay = ((double)o->hop * (1 - LAG / 2.0) -
	    (double)o->size * (0.5 - ATTACK_OFFSET)) / o->sample_rate;
	e->sum = xcalloc(o->len + 1, sizeof(*e->sum));
	for (int g = 0; g < ONSET_BANDS; g++) {
		e->band[g] = xcalloc(o->len + 1, sizeof(*e->band[g]));
		used += o->len > 0 && normalize_band(o, g, e->band[g]);
		for (size_t i = 0; i < o->len; i++)
			e->sum[i] += e->band[g][i];
	}
	if (used > 0) {
		e->len = o->len;
		normalize_locally(
		    e->sum, e->len, (size_t)(NEIGHBOURHOOD * e->rate));
	}
	e->levels = o->levels;
	o->levels = NULL;
	onsets_free(o);
}

void onsets_free(struct onsets *o)
{
	if (o == NULL)
		return;
	frames_free(o->frames);
	free(o->flux);
	free(o->levels);
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
