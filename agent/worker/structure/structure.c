/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/structure.h"

#include <math.h>

#include "worker/rhythm/onset.h"
#include "worker/structure/mixing.h"
#include "worker/structure/roles.h"
#include "worker/structure/sections.h"
#include "worker/structure/texture.h"
#include "base/mem.h"
#include "types/media.h"

/* At most fifteen sections, or in a long mix one each twenty seconds. */
#define USUAL_SECTIONS 15
#define SECONDS_A_SECTION 20.0
#define CURVE_RATE 0.5		/* values a second, at most */
#define RANGE 30.0		/* dB of a band's energy */

/* Mean levels of loud masters in dB: energy 1. */
static const double loud[LEVEL_BANDS] = { -13, -14, -17, -23, -31 };

double structure_energy(const struct onset_envelope *e, double from, double to)
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

/* One value each two seconds, or each four, eight, ... if that is too many. */
static void fill_curve(const struct onset_envelope *e, double duration,
    struct structure *o)
{
	double rate = CURVE_RATE;

	if (e->len == 0)
		return;
	while (ceil(duration * rate) > STRUCTURE_MAX_CURVE)
		rate /= 2;
	o->curve_rate = rate;
	o->n_curve = (size_t)ceil(duration * rate);
	o->curve = xcalloc(o->n_curve + 1, sizeof(*o->curve));
	for (size_t i = 0; i < o->n_curve; i++)
		o->curve[i] = (uint8_t)lround(100 * structure_energy(e,
		    (double)i / rate, (double)(i + 1) / rate));
}

static void write_segments(const struct onset_envelope *e,
    const struct sections *s, const struct meter *m, struct analysis *a)
{
	struct structure *o = &a->structure;

	o->n_segments = s->count;
	o->segments = xcalloc(s->count, sizeof(*o->segments));
	for (size_t i = 0; i < s->count; i++) {
		double from = i > 0 ? m->beats[s->items[i].from] : 0;
		double to = i + 1 < s->count ? m->beats[s->items[i].to] :
		    a->duration;

		o->segments[i].start = from;
		o->segments[i].type = s->items[i].type;
		o->segments[i].energy = (float)structure_energy(e, from, to);
	}
}

void structure_find(const struct onset_envelope *e, const struct meter *m,
    struct analysis *a)
{
	struct texture t;
	struct sections s;
	struct groove g;

	fill_curve(e, a->duration, &a->structure);
	if (m == NULL)
		return;
	texture_of(e, m->beats, m->count, &t);
	sections_find(&t, m, (size_t)fmin(fmax(a->duration / SECONDS_A_SECTION,
	    USUAL_SECTIONS), STRUCTURE_MAX_SEGMENTS), &s);
	if (s.count > 0) {
		roles_assign(&s, &g);
		write_segments(e, &s, m, a);
		mixing_find(&s, &g, m, a);
	}
	sections_free(&s);
	texture_free(&t);
}
