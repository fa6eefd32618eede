/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * phrases: where they begin, and which chord is heard there. Music of loops
 * comes home with the first bar of a phrase far more often than with any
 * other, which tells a minor key from its relative major.
 */
#ifndef WORKER_HARMONY_PHRASES_H
#define WORKER_HARMONY_PHRASES_H

struct chroma_series;
struct meter;
struct structure;

/* The pitch classes, from C, of the first bars of phrases of eight bars, as
 * the outline's sections and the meter have them, each phrase counting the
 * same. As a vector it is shorter than 1, the more so the fewer phrases there
 * are, and 0 where none are known. tuning is that of the series. */
void phrases_open(const struct chroma_series *s, double tuning,
    const struct meter *m, const struct structure *o, double chord[12]);

#endif
