/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cutoff: the frequency above which the spectrum ends abruptly. Lossy encoders
 * remove everything above a frequency that depends on their bit rate, and
 * re-encoding at a higher rate or without loss does not bring it back. Music
 * itself fades out gradually towards the top.
 */
#ifndef WORKER_LOUDNESS_CUTOFF_H
#define WORKER_LOUDNESS_CUTOFF_H

#include <stddef.h>

#define CUTOFF_FRAMES 4096	/* samples in one window */

struct cutoff;

struct cutoff *cutoff_new(double rate);
/* One window of CUTOFF_FRAMES samples of one channel; one a second is enough.
 */
void cutoff_process(struct cutoff *c, const float *samples);
/* In Hz; 0: there is no cutoff, or too few windows. Frees c (NULL allowed). */
double cutoff_end(struct cutoff *c);

#endif
