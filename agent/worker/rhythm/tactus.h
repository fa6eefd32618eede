/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tactus: which of the metrical levels people count as beats. Once a pulse is
 * known to a thousandth, the tempo is that or a simple multiple of it; which
 * one, onsets tell by where they are strong and at what distance they repeat.
 * The evidence is added up as a multinomial logistic model does (McFadden
 * 1974), with few terms, so that it holds for music that it has not seen.
 */
#ifndef WORKER_RHYTHM_TACTUS_H
#define WORKER_RHYTHM_TACTUS_H

struct onset_envelope;

/* The frequency of beats, given one of a level. *sure, 0..1: how likely the
 * beat is this one, half or twice as many, rather than a third. */
double tactus_choose(const struct onset_envelope *e, double hz, double *sure);

#endif
