/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decimate: mixes to one channel, and halves the sample rate with a half-band
 * filter of 31 taps. Analysis needs a low rate, not an exact one: every formula
 * uses the rate that repeated halving gives, so that no resampler is needed.
 */
#ifndef WORKER_DECODE_DECIMATE_H
#define WORKER_DECODE_DECIMATE_H

#include <stddef.h>

/* The mean of the channels of interleaved frames. */
void mix_down(const float *in, float *out, size_t frames, size_t channels);

struct decimator;

struct decimator *decimator_new(size_t max);	/* samples in one call */
/* Decimates n samples in place and returns how many are left; a sample
 * without a partner is kept for the next call. No delay: output m is at the
 * time of input 2m. */
size_t decimator_run(struct decimator *h, float *samples, size_t n);
void decimator_free(struct decimator *h);	/* NULL allowed */

#endif
