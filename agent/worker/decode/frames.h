/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frames: a stream of samples as power spectra of overlapping Hann windows.
 * The only user of FFTW's plans over samples. Plans are estimated, never
 * measured: the same samples give the same bits on every run.
 */
#ifndef WORKER_DECODE_FRAMES_H
#define WORKER_DECODE_FRAMES_H

#include <stddef.h>

struct frames;

/* The stream is taken to begin after silence, so that a sound at its very
 * beginning has a frame without it before. Frame i is centred on sample
 * (i + 1) * hop - size / 2. */
struct frames *frames_new(size_t size, size_t hop);
/* Calls each with size / 2 + 1 powers for every frame that samples complete;
 * a sine of amplitude 1 has a power of 1 in its bin. */
void frames_feed(struct frames *f, const float *samples, size_t n,
    void (*each)(void *arg, const float *power), void *arg);
void frames_free(struct frames *f);	/* NULL allowed */

#endif
