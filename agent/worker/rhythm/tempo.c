/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rhythm/tempo.h"

#include <math.h>
#include <string.h>

#include "worker/rhythm/autocorrelation.h"
#include "worker/rhythm/onset.h"
#include "worker/rhythm/pulse.h"
#include "worker/rhythm/tactus.h"
#include "worker/numeric.h"

#define MIN_SECONDS 5.0		/* shorter: no tempo */
#define MIN_BPM 50.0
#define MAX_BPM 220.0
#define BPM_RATIO 1.0025		/* from one to the next */
#define MIN_COHERENCE 0.8	/* ramps have up to 0.6, machines 0.95 */
#define MAX_ELSEWHERE 0.25	/* share of blocks with another tempo */
#define TEETH 8			/* of the comb: multiples of a lag */
#define PRIOR_SPREAD 0.75	/* octaves */

double tempo_prior(double bpm, double spread)
{
	double octaves = log2(bpm / 118) / spread;

	return exp(-0.5 * octaves * octaves);
}

/* The tempo with the highest mean autocorrelation at the multiples of its
 * period, as far as the recording is long enough for them; fewer multiples
 * weigh less. */
static double comb(const struct onset_envelope *e)
{
	size_t lags = (size_t)(TEETH * 60 / MIN_BPM * e->rate) + 2;
	double best = 0, best_bpm = 0;
	struct autocorrelation self;

	if (lags > e->len / 2)
		lags = e->len / 2;
	autocorrelation_init(&self, e->len + lags);
	memcpy(self.values, e->sum, e->len * sizeof(*e->sum));
	autocorrelation_run(&self);
	for (size_t i = 0; i < lags; i++)
		self.values[i] /= (float)self.size * (float)(e->len - i);
	for (double bpm = MIN_BPM; bpm < MAX_BPM; bpm *= BPM_RATIO) {
		double sum = 0;
		int teeth = 0;

		for (; teeth < TEETH; teeth++) {
			double lag = (teeth + 1) * 60 / bpm * e->rate;

			if ((size_t)lag + 1 >= lags)
				break;
			sum += interpolate(self.values, lag);
		}
		sum *= tempo_prior(bpm, PRIOR_SPREAD) / (teeth + 1);
		if (sum > best) {
			best = sum;
			best_bpm = bpm;
		}
	}
	autocorrelation_free(&self);
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

/* Near 1 for minutes of machine-played music, less for a drifting phase, a weak
 * beat and a short clip; 0: the tempo is not constant. */
static double confidence(const struct onset_envelope *e, double hz)
{
	double seconds = (double)e->len / e->rate, coherence, elsewhere;
	double clarity = pulse_clarity(e, hz, &coherence, &elsewhere);
	/* Noise has more by chance in one of thousands of tries: 3 in 8
	 * seconds, 1.3 in minutes. */
	double least = 2 + 1.2 / sqrt(fmax(seconds / PULSE_BLOCK, 1));
	double clear = (clarity - 1) / (2 * (least - 1));

	if (clarity < least || coherence < MIN_COHERENCE ||
	    elsewhere > MAX_ELSEWHERE)
		return 0;
	return 0.99 * coherence * fmin(clear, 1) * sqrt(fmin(seconds / 30, 1));
}

void tempo_find(const struct onset_envelope *e, struct tempo *t)
{
	double hz, sure;

	memset(t, 0, sizeof(*t));
	if ((double)e->len < MIN_SECONDS * e->rate ||
	    (hz = comb(e) / 60) <= 0)
		return;
	hz = pulse_sharpen(e, choose_present(e, hz));
	t->confidence = confidence(e, hz);
	if (t->confidence == 0)
		return;
	t->bpm = 60 * tactus_choose(e, hz, &sure);
	t->confidence *= sure;
	t->constant = true;
}
