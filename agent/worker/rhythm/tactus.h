/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tactus: the metrical level that people count as beats. Given an exact pulse,
 * the tempo is its frequency or a simple multiple of it, chosen by where onsets
 * are strong and at which intervals they repeat. The model is a multinomial
 * logistic one (McFadden 1974) with few terms, so that it generalizes.
 */
#ifndef WORKER_RHYTHM_TACTUS_H
#define WORKER_RHYTHM_TACTUS_H

struct onset_envelope;

/* The frequency of the beats, given that of any metrical level. *sure, 0..1:
 * probability that duple rather than triple ratios to hz are right. */
double tactus_choose(const struct onset_envelope *e, double hz, double *sure);

#endif
