/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/key.h"

#include <math.h>
#include <string.h>

#include "analysis/chroma.h"

/* Gates; what music of any kind has, and noise and drums don't: see is_tonal.
 */
#define SHORTEST 4.0		/* seconds in which notes sound */
#define LEAST_TONAL 0.055	/* of the amplitude: drums 0.05, music 0.08 */
#define LEAST_UNITY 0.1		/* of tuning: noise 0.04, music 0.25 */
#define LEAST_LIKENESS 0.5	/* to a profile: noise 0.45, music 0.56 */
#define FEWEST_CLASSES 3	/* of pitch */
#define SURE 0.15		/* lead over the next best, beyond any doubt */

/* How much each pitch class sounds in a major and a minor key, from the
 * tonic up: I. Sha'ath, "Estimation of key in digital music recordings",
 * Birkbeck College, 2011, figure 2.8. */
static const double profiles[2][12] = {
	{ 6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4 },
	{ 6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2 },
};

static double pearson(const double chroma[12], const double *profile,
    int tonic)
{
	double x = 0, y = 0, xx = 0, yy = 0, xy = 0, spread;

	for (int i = 0; i < 12; i++) {
		double c = chroma[(i + tonic) % 12], p = profile[i];

		x += c;
		y += p;
		xx += c * c;
		yy += p * p;
		xy += c * p;
	}
	spread = (xx - x * x / 12) * (yy - y * y / 12);
	return spread > 0 ? (xy - x * y / 12) / sqrt(spread) : 0;
}

/* Whether there is a key to speak of. Noise has pitches everywhere, a drum has
 * them in no scale and hardly above its noise, a hum has too few. */
static bool is_tonal(const struct chroma_series *s, const double chroma[12],
    double unity, double likeness)
{
	double loudest = 0;
	int classes = 0;

	for (int i = 0; i < 12; i++)
		loudest = fmax(loudest, chroma[i]);
	for (int i = 0; i < 12; i++)
		classes += chroma[i] > 0.3 * loudest;
	return (double)s->sounding >= SHORTEST * s->rate &&
	    s->tonal >= LEAST_TONAL * (double)s->sounding &&
	    unity >= LEAST_UNITY && likeness >= LEAST_LIKENESS &&
	    classes >= FEWEST_CLASSES;
}

void key_find(const struct chroma_series *s, struct key *key)
{
	double chroma[12], unity, tuning = chroma_tuning(s, &unity);
	double best = -1, second = -1;

	memset(key, 0, sizeof(*key));
	chroma_fold(s->histogram, CHROMA_STEPS, tuning, chroma);
	for (int i = 0; i < 12; i++)
		chroma[i] = sqrt(chroma[i]);
	for (int i = 0; i < 24; i++) {
		double r = pearson(chroma, profiles[i / 12], i % 12);

		if (r > best) {
			second = best;
			best = r;
			key->tonic = i % 12;
			key->minor = i >= 12;
		} else if (r > second) {
			second = r;
		}
	}
	key->known = is_tonal(s, chroma, unity, best);
	if (key->known)
		key->confidence = best *
		    (0.5 + 0.5 * fmin((best - second) / SURE, 1));
}
