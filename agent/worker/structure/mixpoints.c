/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/mixpoints.h"

#include <math.h>

#include "worker/rhythm/meter.h"
#include "worker/structure/roles.h"
#include "worker/structure/sections.h"
#include "types/structure.h"

/* When section i begins: with a bar, also the first one. */
static double begin_of(const struct sections *s, size_t i,
    const struct meter *m)
{
	return m->beats[i == 0 ? m->downbeat : s->items[i].from];
}

/* When the first section of a type begins; 0: there is none. */
static double first_of(const struct sections *s, enum segment_type type,
    const struct meter *m)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->items[i].type == type)
			return begin_of(s, i, m);
	}
	return 0;
}

/* When the intro ends; 0: there is none. */
static double intro_end(const struct sections *s, const struct meter *m)
{
	size_t i = 0;

	while (i < s->count && s->items[i].type == SEGMENT_INTRO)
		i++;
	return i > 0 && i < s->count ? begin_of(s, i, m) : 0;
}

void mixpoints_find(const struct sections *s, const struct groove *g,
    const struct meter *m, double duration, struct structure *o)
{
	double in = fmax(begin_of(s, g->first, m), 0);
	double out = g->end < s->count ? begin_of(s, g->end, m) : duration;

	if (!(in < out && out <= duration))
		return;
	o->mix_in = in;
	o->mix_out = out;
	o->intro_end = intro_end(s, m);
	o->outro_start = first_of(s, SEGMENT_OUTRO, m);
	o->drop = first_of(s, SEGMENT_DROP, m);
	o->breakdown = first_of(s, SEGMENT_BREAKDOWN, m);
}
