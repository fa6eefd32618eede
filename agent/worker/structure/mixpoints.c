/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/mixpoints.h"

#include <math.h>

#include "worker/rhythm/meter.h"
#include "worker/structure/roles.h"
#include "worker/structure/sections.h"
#include "types/structure.h"

/* The start of section i; of the first one, the downbeat. */
static double begin_of(const struct sections *s, size_t i,
    const struct meter *m)
{
	return m->beats[i == 0 ? m->downbeat : s->items[i].from];
}

/* The start of the first section of a type; 0: none. */
static double first_of(const struct sections *s, enum segment_type type,
    const struct meter *m)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->items[i].type == type)
			return begin_of(s, i, m);
	}
	return 0;
}

void mixpoints_find(const struct sections *s, const struct groove *g,
    const struct meter *m, double duration, struct structure *o)
{
	double in = fmax(begin_of(s, g->first, m), 0);
	double out = g->end < s->count ? begin_of(s, g->end, m) : duration;
	size_t intro = 0;

	if (!(in < out && out <= duration))
		return;
	o->mix_in = in;
	o->mix_out = out;
	while (intro < s->count && s->items[intro].type == SEGMENT_INTRO)
		intro++;
	if (intro > 0 && intro < s->count)
		o->intro_end = begin_of(s, intro, m);
	o->outro_start = first_of(s, SEGMENT_OUTRO, m);
	o->drop = first_of(s, SEGMENT_DROP, m);
	o->breakdown = first_of(s, SEGMENT_BREAKDOWN, m);
}
