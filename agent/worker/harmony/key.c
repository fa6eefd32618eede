/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/harmony/key.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "worker/harmony/chroma.h"
#include "worker/rhythm/meter.h"
#include "types/structure.h"

/* Thresholds between music and noise or drums: see is_tonal. */
#define MIN_SECONDS 4.0		/* seconds in which notes sound */
#define MIN_TONAL 0.055	/* of the amplitude: drums 0.05, music 0.08 */
#define MIN_UNITY 0.1		/* of tuning: noise 0.04, music 0.25 */
#define MIN_CORRELATION 0.5	/* to a profile: noise 0.45, music 0.56 */
#define MIN_VARIATION 0.02	/* from frame to frame: a hum 0, music 0.1 */
#define MIN_CLASSES 3	/* of pitch */

/* The weight of each pitch class in a major and a minor key, from the tonic up:
 * I. Sha'ath, "Estimation of key in digital music recordings",
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

/* Whether there is a key at all. Noise has all pitches, drums have pitches of
 * no scale and hardly above their noise, a hum has too few. */
static bool is_tonal(const struct chroma_series *s, const double chroma[12],
    double unity, double correlation)
{
	double loudest = 0;
	int classes = 0;

	for (int i = 0; i < 12; i++)
		loudest = fmax(loudest, chroma[i]);
	for (int i = 0; i < 12; i++)
		classes += chroma[i] > 0.3 * loudest;
	return (double)s->sounding >= MIN_SECONDS * s->rate &&
	    s->tonal >= MIN_TONAL * (double)s->sounding &&
	    unity >= MIN_UNITY && correlation >= MIN_CORRELATION &&
	    classes >= MIN_CLASSES && chroma_variation(s) >= MIN_VARIATION;
}

/* Terms of the score of each of 24 keys; the last twelve are minor. */
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

static void compute_terms(const double chroma[12], const double phrase[12],
    int key, double terms[N_TERMS])
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

/* The probability of the best key in a multinomial logistic model;
 * *correlation is that of its profile. */
static double choose_key(const double chroma[12], const double phrase[12],
    struct key *key, double *correlation)
{
	double best = -INFINITY, score[24], odds = 0;

	for (int k = 0; k < 24; k++) {
		double terms[N_TERMS];

		compute_terms(chroma, phrase, k, terms);
		score[k] = 0;
		for (int t = 0; t < N_TERMS; t++)
			score[k] += weights[t] * terms[t];
		if (score[k] > best) {
			best = score[k];
			key->tonic = k % 12;
			key->minor = k >= 12;
			*correlation = terms[PROFILE];
		}
	}
	for (int k = 0; k < 24; k++)
		odds += exp(score[k] - best);
	return 1 / odds;
}

/* ---- phrases ---- */

#define BARS 8			/* of a phrase */
#define PRIOR_PHRASES 2.0	/* shrinks the result for few phrases */
#define ATTACK 0.1		/* of a beat: the previous chord decays */

/* Adds the chroma between two times, normalized. */
static void add_chord(const struct chroma_series *s, double tuning,
    double from, double to, double chord[12])
{
	double steps[CHROMA_COARSE], folded[12], size = 0;

	chroma_sum(s, from, to, false, steps);
	chroma_fold(steps, CHROMA_COARSE, tuning, folded);
	for (int c = 0; c < 12; c++)
		size += folded[c] * folded[c];
	for (int c = 0; c < 12 && size > 0; c++)
		chord[c] += folded[c] / sqrt(size);
}

/* The first beat of a section; for the first section, the downbeat. */
static size_t section_beat(const struct meter *m, const struct structure *o,
    size_t i)
{
	size_t k = m->downbeat;

	while (i > 0 && k < m->count &&
	    m->beats[k] < o->segments[i].start - 0.001)
		k++;
	return k;
}

/* The mean chroma, from C, of the first bars of phrases of eight bars, counted
 * from the start of each section of o. Loop-based music returns to the tonic
 * there far more often than in any other bar, which distinguishes a minor key
 * from its relative major. The length of the vector is below 1, shorter with
 * fewer phrases, and 0 without any. */
static void first_chords(const struct chroma_series *s, double tuning,
    const struct meter *m, const struct structure *o, double chord[12])
{
	double size = 0;
	int n = 0;

	memset(chord, 0, 12 * sizeof(*chord));
	for (size_t i = 0; i < o->n_segments; i++) {
		size_t bar = (size_t)m->beats_per_bar;
		size_t k = section_beat(m, o, i);
		size_t end = i + 1 < o->n_segments ? section_beat(m, o, i + 1)
						   : m->count;

		for (; k + bar < m->count && k < end; k += BARS * bar) {
			double beat = m->beats[k + 1] - m->beats[k];

			add_chord(s, tuning, m->beats[k] + ATTACK * beat,
			    m->beats[k + bar], chord);
			n++;
		}
	}
	for (int c = 0; c < 12; c++)
		size += chord[c] * chord[c];
	for (int c = 0; c < 12 && size > 0; c++)
		chord[c] *= n / (n + PRIOR_PHRASES) / sqrt(size);
}

void key_find(const struct chroma_series *s, const struct meter *m,
    const struct structure *o, struct key *key)
{
	double chroma[12], phrase[12] = { 0 }, sum = 0, correlation = 0;
	double unity, tuning = chroma_tuning(s, &unity), confidence;

	memset(key, 0, sizeof(*key));
	chroma_fold(s->histogram, CHROMA_STEPS, tuning, chroma);
	if (m != NULL)
		first_chords(s, tuning, m, o, phrase);
	for (int i = 0; i < 12; i++)
		sum += chroma[i];
	for (int i = 0; i < 12 && sum > 0; i++)
		chroma[i] /= sum;
	confidence = choose_key(chroma, phrase, key, &correlation);
	key->known = is_tonal(s, chroma, unity, correlation);
	if (key->known)
		key->confidence = confidence;
}
