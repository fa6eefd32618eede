/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ceiling: up to which frequency a recording has any sound, where that ends at
 * once. Lossy encoders cut off what is above a frequency that depends on their
 * bit rate; whoever encodes their output anew, at a higher rate or without
 * loss, can't bring it back. Music fades out towards the top instead.
 */
#ifndef WORKER_LOUDNESS_CUTOFF_H
#define WORKER_LOUDNESS_CUTOFF_H

#include <stddef.h>

#define CEILING_FRAMES 4096	/* samples in one look */

struct ceiling;

struct ceiling *cutoff_new(double rate);
/* One look, at CEILING_FRAMES samples of one channel; one a second is enough. */
void cutoff_process(struct ceiling *c, const float *samples);
/* In Hz; 0: there is no such end, or too little to tell. Frees c (NULL
 * allowed). */
double cutoff_end(struct ceiling *c);

#endif
