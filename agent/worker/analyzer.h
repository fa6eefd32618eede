/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listen: what a stretch of music sounds like. Fed with samples as they are
 * decoded, once; memory does not grow with length beyond a few features.
 *
 * Order: listener_new, listener_feed ..., listener_end.
 */
#ifndef WORKER_ANALYZER_H
#define WORKER_ANALYZER_H

#include <stddef.h>

struct analysis;
struct analyzer;

/* rate in Hz, 4000 .. 384000; channels 1 .. 16. NULL: out of these ranges. */
struct analyzer *analyzer_new(int rate, int channels);
/* frames interleaved frames, nominally -1..1; anything finite or not is
 * taken (clamped). */
void analyzer_feed(struct analyzer *l, const float *samples, size_t frames);
/* Fills everything in a that is about sound, duration included, and frees l.
 * What can't be told is left as "unknown". */
void analyzer_end(struct analyzer *l, struct analysis *a);
void analyzer_free(struct analyzer *l);	/* without a result; NULL allowed */

#endif
