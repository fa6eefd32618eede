/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * beats: one by one, in music that does not hold one tempo: a live drummer, a
 * ramp, a mix of several records. A path of tempos through the envelope's
 * tempogram (as in Klapuri, Eronen and Astola 2006), then the beats that lie
 * on onsets and keep to it best, by dynamic programming (Ellis 2007).
 */
#ifndef WORKER_RHYTHM_BEATS_H
#define WORKER_RHYTHM_BEATS_H

#include <stddef.h>

struct onset_envelope;

struct beats {
	double *times;		/* seconds, rising; the caller frees them */
	size_t count;		/* 0: there are none to follow */
	double bpm;		/* the median tempo */
	double confidence;	/* 0..1; less than for a tempo that is held */
};

void beats_follow(const struct onset_envelope *e, struct beats *b);

#endif
