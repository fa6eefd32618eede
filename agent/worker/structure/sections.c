/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/structure/sections.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FEWEST_BARS 8
#define LONGEST 128		/* bars of one section, where that suffices */
/* What a section costs, in squares of the texture's parts: eight bars that
 * differ from the eight before by a tenth in three parts pay for it. */
#define PRICE 0.12
#define DEARER 1.3		/* step by step, while there are too many */

/* Bars, summed up so that any stretch of them is told at once. */
struct bars {
	size_t count;
	double (*sums)[TEXTURE_PARTS];	/* count + 1: of the bars before */
	double *squares;		/* likewise, of all parts */
};

typedef double bar_parts[TEXTURE_PARTS];

static void mean_of_bar(const struct texture *t, size_t beat, size_t beats,
    double *mean)
{
	for (int part = 0; part < TEXTURE_PARTS; part++) {
		mean[part] = 0;
		for (size_t k = beat; k < beat + beats; k++)
			mean[part] += (double)t->beat[k][part];
		mean[part] /= (double)beats;
	}
}

static double middle(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* A fill, or a break of a bar, is no section: each bar counts as the middle
 * one of itself and its neighbours, which leaves steps where they are. */
static void add_bar(struct bars *b, bar_parts *bars, size_t count, size_t i)
{
	b->squares[i + 1] = b->squares[i];
	for (int part = 0; part < TEXTURE_PARTS; part++) {
		double x = bars[i][part];

		if (i > 0 && i + 1 < count)
			x = middle(bars[i - 1][part], x, bars[i + 1][part]);
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

	b->count = count;
	b->sums = xcalloc(count + 1, sizeof(*b->sums));
	b->squares = xcalloc(count + 1, sizeof(*b->squares));
	for (size_t i = 0; i < count; i++)
		mean_of_bar(t, m->downbeat + i * bar, bar, bars[i]);
	for (size_t i = 0; i < count; i++)
		add_bar(b, bars, count, i);
	free(bars);
}

static double mean_part(const struct bars *b, size_t from, size_t to, int part)
{
	return (b->sums[to][part] - b->sums[from][part]) / (double)(to - from);
}

/* By how much bars differ from their mean: the sum of squares. */
static double unrest(const struct bars *b, size_t from, size_t to)
{
	double rest = b->squares[to] - b->squares[from];

	for (int part = 0; part < TEXTURE_PARTS; part++) {
		double mean = mean_part(b, from, to, part);

		rest -= mean * mean * (double)(to - from);
	}
	return fmax(rest, 0);
}

/* What a section of so many bars costs, in prices: phrases have 8 bars, or
 * several times 8, else 4. */
static double toll(size_t bars, bool at_edge)
{
	double odd = bars % 8 == 0 ? 0 : bars % 4 == 0 ? 0.5 :
	    bars % 2 == 0 ? 1.5 : 3;

	/* Before the first phrase, and after the last, there may be less. */
	return 1 + (at_edge ? odd / 2 : odd);
}

/* The cheapest way to cut the bars: came_from[i] is where a section that ends
 * before bar i begins. Returns how many there are. */
static size_t cut(const struct bars *b, double price, size_t longest,
    size_t *came_from)
{
	double *cost = xcalloc(b->count + 1, sizeof(*cost));
	size_t sections = 0;

	for (size_t to = 1; to <= b->count; to++) {
		size_t most = to < longest ? to : longest;

		cost[to] = DBL_MAX;
		for (size_t len = 1; len <= most; len++) {
			bool at_edge = len == to || to == b->count;
			double c = cost[to - len] + unrest(b, to - len, to) +
			    price * toll(len, at_edge);

			if (c < cost[to]) {
				cost[to] = c;
				came_from[to] = to - len;
			}
		}
	}
	free(cost);
	for (size_t at = b->count; at > 0; at = came_from[at])
		sections++;
	return sections;
}

static void describe(struct section *s, const struct bars *b, size_t from,
    size_t to)
{
	size_t half = (to - from) / 2;

	s->bars = to - from;
	for (int part = 0; part < TEXTURE_PARTS; part++) {
		s->part[part] = mean_part(b, from, to, part);
		if (half > 0)
			s->rise += mean_part(b, to - half, to, part) -
			    mean_part(b, from, from + half, part);
	}
}

/* From the last to the first, as the cuts were found. */
static void fill(struct sections *s, const struct bars *b,
    const size_t *came_from, const struct meter *m, size_t beats)
{
	size_t to = b->count, end = beats;

	s->items = xcalloc(s->count, sizeof(*s->items));
	for (size_t i = s->count; i-- > 0; to = came_from[to]) {
		struct section *one = &s->items[i];

		one->to = end;
		one->from = m->downbeat + came_from[to] *
		    (size_t)m->beats_per_bar;
		describe(one, b, came_from[to], to);
		end = one->from;
	}
	s->items[0].from = 0;
}

void sections_find(const struct texture *t, const struct meter *m, size_t most,
    struct sections *s)
{
	struct bars b;
	size_t *came_from, longest;

	memset(s, 0, sizeof(*s));
	sum_bars(&b, t, m);
	if (b.count >= FEWEST_BARS) {
		came_from = xcalloc(b.count + 1, sizeof(*came_from));
		/* Half as many as there may be are always enough. */
		longest = b.count / most * 2 + 8;
		longest = longest < LONGEST ? LONGEST : longest / 8 * 8;
		for (double price = PRICE;; price *= DEARER) {
			s->count = cut(&b, price, longest, came_from);
			if (s->count <= most)
				break;
		}
		fill(s, &b, came_from, m, t->len);
		free(came_from);
	}
	free(b.sums);
	free(b.squares);
}

void sections_free(struct sections *s)
{
	free(s->items);
	memset(s, 0, sizeof(*s));
}
