/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/roles.h"

#include <stdlib.h>

#include "analysis/sections.h"


/* All of them shares of the texture's 0..1. */
#define LIGHTER 0.06		/* less bass than this below the strongest:
				   the groove is not full */
#define BROKEN 0.20		/* and than this: it is broken off */
#define BARE 0.20		/* an outro's chords are weaker by this */
#define RISING 0.25		/* in a buildup, over all parts */
#define THINNER 0.03		/* a drop has less than this below the
				   fullest, in the mean of all parts */
#define KICK 0.6		/* of the bass onsets that the groove has */
/* How much of all bars has the strongest: one short section does not make all
 * others weak. */
#define MUCH 0.25
#define SOME 0.15

/* What kick and bass are heard by. */
static double bass_of(const struct section *s)
{
	return (s->part[TEXTURE_LEVEL] + s->part[TEXTURE_LEVEL + 1] +
	    s->part[TEXTURE_SUSTAIN] + s->part[TEXTURE_ONSETS]) / 4;
}

bool section_has_kick(const struct section *s, const struct section *full)
{
	return s->part[TEXTURE_ONSETS + ONSET_LOW] >=
	    KICK * full->part[TEXTURE_ONSETS + ONSET_LOW];
}

static double chords_of(const struct section *s)
{
	return s->part[TEXTURE_LEVEL + 2];
}

static double fullness_of(const struct section *s)
{
	double sum = 0;

	for (int part = 0; part < TEXTURE_PARTS; part++)
		sum += s->part[part];
	return sum / TEXTURE_PARTS;
}

/* What the strongest sections have that make up a share of all bars. */
static double strongest(const struct sections *s,
    double (*of)(const struct section *), double share)
{
	size_t total = 0;
	double best = 0;

	for (size_t i = 0; i < s->count; i++)
		total += s->items[i].bars;
	for (size_t i = 0; i < s->count; i++) {
		double value = of(&s->items[i]);
		size_t bars = 0;

		for (size_t k = 0; k < s->count; k++)
			bars += of(&s->items[k]) >= value ? s->items[k].bars :
			    0;
		if ((double)bars >= share * (double)total && value > best)
			best = value;
	}
	return best;
}

static bool is_full(const struct section *s, double bass)
{
	return bass_of(s) >= bass - LIGHTER;
}

static void find_groove(const struct sections *s, double bass,
    struct groove *g)
{
	double chords = strongest(s, chords_of, MUCH);

	g->first = 0;
	g->end = s->count;
	while (!is_full(&s->items[g->first], bass))
		g->first++;
	while (!is_full(&s->items[g->end - 1], bass))
		g->end--;
	/* The tune has ended, and drums and bass are left to blend with. */
	while (g->end > g->first + 1 &&
	    chords_of(&s->items[g->end - 1]) < chords - BARE)
		g->end--;
}

/* From the first section that rises on to where the groove comes in. Not the
 * first one without it, though: a song that begins is no buildup. */
static bool is_buildup(const struct sections *s, size_t i, double bass)
{
	for (; i > 0 && !is_full(&s->items[i - 1], bass); i--) {
		if (s->items[i].rise >= RISING)
			return true;
	}
	return false;
}

/* The role of a section in between without the full groove. */
static enum segment_type role_of_break(const struct sections *s, size_t i,
    double bass)
{
	if (is_buildup(s, i, bass))
		return SEGMENT_BUILDUP;
	return bass_of(&s->items[i]) < bass - BROKEN ? SEGMENT_BREAKDOWN :
	    SEGMENT_VERSE;
}

static enum segment_type role_of_groove(const struct sections *s, size_t i,
    double fullest)
{
	const struct section *one = &s->items[i];
	enum segment_type before = i > 0 ? one[-1].type : SEGMENT_UNKNOWN;

	if (before == SEGMENT_BUILDUP)
		return SEGMENT_DROP;
	if ((before == SEGMENT_BREAKDOWN || before == SEGMENT_DROP) &&
	    fullness_of(one) >= fullest - THINNER)
		return SEGMENT_DROP;
	return SEGMENT_VERSE;
}

static void name(struct sections *s, const struct groove *g, double bass)
{
	double fullest = strongest(s, fullness_of, SOME);

	for (size_t i = 0; i < s->count; i++) {
		struct section *one = &s->items[i];

		if (i < g->first)
			one->type = is_buildup(s, i, bass) ? SEGMENT_BUILDUP :
			    SEGMENT_INTRO;
		else if (i >= g->end)
			one->type = SEGMENT_OUTRO;
		else if (is_full(one, bass))
			one->type = role_of_groove(s, i, fullest);
		else
			one->type = role_of_break(s, i, bass);
	}
}

/* A groove that comes in at its fullest after drums alone is a drop too, in a
 * recording that has drops. */
static void name_first_drop(struct sections *s, const struct groove *g)
{
	struct section *first = &s->items[g->first];
	bool has_drops = false;

	for (size_t i = 0; i < s->count; i++)
		has_drops = has_drops || s->items[i].type == SEGMENT_DROP;
	if (has_drops && g->first > 0 && section_has_kick(&first[-1], first) &&
	    fullness_of(first) >= strongest(s, fullness_of, SOME) - THINNER)
		first->type = SEGMENT_DROP;
}

/* Adds the next section to this one. */
static void join(struct section *one, const struct section *next)
{
	double share = (double)next->bars / (double)(one->bars + next->bars);

	for (int part = 0; part < TEXTURE_PARTS; part++)
		one->part[part] += share * (next->part[part] -
		    one->part[part]);
	one->bars += next->bars;
	one->to = next->to;
}

static bool is_one(const struct section *a, const struct section *b)
{
	return a->type == b->type && a->type != SEGMENT_VERSE &&
	    a->type != SEGMENT_DROP;
}

static void join_neighbours(struct sections *s, struct groove *g)
{
	size_t kept = 0;
	struct groove old = *g;

	for (size_t i = 0; i < s->count; i++) {
		if (i == old.first)
			g->first = kept;
		if (i > 0 && is_one(&s->items[kept - 1], &s->items[i]))
			join(&s->items[kept - 1], &s->items[i]);
		else
			s->items[kept++] = s->items[i];
		if (i + 1 == old.end)
			g->end = kept;
	}
	s->count = kept;
}

void roles_assign(struct sections *s, struct groove *g)
{
	double bass = strongest(s, bass_of, MUCH);

	find_groove(s, bass, g);
	name(s, g, bass);
	name_first_drop(s, g);
	join_neighbours(s, g);
}
