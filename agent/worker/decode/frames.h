/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frames: power spectra of overlapping Hann windows over a stream of samples.
 * FFTW's plans are estimated, never measured, so that the same samples give the
 * same bits on every run.
 */
#ifndef WORKER_DECODE_FRAMES_H
#define WORKER_DECODE_FRAMES_H

#include <stddef.h>

struct frames;

/* Silence precedes the first sample, so that a sound at the very beginning is
 * an onset. Frame i is centred on sample (i + 1) * hop - size / 2. */
struct frames *frames_new(size_t size, size_t hop);
/* Calls each with size / 2 + 1 powers for every frame that samples complete;
 * a sine of amplitude 1 has a power of 1 in its bin. */
void frames_feed(struct frames *f, const float *samples, size_t n,
    void (*each)(void *arg, const float *power), void *arg);
void frames_free(struct frames *f);	/* NULL allowed */

#endif
