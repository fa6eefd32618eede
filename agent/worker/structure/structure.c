/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/structure.h"

#include <math.h>

#include "worker/structure/curve.h"
#include "worker/structure/mixing.h"
#include "worker/structure/roles.h"
#include "worker/structure/sections.h"
#include "worker/structure/texture.h"
#include "base/mem.h"
#include "types/media.h"

/* At most fifteen sections, or in a long mix one each twenty seconds. */
#define USUAL_SECTIONS 15
#define SECONDS_A_SECTION 20.0

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
		o->segments[i].energy = (float)curve_energy(e, from, to);
	}
}

void structure_find(const struct onset_envelope *e, const struct meter *m,
    struct analysis *a)
{
	struct texture t;
	struct sections s;
	struct groove g;

	curve_fill(e, a->duration, &a->structure);
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
