/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/tempo.h"

#include <math.h>
#include <string.h>

#include "worker/rhythm/autocorrelation.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/pulse.h"
#include "worker/rhythm/tactus.h"
#include "base/mem.h"

#define MIN_SECONDS 5.0		/* shorter: no tempo */
#define MIN_BPM 50.0
#define MAX_BPM 220.0
#define BPM_RATIO 1.0025		/* from one to the next */
#define MIN_COHERENCE 0.8	/* ramps have up to 0.6, machines 0.95 */
#define MAX_ELSEWHERE 0.25	/* share of blocks with another tempo */
#define TEETH 8			/* of the comb: multiples of a lag */

/* The prior of tapped tempos: a Gaussian on a logarithmic scale (Moelants 2002;
 * Ellis 2007), centred on dance music. */
static double prior(double bpm)
{
	double octaves = log2(bpm / 118) / 0.75;

	return exp(-0.5 * octaves * octaves);
}

/* The tempo with the highest mean autocorrelation at the multiples of its
 * period, as far as the recording is long enough for them; fewer multiples
 * weigh less. */
static double comb(const struct onset_envelope *e)
{
	size_t lags = (size_t)(TEETH * 60 / MIN_BPM * e->rate) + 2;
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
	for (double bpm = MIN_BPM; bpm < MAX_BPM; bpm *= BPM_RATIO) {
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

/* The comb may choose a tempo without onsets of its own, because its multiples
 * are those of another one. Of the related frequencies, the strongest is taken
 * for measuring. */
static double choose_present(const struct onset_envelope *e, double hz)
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

/* The clarity that noise does not reach by chance: in one of thousands of tries
 * it has 3 in 8 seconds, and 1.3 in minutes. */
static double min_clarity(const struct onset_envelope *e)
{
	double blocks = (double)e->len / e->rate / PULSE_BLOCK;

	return 2 + 1.2 / sqrt(fmax(blocks, 1));
}

/* The confidence in a constant tempo: near 1 for minutes of machine-played
 * music, less for a drifting phase, a weak beat and a short clip. */
static double confidence(const struct onset_envelope *e, double clarity,
    double coherence)
{
	double clear = (clarity - 1) / (2 * (min_clarity(e) - 1));
	double length = (double)e->len / e->rate / 30;

	return 0.99 * coherence * fmin(clear, 1) * sqrt(fmin(length, 1));
}

void tempo_find(const struct onset_envelope *e, struct tempo *t)
{
	double hz, clarity, coherence, elsewhere, sure;

	memset(t, 0, sizeof(*t));
	if ((double)e->len < MIN_SECONDS * e->rate)
		return;
	hz = comb(e) / 60;
	if (hz <= 0)
		return;
	hz = pulse_sharpen(e, choose_present(e, hz));
	clarity = pulse_clarity(e, hz, &elsewhere);
	coherence = pulse_coherence(e, hz);
	if (clarity < min_clarity(e) || coherence < MIN_COHERENCE ||
	    elsewhere > MAX_ELSEWHERE)
		return;
	t->confidence = confidence(e, clarity, coherence);
	t->bpm = 60 * tactus_choose(e, hz, &sure);
	t->confidence *= sure;
	t->constant = true;
}
