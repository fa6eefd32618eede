/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drift: the tempo of music that does not hold one: a live drummer, a ramp, a
 * mix of several records.
 */
#ifndef ANALYSIS_DRIFT_H
#define ANALYSIS_DRIFT_H

struct onset_envelope;

/* The median tempo in BPM, and in *confidence (0..1) how sure it is, which is
 * less than for one that is held. 0: there are no beats to follow. */
double drift_follow(const struct onset_envelope *e, double *confidence);

#endif
