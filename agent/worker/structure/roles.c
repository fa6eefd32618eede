/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/roles.h"

#include <math.h>

#include "worker/structure/sections.h"

/* All of them shares of the texture's 0..1. */
#define MISSING 0.07		/* of kick and bass: the groove is not full */
#define BROKEN 0.20		/* less of them: it is broken off */
#define QUIETER 0.10		/* may be all of a section */
#define SHORTEST 2		/* bars at the groove's beginning and end */
#define BARE 0.20		/* an outro's chords are weaker by this */
#define RISING 0.25		/* in a buildup, over all parts */
#define LONGEST_BUILDUP 16	/* bars */
#define THINNER 0.025		/* a drop has less than this below the
				   fullest, in the mean of all parts */
#define FULLER 0.03		/* or has so much more than ever before */
#define KICK 0.6		/* of the bass onsets that the groove has */
/* How much of all bars has the strongest: one short section does not make all
 * others weak. */
#define HALF 0.5
#define MUCH 0.25
#define SOME 0.15
#define LONGEST_LEAD (1.0 / 3)	/* of all bars, before or after the groove */

/* What kick and bass are heard by: how much there is of them, .. */
static double bass_of(const struct section *s)
{
	return (s->part[TEXTURE_LEVEL] + s->part[TEXTURE_LEVEL + 1] +
	    s->part[TEXTURE_SUSTAIN] + s->part[TEXTURE_ONSETS]) / 4;
}

/* .. and, however loud it is, that it lasts between kicks and has a body. */
static double tail_of(const struct section *s)
{
	return s->part[TEXTURE_SUSTAIN] - s->part[TEXTURE_LEVEL];
}

static double body_of(const struct section *s)
{
	return s->part[TEXTURE_LEVEL + 1] - s->part[TEXTURE_LEVEL];
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

static size_t bars_between(const struct sections *s, size_t from, size_t to)
{
	size_t bars = 0;

	for (size_t i = from; i < to; i++)
		bars += s->items[i].bars;
	return bars;
}

/* Of the strongest sections, that together have a share of all bars, the
 * weakest. */
static const struct section *strongest(const struct sections *s,
    double (*of)(const struct section *), double share)
{
	const struct section *best = NULL;
	size_t total = bars_between(s, 0, s->count);

	for (size_t i = 0; i < s->count; i++) {
		double value = of(&s->items[i]);
		size_t bars = 0;

		for (size_t k = 0; k < s->count; k++)
			bars += of(&s->items[k]) >= value ? s->items[k].bars :
			    0;
		if ((double)bars >= share * (double)total &&
		    (best == NULL || value > of(best)))
			best = &s->items[i];
	}
	return best;
}

/* How much of the groove a section lacks, about 0..1. A verse that is a few
 * dB quieter than the chorus lacks nothing. */
static double missing(const struct section *s, const struct section *full)
{
	double kick = full->part[TEXTURE_ONSETS] - s->part[TEXTURE_ONSETS];
	double low = full->part[TEXTURE_LEVEL] - s->part[TEXTURE_LEVEL];

	return (fmax(kick, 0) + fmax(low - QUIETER, 0) +
	    fmax(tail_of(full) - tail_of(s), 0) +
	    fmax(body_of(full) - body_of(s), 0)) / 3;
}

static bool is_full(const struct section *s, const struct section *full)
{
	return missing(s, full) < MISSING;
}

/* Does the groove begin or end with it? A count-in or a last chord may have
 * all that it has, but is none. */
static bool bounds_groove(const struct section *s, const struct section *full)
{
	return s->bars >= SHORTEST && is_full(s, full);
}

static void find_groove(const struct sections *s, const struct section *full,
    struct groove *g)
{
	double chords = chords_of(strongest(s, chords_of, MUCH));

	g->first = 0;
	g->end = s->count;
	while (g->first + 1 < g->end &&
	    !bounds_groove(&s->items[g->first], full))
		g->first++;
	while (g->end > g->first + 1 &&
	    !bounds_groove(&s->items[g->end - 1], full))
		g->end--;
	/* The tune has ended, and drums and bass are left to blend with. */
	while (g->end > g->first + 1 &&
	    chords_of(&s->items[g->end - 1]) < chords - BARE)
		g->end--;
}

/* Is so much outside of the groove that it was looked for in what is only the
 * climax? */
static bool is_late(const struct sections *s, const struct groove *g)
{
	double most = LONGEST_LEAD * (double)bars_between(s, 0, s->count);

	return (double)bars_between(s, 0, g->first) > most ||
	    (double)bars_between(s, g->end, s->count) > most;
}

/* From a section that rises on to where the groove comes in. Not the first one
 * without it, though: a song that begins is no buildup. */
static bool is_buildup(const struct sections *s, size_t i,
    const struct section *full)
{
	size_t bars = 0;

	for (size_t k = i; k < s->count && !is_full(&s->items[k], full); k++)
		bars += s->items[k].bars;
	while (i > 0 && !is_full(&s->items[i - 1], full) &&
	    bars <= LONGEST_BUILDUP) {
		if (s->items[i].rise >= RISING)
			return true;
		bars += s->items[--i].bars;
	}
	return false;
}

/* The role of a section in between without the full groove. */
static enum segment_type role_of_break(const struct sections *s, size_t i,
    const struct section *full)
{
	if (is_buildup(s, i, full))
		return SEGMENT_BUILDUP;
	return bass_of(&s->items[i]) < bass_of(full) - BROKEN ?
	    SEGMENT_BREAKDOWN : SEGMENT_VERSE;
}

/* All but the drops. */
static void name(struct sections *s, const struct groove *g,
    const struct section *full)
{
	for (size_t i = 0; i < s->count; i++) {
		struct section *one = &s->items[i];

		if (i < g->first)
			one->type = is_buildup(s, i, full) ? SEGMENT_BUILDUP :
			    SEGMENT_INTRO;
		else if (i >= g->end)
			one->type = SEGMENT_OUTRO;
		else if (is_full(one, full))
			one->type = SEGMENT_VERSE;
		else
			one->type = role_of_break(s, i, full);
	}
}

static bool begins_with_drums(const struct sections *s, const struct groove *g)
{
	return g->first > 0 && section_has_kick(&s->items[g->first - 1],
	    &s->items[g->first]);
}

/* Is it made to be mixed, and danced to? Then it begins with drums, or builds
 * something up. */
static bool is_for_dancing(const struct sections *s, const struct groove *g)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->items[i].type == SEGMENT_BUILDUP)
			return true;
	}
	return begins_with_drums(s, g);
}

/* best: the fullest there was before. */
static bool is_drop(const struct section *one, double best, bool dancing,
    double fullest)
{
	double fullness = fullness_of(one);

	switch (one[-1].type) {
	case SEGMENT_BUILDUP:
		return true;
	case SEGMENT_DROP:
		return fullness >= fullest - THINNER;
	case SEGMENT_BREAKDOWN:
		return fullness >= fullest - THINNER &&
		    (dancing || fullness >= best + FULLER);
	default:
		return false;
	}
}

static void name_drops(struct sections *s, const struct groove *g,
    const struct section *full)
{
	double fullest = fullness_of(strongest(s, fullness_of, SOME));
	double best = 0;
	bool dancing = is_for_dancing(s, g), any = false;
	struct section *first = &s->items[g->first];

	for (size_t i = g->first; i < g->end; i++) {
		struct section *one = &s->items[i];

		if (!is_full(one, full))
			continue;
		if (i > 0 && is_drop(one, best, dancing, fullest)) {
			one->type = SEGMENT_DROP;
			any = true;
		}
		best = fmax(best, fullness_of(one));
	}
	if (any && begins_with_drums(s, g) &&
	    fullness_of(first) >= fullest - THINNER)
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
	const struct section *full = strongest(s, bass_of, MUCH);

	find_groove(s, full, g);
	if (is_late(s, g)) {
		full = strongest(s, bass_of, HALF);
		find_groove(s, full, g);
	}
	name(s, g, full);
	name_drops(s, g, full);
	join_neighbours(s, g);
}
