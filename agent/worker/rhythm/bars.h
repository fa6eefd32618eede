/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bars: downbeats. Evidence for one: the chord or the bass note changes; the
 * bass drum plays, and the snare a beat later; the texture changes, as at the
 * start of a section (cf. Goto and Muraoka 1999; Davies and Plumbley, "A
 * spectral difference approach to downbeat extraction", 2006). The weights were
 * fitted to rendered music.
 */
#ifndef WORKER_RHYTHM_BARS_H
#define WORKER_RHYTHM_BARS_H

#include <stddef.h>

struct onset_envelope;
struct chroma_series;

struct bars {
	int beats_per_bar;	/* 4, or 3 if that is clear */
	size_t first;		/* index of a half beat that begins a bar */
};

/* halves: times half a beat apart, in seconds, rising. first also determines
 * which of them are beats: those with an even distance from it. With fewer than
 * four bars the first one is taken for a downbeat. */
void bars_find(const struct onset_envelope *e, const struct chroma_series *s,
    const double *halves, size_t n, struct bars *bars);

#endif
