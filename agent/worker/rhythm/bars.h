/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bars: where bars begin. What speaks for a place: the chord or the bass
 * note changes there; the bass drum plays and the snare does not, which comes
 * a beat later; the texture changes, as it does where a section begins (cf.
 * Goto and Muraoka 1999; Davies and Plumbley, "A spectral difference approach
 * to downbeat extraction", 2006). How much each counts was fitted to rendered
 * music.
 */
#ifndef WORKER_RHYTHM_BARS_H
#define WORKER_RHYTHM_BARS_H

#include <stddef.h>

struct onset_envelope;
struct chroma_series;

#define BARS_EVIDENCE 6		/* kinds of it */

struct bars {
	int beats_per_bar;	/* 4, or 3 if that is plain */
	size_t first;		/* the half beat, from 0, that begins a bar */
};

/* halves: moments half a beat apart, in seconds, rising. Which of two are
 * beats is told as well: first is even if the one before it is. With fewer
 * than four bars of them the first one is taken for a downbeat. */
void bars_find(const struct onset_envelope *e, const struct chroma_series *s,
    const double *halves, size_t n, struct bars *bars);

#endif
