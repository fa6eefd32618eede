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

/* ---- points ---- */

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

static void find_points(const struct sections *s, const struct groove *g,
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

/* ---- hints ---- */

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

static int crossfade_bars(const struct lead *in, const struct lead *out,
    bool constant)
{
	size_t room = in->bars < out->bars ? in->bars : out->bars;
	int bars = 32;

	if (!constant && room > MAX_DRIFTING)
		room = MAX_DRIFTING;
	while (bars > 4 && (size_t)bars > room)
		bars /= 2;
	return bars;
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

static void derive_hints(const struct sections *s, const struct groove *g,
    bool constant, struct structure *o)
{
	struct lead in = lead_of(s, 0, g->first, &s->items[g->first]);
	struct lead out = lead_of(s, g->end, s->count,
	    &s->items[g->end - 1]);

	o->hint_in = choose_transition(&in, constant);
	o->hint_out = choose_transition(&out, constant);
	if (o->hint_out == TRANSITION_CUT && out.bars > 0)
		o->hint_out = TRANSITION_ECHO_OUT;
	o->crossfade_bars = crossfade_bars(&in, &out, constant);
	o->strong_drop = has_strong_drop(s, o);
	o->clean_outro = out.bars >= CLEAN_OUTRO && out.has_kick;
}

void mixing_find(const struct sections *s, const struct groove *g,
    const struct meter *m, struct analysis *a)
{
	find_points(s, g, m, a->duration, &a->structure);
	if (a->structure.mix_out > 0)
		derive_hints(s, g, a->constant, &a->structure);
}
