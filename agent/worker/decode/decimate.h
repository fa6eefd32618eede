/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * halve: half the sample rate, by a half-band filter of 31 taps. No resampler
 * is needed to bring a file to a rate at which analysis is cheap: halving and
 * then using the real rate in every formula does it.
 */
#ifndef WORKER_DECODE_DECIMATE_H
#define WORKER_DECODE_DECIMATE_H

#include <stddef.h>

struct decimator;

struct decimator *decimator_new(size_t most);	/* samples in one call */
/* Halves n samples in place and returns how many are left; a sample that has
 * no partner yet is kept for the next call. Delays nothing: output m is where
 * input 2m was. */
size_t decimator_run(struct decimator *h, float *samples, size_t n);
void decimator_free(struct decimator *h);	/* NULL allowed */

#endif
