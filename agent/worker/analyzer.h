/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * analyzer: tempo, beats, key, structure, loudness and cutoff of a recording.
 * Samples are fed once, as they are decoded; only features of about 100 values
 * a second are kept.
 *
 * Order: analyzer_new, analyzer_feed ..., analyzer_end.
 */
#ifndef WORKER_ANALYZER_H
#define WORKER_ANALYZER_H

#include <stddef.h>

struct analysis;
struct analyzer;

/* rate in Hz, 4000 .. 384000; channels 1 .. 16. NULL: out of these ranges. */
struct analyzer *analyzer_new(int rate, int channels);
/* samples: interleaved, nominally -1..1; others are clamped, NaN becomes 0. */
void analyzer_feed(struct analyzer *l, const float *samples, size_t frames);
/* Fills every member of a, duration included, and frees l. A value that could
 * not be measured stays "unknown" (0, "", false). */
void analyzer_end(struct analyzer *l, struct analysis *a);

#endif
