/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/sections.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MIN_BARS 8
#define MAX_BARS 128		/* of one section, unless there are too many */
/* The cost of a section in squares of the texture's parts: about that of eight
 * bars which differ from the eight before by a tenth in three parts. */
#define SECTION_COST 0.12
#define COST_STEP 1.3		/* factor, while there are too many sections */

/* Cumulative sums over bars: means of any range take constant time. */
struct bars {
	size_t count;
	double (*sums)[TEXTURE_PARTS];	/* count + 1: of the bars before */
	double *squares;		/* likewise, of all parts */
};

typedef double bar_parts[TEXTURE_PARTS];

/* Each bar is replaced by the median of itself and its neighbours, so that a
 * fill or a break of one bar is no section; steps stay where they are. */
static void add_bar(struct bars *b, bar_parts *bars, size_t i)
{
	b->squares[i + 1] = b->squares[i];
	for (int part = 0; part < TEXTURE_PARTS; part++) {
		double x = bars[i][part];

		if (i > 0 && i + 1 < b->count) {
			double before = bars[i - 1][part];
			double after = bars[i + 1][part];

			x = fmax(fmin(before, x), fmin(fmax(before, x), after));
		}
		b->sums[i + 1][part] = b->sums[i][part] + x;
		b->squares[i + 1] += x * x;
	}
}

static void sum_bars(struct bars *b, const struct texture *t,
    const struct meter *m)
{
	size_t bar = (size_t)m->beats_per_bar;
	size_t count = t->len > m->downbeat ? (t->len - m->downbeat) / bar : 0;
	bar_parts *bars = xcalloc(count + 1, sizeof(*bars));

	for (size_t k = 0; k < count * bar; k++) {
		for (int part = 0; part < TEXTURE_PARTS; part++)
			bars[k / bar][part] +=
			    (double)t->beat[m->downbeat + k][part];
	}
	for (size_t i = 0; i < count; i++) {
		for (int part = 0; part < TEXTURE_PARTS; part++)
			bars[i][part] /= (double)bar;
	}
	b->count = count;
	b->sums = xcalloc(count + 1, sizeof(*b->sums));
	b->squares = xcalloc(count + 1, sizeof(*b->squares));
	for (size_t i = 0; i < count; i++)
		add_bar(b, bars, i);
	free(bars);
}

static double mean_part(const struct bars *b, size_t from, size_t to, int part)
{
	return (b->sums[to][part] - b->sums[from][part]) / (double)(to - from);
}

/* The sum of squared deviations of bars from their mean. */
static double deviation(const struct bars *b, size_t from, size_t to)
{
	double rest = b->squares[to] - b->squares[from];

	for (int part = 0; part < TEXTURE_PARTS; part++) {
		double mean = mean_part(b, from, to, part);

		rest -= mean * mean * (double)(to - from);
	}
	return fmax(rest, 0);
}

/* The relative cost of a section by its length: phrases have a multiple of 8
 * bars, or of 4. */
static double length_penalty(size_t bars, bool at_edge)
{
	double odd = bars % 8 == 0 ? 0 : bars % 4 == 0 ? 0.5 :
	    bars % 2 == 0 ? 1.5 : 3;

	/* The first and the last section may be shorter. */
	return 1 + (at_edge ? odd / 2 : odd);
}

/* The segmentation of least cost: start[i] is the first bar of the section that
 * ends before bar i. Returns the number of sections. */
static size_t segment_bars(const struct bars *b, double section_cost,
    size_t longest, size_t *start)
{
	double *cost = xcalloc(b->count + 1, sizeof(*cost));
	size_t sections = 0;

	for (size_t to = 1; to <= b->count; to++) {
		size_t most = to < longest ? to : longest;

		cost[to] = DBL_MAX;
		for (size_t len = 1; len <= most; len++) {
			bool at_edge = len == to || to == b->count;
			double c = cost[to - len] + deviation(b, to - len, to) +
			    section_cost * length_penalty(len, at_edge);

			if (c < cost[to]) {
				cost[to] = c;
				start[to] = to - len;
			}
		}
	}
	free(cost);
	for (size_t at = b->count; at > 0; at = start[at])
		sections++;
	return sections;
}

/* start: as segment_bars filled it. */
static void build_sections(struct sections *s, const struct bars *b,
    const size_t *start, const struct meter *m, size_t beats)
{
	size_t to = b->count, end = beats;

	s->items = xcalloc(s->count, sizeof(*s->items));
	for (size_t i = s->count; i-- > 0; to = start[to]) {
		struct section *one = &s->items[i];
		size_t from = start[to], half = (to - from) / 2;

		one->bars = to - from;
		one->to = end;
		one->from = m->downbeat + from * (size_t)m->beats_per_bar;
		end = one->from;
		for (int part = 0; part < TEXTURE_PARTS; part++) {
			one->part[part] = mean_part(b, from, to, part);
			if (half > 0)
				one->rise += mean_part(b, to - half, to, part) -
				    mean_part(b, from, from + half, part);
		}
	}
	s->items[0].from = 0;
}

void sections_find(const struct texture *t, const struct meter *m, size_t max,
    struct sections *s)
{
	struct bars b;
	size_t *start, longest;

	memset(s, 0, sizeof(*s));
	sum_bars(&b, t, m);
	if (b.count >= MIN_BARS) {
		start = xcalloc(b.count + 1, sizeof(*start));
		/* Twice the average length always suffices. */
		longest = b.count / max * 2 + 8;
		longest = longest < MAX_BARS ? MAX_BARS : longest / 8 * 8;
		for (double cost = SECTION_COST;; cost *= COST_STEP) {
			s->count = segment_bars(&b, cost, longest, start);
			if (s->count <= max)
				break;
		}
		build_sections(s, &b, start, m, t->len);
		free(start);
	}
	free(b.sums);
	free(b.squares);
}

void sections_free(struct sections *s)
{
	free(s->items);
	memset(s, 0, sizeof(*s));
}
