/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/curve.h"

#include <math.h>

#include "worker/rhythm/onset.h"
#include "base/mem.h"
#include "types/structure.h"

#define RATE 0.5		/* values a second, at most */
#define RANGE 30.0		/* dB */

/* Mean levels of loud masters in dB: energy 1. */
static const double loud[LEVEL_BANDS] = { -13, -14, -17, -23, -31 };

double curve_energy(const struct onset_envelope *e, double from, double to)
{
	size_t begin = onset_index(e, from), end = onset_index(e, to);
	double sum = 0;

	for (size_t i = begin; i < end; i++) {
		for (int b = 0; b < LEVEL_BANDS; b++) {
			double db = (double)e->levels[i][b] / LEVEL_STEPS +
			    LEVEL_FLOOR;

			sum += fmin(fmax(1 + (db - loud[b]) / RANGE, 0), 1);
		}
	}
	return begin < end ? sum / (double)(end - begin) / LEVEL_BANDS : 0;
}

void curve_fill(const struct onset_envelope *e, double duration,
    struct structure *o)
{
	double rate = RATE;

	if (e->len == 0)
		return;
	while (ceil(duration * rate) > STRUCTURE_MAX_CURVE)
		rate /= 2;
	o->curve_rate = rate;
	o->n_curve = (size_t)ceil(duration * rate);
	o->curve = xcalloc(o->n_curve + 1, sizeof(*o->curve));
	for (size_t i = 0; i < o->n_curve; i++)
		o->curve[i] = (uint8_t)lround(100 * curve_energy(e,
		    (double)i / rate, (double)(i + 1) / rate));
}
