/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/drift.h"

#include <math.h>
#include <stdlib.h>

/* The beat tracker behind aubio_tempo, which can be given an envelope of our
 * own, counts as unstable. */
#define AUBIO_UNSTABLE 1
#include <aubio/aubio.h>

#include "analysis/onset.h"
#include "analysis/pulse.h"
#include "base/mem.h"

#define WINDOW 512		/* values that aubio looks back on */
#define STEP (WINDOW / 4)	/* values that it looks ahead */
#define REACH 3			/* values around a beat that count */
#define FOUND 4.0		/* standard errors; noise has -2.5 to 1.5 */

/* How much stronger onsets are where a beat was foretold. */
struct support {
	double all, squares, beats;
	size_t n_all, n_beats;
};

static double near(const struct onset_envelope *e, size_t at)
{
	size_t to = at + REACH + 1 < e->len ? at + REACH + 1 : e->len;
	float best = -10;

	for (size_t i = at > REACH ? at - REACH : 0; i < to; i++)
		best = e->sum[i] > best ? e->sum[i] : best;
	return (double)best;
}

/* In standard errors: aubio foretells beats from what was before, so that in
 * noise they find no more than any other moment does. */
static double significance(const struct support *s)
{
	double mean, deviation;

	if (s->n_beats < 2)
		return 0;
	mean = s->all / (double)s->n_all;
	deviation = sqrt(fmax(s->squares / (double)s->n_all - mean * mean,
	    1e-9));
	return (s->beats / (double)s->n_beats - mean) / deviation *
	    sqrt((double)s->n_beats);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Goes through the envelope a step at a time; what aubio makes of each window
 * is added to s, and its tempo to bpms. Returns how many of these there are. */
static size_t track(const struct onset_envelope *e, aubio_beattracking_t *bt,
    struct support *s, double *bpms)
{
	fvec_t *window = new_fvec(WINDOW), *beats = new_fvec(STEP);
	size_t n = 0;

	for (size_t at = WINDOW; window && beats && at + STEP <= e->len;
	     at += STEP) {
		for (size_t i = 0; i < WINDOW; i++)
			window->data[i] = fmaxf(e->sum[at - WINDOW + i], 0);
		aubio_beattracking_do(bt, window, beats);
		bpms[n] = (double)aubio_beattracking_get_bpm(bt);
		n += bpms[n] > 0;
		for (size_t i = at; i < at + STEP; i++, s->n_all++) {
			s->all += near(e, i);
			s->squares += near(e, i) * near(e, i);
		}
		for (size_t i = 1; i < STEP && (float)i < beats->data[0]; i++) {
			if (beats->data[i] < 0 || beats->data[i] >= STEP)
				continue;
			s->beats += near(e, at + (size_t)beats->data[i]);
			s->n_beats++;
		}
	}
	if (window)
		del_fvec(window);
	if (beats)
		del_fvec(beats);
	return n;
}

double drift_follow(const struct onset_envelope *e, double *confidence)
{
	struct support s = { 0 };
	double *bpms = xcalloc(e->len / STEP + 1, sizeof(*bpms));
	double bpm = 0, found;
	aubio_beattracking_t *bt;
	size_t n = 0;

	*confidence = 0;
	bt = new_aubio_beattracking(WINDOW, 1000,
	    (uint_t)lround(e->rate * 1000));
	if (bt != NULL) {
		n = track(e, bt, &s, bpms);
		del_aubio_beattracking(bt);
	}
	found = significance(&s);
	qsort(bpms, n, sizeof(*bpms), by_size);
	if (n > 0 && found >= FOUND) {
		/* aubio's lags are whole values, and short by half a one. */
		bpm = 60 * pulse_average(e, bpms[n / 2] / 60);
		*confidence = 0.5 * (1 - FOUND / (2 * found));
	}
	free(bpms);
	return bpm;
}
