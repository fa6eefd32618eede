/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * phrases: the chords at their beginnings. Loop-based music returns to the
 * tonic in the first bar of a phrase far more often than in any other, which
 * distinguishes a minor key from its relative major.
 */
#ifndef WORKER_HARMONY_PHRASES_H
#define WORKER_HARMONY_PHRASES_H

struct chroma_series;
struct meter;
struct structure;

/* The mean chroma, from C, of the first bars of phrases of eight bars, which
 * are counted from the start of each section of o. The length of the vector is
 * below 1, shorter with fewer phrases, and 0 without any. tuning: of s. */
void phrases_first_chords(const struct chroma_series *s, double tuning,
    const struct meter *m, const struct structure *o, double chord[12]);

#endif
