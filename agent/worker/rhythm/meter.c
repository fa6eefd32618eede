/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/rhythm/bars.h"
#include "worker/rhythm/beats.h"
#include "worker/rhythm/grid.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/tempo.h"
#include "base/mem.h"
#include "types/media.h"

#define SURE 0.5		/* of a tempo that a grid is laid by */
#define FEWEST 8		/* beats */
#define SHORTEST 10.0		/* seconds that a changing tempo is told from */
#define OFF 0.010		/* seconds that a beat may be off its line */
#define MOST 64			/* beats from anchor to anchor */

/* Beats and what is half-way between them. */
static double *halve(const struct meter *m, size_t *n)
{
	double *halves = xcalloc(2 * m->count, sizeof(*halves));

	*n = 2 * m->count - 1;
	for (size_t i = 0; i < *n; i++)
		halves[i] = (m->beats[i / 2] + m->beats[(i + 1) / 2]) / 2;
	return halves;
}

static void lay(const struct grid *g, struct meter *m)
{
	free(m->beats);
	m->beats = xcalloc(g->beats + 1, sizeof(*m->beats));
	m->count = g->beats;
	for (size_t i = 0; i < g->beats; i++)
		m->beats[i] = g->first_beat + (double)i * g->period;
}

/* Makes beats of what is between them. */
static void shift(const struct onset_envelope *e, struct grid *g,
    struct meter *m)
{
	if (g != NULL && grid_shift(e, g)) {
		lay(g, m);
		return;
	}
	for (size_t i = 0; i + 1 < m->count; i++)
		m->beats[i] = (m->beats[i] + m->beats[i + 1]) / 2;
	m->count--;
}

static void find_bars(const struct onset_envelope *e,
    const struct chroma_series *s, struct grid *g, struct meter *m)
{
	size_t n;
	double *halves = halve(m, &n), begin;
	struct bars bars;

	bars_find(e, s, halves, n, &bars);
	begin = halves[bars.first];
	free(halves);
	if (bars.first % 2 == 1)
		shift(e, g, m);
	m->beats_per_bar = bars.beats_per_bar;
	m->downbeat = 0;
	while (m->downbeat + 1 < m->count &&
	    fabs(m->beats[m->downbeat + 1] - begin) <
	    fabs(m->beats[m->downbeat] - begin))
		m->downbeat++;
	/* A shift may begin the beats earlier or later by one. */
	m->downbeat %= (size_t)m->beats_per_bar;
}

static bool follow(const struct onset_envelope *e, struct tempo *t,
    struct meter *m)
{
	struct beats b;

	if ((double)e->len < SHORTEST * e->rate)
		return false;
	beats_follow(e, &b);
	t->bpm = b.bpm;
	t->confidence = b.confidence;
	m->beats = b.times;
	m->count = b.count;
	return b.count >= FEWEST;
}

bool meter_find(const struct onset_envelope *e, const struct chroma_series *s,
    struct tempo *t, struct meter *m)
{
	struct grid grid;
	bool found;

	memset(m, 0, sizeof(*m));
	if (t->constant)
		found = t->confidence >= SURE && grid_fit(e, t->bpm, &grid) &&
		    grid.beats >= FEWEST;
	else
		found = follow(e, t, m);
	if (!found) {
		meter_free(m);
		return false;
	}
	if (t->constant)
		lay(&grid, m);
	find_bars(e, s, t->constant ? &grid : NULL, m);
	return true;
}

/* ---- writing ---- */

/* Whether beats from i to j are evenly spaced, all but. */
static bool is_even(const struct meter *m, size_t i, size_t j)
{
	double step = (m->beats[j] - m->beats[i]) / (double)(j - i);

	for (size_t k = i + 1; k < j; k++) {
		double line = m->beats[i] + (double)(k - i) * step;

		if (fabs(m->beats[k] - line) > OFF)
			return false;
	}
	return true;
}

/* The last beat that evenly spaced ones reach from i. */
static size_t reach(const struct meter *m, size_t i)
{
	size_t j = i + 1;

	while (j + 1 < m->count && j < i + MOST && is_even(m, i, j + 1))
		j++;
	return j;
}

static void write_anchors(const struct meter *m, struct analysis *a)
{
	size_t i = 0;

	a->anchors = xcalloc(ANALYSIS_MAX_ANCHORS, sizeof(*a->anchors));
	while (i + 1 < m->count && a->n_anchors < ANALYSIS_MAX_ANCHORS) {
		size_t j = reach(m, i);
		struct beat_anchor *anchor = &a->anchors[a->n_anchors++];

		anchor->time = m->beats[i];
		anchor->bpm = 60 * (double)(j - i) / (m->beats[j] -
		    m->beats[i]);
		i = j;
	}
}

void meter_write(const struct meter *m, struct analysis *a)
{
	a->has_grid = true;
	a->first_beat = m->beats[0];
	a->downbeat = m->beats[m->downbeat];
	a->beats_per_bar = m->beats_per_bar;
	if (!a->constant)
		write_anchors(m, a);
}

void meter_free(struct meter *m)
{
	free(m->beats);
	memset(m, 0, sizeof(*m));
}
