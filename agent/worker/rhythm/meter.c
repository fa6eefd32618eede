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

#define MIN_CONFIDENCE 0.5	/* of a constant tempo */
#define MIN_BEATS 8
#define MIN_SECONDS 10.0	/* for tracking a changing tempo */
#define MAX_DEVIATION 0.010	/* seconds of a beat from an even spacing */
#define MAX_ANCHOR_BEATS 64	/* from anchor to anchor */

static void use_grid(const struct grid *g, struct meter *m)
{
	free(m->beats);
	m->beats = xcalloc(g->beats + 1, sizeof(*m->beats));
	m->count = g->beats;
	for (size_t i = 0; i < g->beats; i++)
		m->beats[i] = g->first_beat + (double)i * g->period;
}

/* Replaces the beats by the off-beats. */
static void shift_beats(const struct onset_envelope *e, struct grid *g,
    struct meter *m)
{
	if (g != NULL && grid_shift(e, g)) {
		use_grid(g, m);
		return;
	}
	for (size_t i = 0; i + 1 < m->count; i++)
		m->beats[i] = (m->beats[i] + m->beats[i + 1]) / 2;
	m->count--;
}

/* g: the grid that the beats are on, or NULL. */
static void find_bars(const struct onset_envelope *e,
    const struct chroma_series *s, struct grid *g, struct meter *m)
{
	/* The beats and the times half-way between them. */
	size_t n = 2 * m->count - 1;
	double *halves = xcalloc(n, sizeof(*halves)), begin;
	struct bars bars;

	for (size_t i = 0; i < n; i++)
		halves[i] = (m->beats[i / 2] + m->beats[(i + 1) / 2]) / 2;
	bars_find(e, s, halves, n, &bars);
	begin = halves[bars.first];
	free(halves);
	if (bars.first % 2 == 1)
		shift_beats(e, g, m);
	m->beats_per_bar = bars.beats_per_bar;
	m->downbeat = 0;
	while (m->downbeat + 1 < m->count &&
	    fabs(m->beats[m->downbeat + 1] - begin) <
	    fabs(m->beats[m->downbeat] - begin))
		m->downbeat++;
	/* Shifting may have moved the first beat by one. */
	m->downbeat %= (size_t)m->beats_per_bar;
}

bool meter_find(const struct onset_envelope *e, const struct chroma_series *s,
    struct tempo *t, struct meter *m)
{
	struct grid grid = { .beats = 0 };
	struct beats tracked = { .count = 0 };

	memset(m, 0, sizeof(*m));
	if (t->constant) {
		if (t->confidence >= MIN_CONFIDENCE &&
		    grid_fit(e, t->bpm, &grid))
			use_grid(&grid, m);
	} else if ((double)e->len >= MIN_SECONDS * e->rate) {
		beats_follow(e, &tracked);
		t->bpm = tracked.bpm;
		t->confidence = tracked.confidence;
		m->beats = tracked.times;
		m->count = tracked.count;
	}
	if (m->count < MIN_BEATS) {
		meter_free(m);
		return false;
	}
	find_bars(e, s, t->constant ? &grid : NULL, m);
	return true;
}

/* ---- writing ---- */

/* Whether the beats from i to j are nearly evenly spaced. */
static bool is_even(const struct meter *m, size_t i, size_t j)
{
	double step = (m->beats[j] - m->beats[i]) / (double)(j - i);

	for (size_t k = i + 1; k < j; k++) {
		double line = m->beats[i] + (double)(k - i) * step;

		if (fabs(m->beats[k] - line) > MAX_DEVIATION)
			return false;
	}
	return true;
}

/* From each anchor to the last beat to which the spacing is even. */
static void write_anchors(const struct meter *m, struct analysis *a)
{
	size_t i = 0;

	a->anchors = xcalloc(ANALYSIS_MAX_ANCHORS, sizeof(*a->anchors));
	while (i + 1 < m->count && a->n_anchors < ANALYSIS_MAX_ANCHORS) {
		struct beat_anchor *anchor = &a->anchors[a->n_anchors++];
		size_t j = i + 1;

		while (j + 1 < m->count && j < i + MAX_ANCHOR_BEATS &&
		    is_even(m, i, j + 1))
			j++;
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
