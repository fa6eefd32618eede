/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/harmony/phrases.h"

#include <math.h>
#include <string.h>

#include "worker/harmony/chroma.h"
#include "worker/rhythm/meter.h"
#include "types/structure.h"

#define BARS 8			/* of a phrase */
#define PRIOR_PHRASES 2.0	/* shrinks the result for few phrases */
#define ATTACK 0.1		/* of a beat: the previous chord decays */

/* Adds the chroma between two times, normalized. */
static void add_chord(const struct chroma_series *s, double tuning,
    double from, double to, double chord[12])
{
	long first = lround(fmax((from - s->delay) * s->rate, 0));
	long last = lround((to - s->delay) * s->rate);
	double steps[CHROMA_COARSE] = { 0 }, folded[12], size = 0;

	for (long i = first; i < last && (size_t)i < s->len; i++) {
		for (int c = 0; c < CHROMA_COARSE; c++)
			steps[c] += s->frames[i].chords[c];
	}
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

void phrases_first_chords(const struct chroma_series *s, double tuning,
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
