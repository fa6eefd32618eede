/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/tempo.h"

#include <math.h>
#include <string.h>

#include "worker/rhythm/autocorrelation.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/pulse.h"
#include "worker/rhythm/tactus.h"
#include "base/mem.h"

#define SHORTEST 5.0		/* seconds that a tempo can be told from */
#define SLOWEST 50.0		/* BPM that are looked at */
#define FASTEST 220.0
#define STEP 1.0025		/* from one to the next */
#define COHERENT 0.8		/* ramps have 0.6 at most, machines 0.95 */
#define MOST_ELSEWHERE 0.25	/* of blocks: another tempo holds there */
#define TEETH 8			/* of the comb: multiples of a lag */

/* The tempo that people tap, before anything is heard: a bell on a logarithmic
 * scale (Moelants 2002; Ellis 2007), centred where dance music is. */
static double prior(double bpm)
{
	double octaves = log2(bpm / 118) / 0.75;

	return exp(-0.5 * octaves * octaves);
}

/* The tempo whose multiples of a beat all resemble each other most, as far as
 * the track is long enough for them; fewer of them say less. */
static double comb(const struct onset_envelope *e)
{
	size_t lags = (size_t)(TEETH * 60 / SLOWEST * e->rate) + 2;
	double best = 0, best_bpm = 0;
	struct autocorrelation *self;
	float *acf;

	if (lags > e->len / 2)
		lags = e->len / 2;
	self = autocorrelation_new(e->len + lags);
	acf = autocorrelation_values(self);
	memcpy(acf, e->sum, e->len * sizeof(*acf));
	autocorrelation_run(self);
	for (size_t i = 0; i < lags; i++)
		acf[i] /= (float)autocorrelation_size(self) *
		    (float)(e->len - i);
	for (double bpm = SLOWEST; bpm < FASTEST; bpm *= STEP) {
		double sum = 0;
		int teeth = 0;

		for (; teeth < TEETH; teeth++) {
			double lag = (teeth + 1) * 60 / bpm * e->rate;
			size_t at = (size_t)lag;
			double part = lag - (double)at;

			if (at + 1 >= lags)
				break;
			sum += (1 - part) * (double)acf[at] +
			    part * (double)acf[at + 1];
		}
		sum *= prior(bpm) / (teeth + 1);
		if (sum > best) {
			best = sum;
			best_bpm = bpm;
		}
	}
	autocorrelation_free(self);
	return best_bpm;
}

/* The comb may hold a tempo that nothing beats at, where its multiples are
 * those of another one. The frequency that is measured has to be there. */
static double anchor(const struct onset_envelope *e, double hz)
{
	static const double ratios[] = { 1, 1.5, 2.0 / 3, 4.0 / 3, 0.75, 2,
		0.5 };
	double best = 0, chosen = hz;

	for (size_t i = 0; i < sizeof(ratios) / sizeof(*ratios); i++) {
		double here = pulse_presence(e, hz * ratios[i]);

		if (here > best) {
			best = here;
			chosen = hz * ratios[i];
		}
	}
	return chosen;
}

/* The clarity that noise does not reach by chance: once in thousands of tries
 * it has 3 in 8 seconds, and 1.3 in minutes. */
static double clear_enough(const struct onset_envelope *e)
{
	double blocks = (double)e->len / e->rate / PULSE_BLOCK;

	return 2 + 1.2 / sqrt(fmax(blocks, 1));
}

/* How sure a steady tempo is: near 1 for minutes that a machine played, less
 * where the phase wanders, for a beat that stands out only just, and for a
 * clip. */
static double confidence(const struct onset_envelope *e, double clarity,
    double coherence)
{
	double clear = (clarity - 1) / (2 * (clear_enough(e) - 1));
	double length = (double)e->len / e->rate / 30;

	return 0.99 * coherence * fmin(clear, 1) * sqrt(fmin(length, 1));
}

void tempo_find(const struct onset_envelope *e, struct tempo *t)
{
	double hz, clarity, coherence, elsewhere, sure;

	memset(t, 0, sizeof(*t));
	if ((double)e->len < SHORTEST * e->rate)
		return;
	hz = comb(e) / 60;
	if (hz <= 0)
		return;
	hz = pulse_sharpen(e, anchor(e, hz));
	clarity = pulse_clarity(e, hz, &elsewhere);
	coherence = pulse_coherence(e, hz);
	if (clarity < clear_enough(e) || coherence < COHERENT ||
	    elsewhere > MOST_ELSEWHERE)
		return;
	t->confidence = confidence(e, clarity, coherence);
	t->bpm = 60 * tactus_choose(e, hz, &sure);
	t->confidence *= sure;
	t->constant = true;
}
