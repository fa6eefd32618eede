/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/roles.h"

#include <math.h>

#include "worker/structure/sections.h"

/* In units of the texture's 0..1. */
#define MAX_MISSING 0.07	/* of kick and bass in the full groove */
#define MAX_BASS_DROP 0.20	/* more is a breakdown */
#define LEVEL_TOLERANCE 0.10	/* a whole section may be that much quieter */
#define MAX_CHORD_DROP 0.20	/* more at the end is an outro */
#define MIN_RISE 0.25		/* of a buildup, over all parts */
#define FULLNESS_TOLERANCE 0.025 /* of a drop below the fullest section */
#define FULLNESS_GAIN 0.03	/* of a drop over all sections before */
#define KICK_SHARE 0.6		/* of the groove's bass onsets */

#define MIN_BARS 2		/* at the groove's beginning and end */
#define MAX_BUILDUP 16		/* bars */
/* Shares of all bars. The strongest sections together have such a share, so
 * that one short section does not make all others weak. */
#define HALF 0.5
#define MUCH 0.25
#define SOME 0.15
#define MAX_LEAD (1.0 / 3)	/* before or after the groove */

/* Kick and bass. */
static double bass_level(const struct section *s)
{
	return (s->part[TEXTURE_LEVEL] + s->part[TEXTURE_LEVEL + 1] +
	    s->part[TEXTURE_SUSTAIN] + s->part[TEXTURE_ONSETS]) / 4;
}

bool section_has_kick(const struct section *s, const struct section *full)
{
	return s->part[TEXTURE_ONSETS + ONSET_LOW] >=
	    KICK_SHARE * full->part[TEXTURE_ONSETS + ONSET_LOW];
}

static double chord_level(const struct section *s)
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

/* The weakest of the strongest sections that together have a share of all
 * bars. */
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

/* Whether a section has the groove of the full one; what is missing of it is
 * about 0..1. A verse that is a few dB quieter than the chorus lacks nothing:
 * how long and how full kick and bass sound is independent of level. */
static bool is_full(const struct section *s, const struct section *full)
{
	static const int parts[] = { TEXTURE_SUSTAIN, TEXTURE_LEVEL + 1 };
	const int level = TEXTURE_LEVEL;
	double kick = full->part[TEXTURE_ONSETS] - s->part[TEXTURE_ONSETS];
	double low = full->part[level] - s->part[level];
	double missing = fmax(kick, 0) + fmax(low - LEVEL_TOLERANCE, 0);

	for (int i = 0; i < 2; i++)
		missing += fmax((full->part[parts[i]] - full->part[level]) -
		    (s->part[parts[i]] - s->part[level]), 0);
	return missing / 3 < MAX_MISSING;
}

/* The groove does not begin or end with a count-in or a last chord, which are
 * too short. True if intro or outro are so long that it is only the climax. */
static bool find_groove(const struct sections *s, const struct section *full,
    struct groove *g)
{
	double chords = chord_level(strongest(s, chord_level, MUCH));
	double longest = MAX_LEAD * (double)bars_between(s, 0, s->count);
	size_t first = 0, end = s->count;
	const struct section *last = &s->items[end - 1];

	while (first + 1 < end && (s->items[first].bars < MIN_BARS ||
	    !is_full(&s->items[first], full)))
		first++;
	for (; end > first + 1 && (last->bars < MIN_BARS ||
	    !is_full(last, full)); last--)
		end--;
	/* Drums and bass without chords at the end are an outro. */
	for (; end > first + 1 &&
	    chord_level(last) < chords - MAX_CHORD_DROP; last--)
		end--;
	*g = (struct groove){ .first = first, .end = end };
	return (double)bars_between(s, 0, first) > longest ||
	    (double)bars_between(s, end, s->count) > longest;
}

/* Whether section i is between a rising section and the next groove. The first
 * section without groove is excluded: the start of a song is no buildup. */
static bool is_buildup(const struct sections *s, size_t i,
    const struct section *full)
{
	size_t bars = 0;

	for (size_t k = i; k < s->count && !is_full(&s->items[k], full); k++)
		bars += s->items[k].bars;
	while (i > 0 && !is_full(&s->items[i - 1], full) &&
	    bars <= MAX_BUILDUP) {
		if (s->items[i].rise >= MIN_RISE)
			return true;
		bars += s->items[--i].bars;
	}
	return false;
}

/* All types except drops. */
static void assign_types(struct sections *s, const struct groove *g,
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
		else if (is_buildup(s, i, full))
			one->type = SEGMENT_BUILDUP;
		else
			one->type = bass_level(one) < bass_level(full) -
			    MAX_BASS_DROP ? SEGMENT_BREAKDOWN : SEGMENT_VERSE;
	}
}

/* best: the highest fullness before; fullest: the highest of all. */
static bool is_drop(const struct section *one, double best, bool dancing,
    double fullest)
{
	double fullness = fullness_of(one);

	switch (one[-1].type) {
	case SEGMENT_BUILDUP:
		return true;
	case SEGMENT_DROP:
		return fullness >= fullest - FULLNESS_TOLERANCE;
	case SEGMENT_BREAKDOWN:
		return fullness >= fullest - FULLNESS_TOLERANCE &&
		    (dancing || fullness >= best + FULLNESS_GAIN);
	default:
		return false;
	}
}

/* Dance music begins with drums or has buildups. */
static void assign_drops(struct sections *s, const struct groove *g,
    const struct section *full)
{
	double fullest = fullness_of(strongest(s, fullness_of, SOME));
	double best = 0;
	struct section *first = &s->items[g->first];
	bool drums_first = g->first > 0 && section_has_kick(first - 1, first);
	bool dancing = drums_first, any = false;

	for (size_t i = 0; i < s->count; i++)
		dancing |= s->items[i].type == SEGMENT_BUILDUP;
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
	if (any && drums_first &&
	    fullness_of(first) >= fullest - FULLNESS_TOLERANCE)
		first->type = SEGMENT_DROP;
}

/* Whether two neighbours form one section; if so, a is it then. */
static bool merge_sections(struct section *a, const struct section *b)
{
	double share = (double)b->bars / (double)(a->bars + b->bars);

	if (a->type != b->type || a->type == SEGMENT_VERSE ||
	    a->type == SEGMENT_DROP)
		return false;
	for (int part = 0; part < TEXTURE_PARTS; part++)
		a->part[part] += share * (b->part[part] - a->part[part]);
	a->bars += b->bars;
	a->to = b->to;
	return true;
}

void roles_assign(struct sections *s, struct groove *g)
{
	const struct section *full = strongest(s, bass_level, MUCH);
	struct groove all;
	size_t kept = 0;

	if (find_groove(s, full, g)) {
		full = strongest(s, bass_level, HALF);
		find_groove(s, full, g);
	}
	assign_types(s, g, full);
	assign_drops(s, g, full);
	all = *g;
	for (size_t i = 0; i < s->count; i++) {
		if (i == all.first)
			g->first = kept;
		if (i == 0 || !merge_sections(&s->items[kept - 1],
		    &s->items[i]))
			s->items[kept++] = s->items[i];
		if (i + 1 == all.end)
			g->end = kept;
	}
	s->count = kept;
}
