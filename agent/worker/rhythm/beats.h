/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * beats: beat tracking in music without a constant tempo: live drummers, ramps,
 * mixes of several records. A path of tempos through the envelope's tempogram
 * (Klapuri, Eronen and Astola 2006), then beats on onsets along that path by
 * dynamic programming (Ellis 2007).
 */
#ifndef WORKER_RHYTHM_BEATS_H
#define WORKER_RHYTHM_BEATS_H

#include <stddef.h>

struct onset_envelope;

struct beats {
	double *times;		/* seconds, rising; the caller frees them */
	size_t count;		/* 0: no beats found */
	double bpm;		/* the median tempo */
	double confidence;	/* 0..1; less than for a constant tempo */
};

void beats_follow(const struct onset_envelope *e, struct beats *b);

#endif
