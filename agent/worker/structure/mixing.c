/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/mixing.h"

#include <math.h>

#include "worker/rhythm/meter.h"
#include "worker/structure/roles.h"
#include "worker/structure/sections.h"
#include "types/media.h"

#define LONG_BLEND 16		/* bars */
#define SHORT_BLEND 4
#define CLEAN_OUTRO 8
#define MAX_DRIFTING 8		/* bars, with a changing tempo */
#define STRONG_DROP 0.1f

/* The start of section i; of the first one, the downbeat. */
static double begin_of(const struct sections *s, size_t i,
    const struct meter *m)
{
	return m->beats[i == 0 ? m->downbeat : s->items[i].from];
}

/* False: the groove has no length. */
static bool find_points(const struct sections *s, const struct groove *g,
    const struct meter *m, double duration, struct structure *o)
{
	double in = fmax(begin_of(s, g->first, m), 0);
	double out = g->end < s->count ? begin_of(s, g->end, m) : duration;

	if (!(in < out && out <= duration))
		return false;
	o->mix_in = in;
	o->mix_out = out;
	/* Backwards, so that the first of each type remains. */
	for (size_t i = s->count; i-- > 0;) {
		enum segment_type type = s->items[i].type;

		if (type == SEGMENT_OUTRO)
			o->outro_start = begin_of(s, i, m);
		else if (type == SEGMENT_DROP)
			o->drop = begin_of(s, i, m);
		else if (type == SEGMENT_BREAKDOWN)
			o->breakdown = begin_of(s, i, m);
		if (type != SEGMENT_INTRO)
			o->intro_end = i > 0 ? begin_of(s, i, m) : 0;
	}
	return true;
}

/* A lead-in or lead-out. */
struct lead {
	size_t bars;
	bool has_kick;
};

/* Of sections [from, to); the longest decides whether there is a kick. */
static struct lead lead_of(const struct sections *s, size_t from, size_t to,
    const struct section *full)
{
	const struct section *longest = NULL;
	struct lead lead = { 0 };

	for (size_t i = from; i < to; i++) {
		lead.bars += s->items[i].bars;
		if (longest == NULL || s->items[i].bars > longest->bars)
			longest = &s->items[i];
	}
	lead.has_kick = longest != NULL && section_has_kick(longest, full);
	return lead;
}

static enum transition choose_transition(const struct lead *l, bool constant)
{
	if (l->bars < SHORT_BLEND)
		return TRANSITION_CUT;
	if (!l->has_kick)
		return TRANSITION_FILTER_SWEEP;
	return l->bars >= LONG_BLEND && constant ? TRANSITION_LONG_BLEND :
	    TRANSITION_SHORT_BLEND;
}

static bool has_strong_drop(const struct sections *s, const struct structure *o)
{
	for (size_t i = 1; i < s->count; i++) {
		const struct section *one = &s->items[i];
		const struct segment *segment = &o->segments[i];

		if (one->type == SEGMENT_DROP &&
		    !section_has_kick(&one[-1], one) &&
		    segment->energy >= segment[-1].energy + STRONG_DROP)
			return true;
	}
	return false;
}

void mixing_find(const struct sections *s, const struct groove *g,
    const struct meter *m, struct analysis *a)
{
	struct structure *o = &a->structure;
	struct lead in = lead_of(s, 0, g->first, &s->items[g->first]);
	struct lead out = lead_of(s, g->end, s->count,
	    &s->items[g->end - 1]);
	size_t room = in.bars < out.bars ? in.bars : out.bars;

	if (!find_points(s, g, m, a->duration, o))
		return;
	o->hint_in = choose_transition(&in, a->constant);
	o->hint_out = choose_transition(&out, a->constant);
	if (o->hint_out == TRANSITION_CUT && out.bars > 0)
		o->hint_out = TRANSITION_ECHO_OUT;
	if (!a->constant && room > MAX_DRIFTING)
		room = MAX_DRIFTING;
	o->crossfade_bars = 32;
	while (o->crossfade_bars > 4 && (size_t)o->crossfade_bars > room)
		o->crossfade_bars /= 2;
	o->strong_drop = has_strong_drop(s, o);
	o->clean_outro = out.bars >= CLEAN_OUTRO && out.has_kick;
}
