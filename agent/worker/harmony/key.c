/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/harmony/key.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "worker/harmony/chroma.h"
#include "worker/harmony/phrases.h"

/* Gates; what music of any kind has, and noise and drums don't: see is_tonal.
 */
#define SHORTEST 4.0		/* seconds in which notes sound */
#define LEAST_TONAL 0.055	/* of the amplitude: drums 0.05, music 0.08 */
#define LEAST_UNITY 0.1		/* of tuning: noise 0.04, music 0.25 */
#define LEAST_LIKENESS 0.5	/* to a profile: noise 0.45, music 0.56 */
#define LEAST_UNREST 0.02	/* from frame to frame: a hum 0, music 0.1 */
#define FEWEST_CLASSES 3	/* of pitch */

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
	    classes >= FEWEST_CLASSES && chroma_unrest(s) >= LEAST_UNREST;
}

/* What speaks for each of 24 keys; minor ones are the last twelve. */
enum term { PROFILE, PHRASE, TRIAD, LEADING, MINOR, N_TERMS };

/* Fitted to rendered music; see docs/analysis.md. */
static const double weights[N_TERMS] = {
	[PROFILE] = 5, [PHRASE] = 5, [TRIAD] = 10, [LEADING] = 10,
	[MINOR] = 1,
};

static double triad(const double chord[12], int tonic, bool minor)
{
	return chord[tonic] + chord[(tonic + (minor ? 3 : 4)) % 12] +
	    chord[(tonic + 7) % 12];
}

static void normalize(double chroma[12])
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += chroma[i];
	for (int i = 0; i < 12 && sum > 0; i++)
		chroma[i] /= sum;
}

static void weigh(const double chroma[12], const double phrase[12], int key,
    double terms[N_TERMS])
{
	double root[12];
	int tonic = key % 12;
	bool minor = key >= 12;

	for (int i = 0; i < 12; i++)
		root[i] = sqrt(chroma[i]);
	terms[PROFILE] = pearson(root, profiles[minor], tonic);
	terms[PHRASE] = triad(phrase, tonic, minor);
	terms[TRIAD] = triad(root, tonic, minor);
	terms[LEADING] = chroma[(tonic + 11) % 12];
	terms[MINOR] = minor;
}

/* The odds of the best key against all others, 0..1: a multinomial logistic
 * model. *likeness is how well its profile fits. */
static double matcher(const double chroma[12], const double phrase[12],
    struct key *key, double *likeness)
{
	double best = -INFINITY, score[24], odds = 0;

	for (int k = 0; k < 24; k++) {
		double terms[N_TERMS];

		weigh(chroma, phrase, k, terms);
		score[k] = 0;
		for (int t = 0; t < N_TERMS; t++)
			score[k] += weights[t] * terms[t];
		if (score[k] > best) {
			best = score[k];
			key->tonic = k % 12;
			key->minor = k >= 12;
			*likeness = terms[PROFILE];
		}
	}
	for (int k = 0; k < 24; k++)
		odds += exp(score[k] - best);
	return 1 / odds;
}

void key_find(const struct chroma_series *s, const struct meter *m,
    const struct structure *o, struct key *key)
{
	double chroma[12], phrase[12] = { 0 }, unity, likeness = 0, sure;
	double tuning = chroma_tuning(s, &unity);

	memset(key, 0, sizeof(*key));
	chroma_fold(s->histogram, CHROMA_STEPS, tuning, chroma);
	if (m != NULL)
		phrases_open(s, tuning, m, o, phrase);
	normalize(chroma);
	sure = matcher(chroma, phrase, key, &likeness);
	key->known = is_tonal(s, chroma, unity, likeness);
	if (key->known)
		key->confidence = sure;
}
