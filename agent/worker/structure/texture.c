/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/texture.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/numeric.h"
#include "base/mem.h"

#define RANGE 30.0		/* dB below the fullest count as nothing */
#define FULL_QUANTILE 0.95		/* of the beats have less */
#define SUSTAIN_QUANTILE 0.25		/* of a beat has less bass */
#define MIN_LEVEL (-75.0)	/* dB; a band that never has more is empty */

/* The indices of a beat in the envelope. */
struct span {
	size_t from, to;
};

/* The level in dB that the bass has in three quarters of a beat. */
static double sustain(const struct onset_envelope *e, struct span s)
{
	size_t counts[UINT8_MAX + 1] = { 0 }, below = 0;
	int level = 0;

	for (size_t i = s.from; i < s.to; i++)
		counts[e->levels[i][0]]++;
	for (; level < UINT8_MAX; level++) {
		below += counts[level];
		if ((double)below > SUSTAIN_QUANTILE * (double)(s.to - s.from))
			break;
	}
	return (double)level / LEVEL_STEPS + LEVEL_FLOOR;
}

/* A beat before scaling: levels in dB, onsets as they are. */
static void measure(const struct onset_envelope *e, const double *power,
    struct span s, float *out)
{
	double n = (double)(s.to - s.from);

	for (int b = 0; b < LEVEL_BANDS; b++) {
		double sum = 0;

		for (size_t i = s.from; i < s.to; i++)
			sum += power[e->levels[i][b]];
		out[TEXTURE_LEVEL + b] = (float)(10 * log10(sum / n + 1e-10));
	}
	out[TEXTURE_SUSTAIN] = (float)sustain(e, s);
	for (int b = 0; b < ONSET_BANDS; b++) {
		double sum = 0;

		for (size_t i = s.from; i < s.to; i++)
			sum += (double)e->band[b][i];
		out[TEXTURE_ONSETS + b] = (float)(sum / n);
	}
}

/* Scales one part of all beats to 0..1; sorted: room for as many values. */
static void scale(struct texture *t, int part, double *sorted)
{
	double full, x;

	for (size_t i = 0; i < t->len; i++)
		sorted[i] = (double)t->beat[i][part];
	sort_values(sorted, t->len);
	full = sorted[(size_t)(FULL_QUANTILE * (double)(t->len - 1))];
	for (size_t i = 0; i < t->len; i++) {
		x = (double)t->beat[i][part];
		if (part >= TEXTURE_ONSETS)
			x = full > 0 ? sqrt(x / full) : 0;
		else
			x = full > MIN_LEVEL ? 1 + (x - full) / RANGE : 0;
		t->beat[i][part] = (float)fmin(fmax(x, 0), 1);
	}
}

void texture_of(const struct onset_envelope *e, const double *beats,
    size_t count, struct texture *t)
{
	double power[UINT8_MAX + 1];
	double *sorted;

	memset(t, 0, sizeof(*t));
	for (int i = 0; i <= UINT8_MAX; i++)
		power[i] = pow(10, ((double)i / LEVEL_STEPS +
		    LEVEL_FLOOR) / 10);
	t->beat = xcalloc(count + 1, sizeof(*t->beat));
	for (size_t i = 0; i < count; i++) {
		struct span s = { onset_index(e, beats[i]), e->len };

		if (i + 1 < count)
			s.to = onset_index(e, beats[i + 1]);
		if (s.from >= s.to)
			break;
		measure(e, power, s, t->beat[t->len++]);
	}
	sorted = xcalloc(t->len + 1, sizeof(*sorted));
	for (int part = 0; part < TEXTURE_PARTS && t->len > 0; part++)
		scale(t, part, sorted);
	free(sorted);
}

void texture_free(struct texture *t)
{
	free(t->beat);
	memset(t, 0, sizeof(*t));
}
