/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decimate: mixes to one channel, and halves the sample rate, any number of
 * times, with a half-band filter of 31 taps. Analysis needs a low rate, not an
 * exact one: every formula uses the rate that repeated halving gives, so that
 * no resampler is needed.
 *
 * libswresample was measured in its place. With its default filter an analysis
 * takes 7% more time, with one of the same length 2 to 3%; tempo, beats and key
 * stay the same. It would save 60 lines here, and be one more library to build
 * with: mixing has to remain, because its weights differ by channel layout.
 */
#ifndef WORKER_DECODE_DECIMATE_H
#define WORKER_DECODE_DECIMATE_H

#include <stddef.h>

/* The mean of the channels of interleaved frames. */
void mix_down(const float *in, float *out, size_t frames, size_t channels);

struct decimator;

/* How often rate is halved until it is most or less. */
int decimator_stages(int rate, int most);
/* max: samples in one call. */
struct decimator *decimator_new(int stages, size_t max);
/* Decimates n samples in place and returns how many are left; a sample
 * without a partner is kept for the next call. No delay: after one stage,
 * output m is at the time of input 2m. */
size_t decimator_run(struct decimator *d, float *samples, size_t n);
void decimator_free(struct decimator *d);	/* NULL allowed */

#endif
