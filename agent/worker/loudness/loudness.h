/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loudness: integrated loudness by EBU R128 (libebur128), and an energy
 * of 1..10 from mean and peak level.
 */
#ifndef WORKER_LOUDNESS_LOUDNESS_H
#define WORKER_LOUDNESS_LOUDNESS_H

#include <stdbool.h>
#include <stddef.h>

struct loudness;

struct loudness *loudness_new(int rate, int channels);
/* Samples are interleaved and within -1..1. */
void loudness_feed(struct loudness *l, const float *samples, size_t frames);
/* False if nothing was above R128's gate of -70 LUFS. */
bool loudness_integrated(struct loudness *l, double *lufs);
/* 0: silence. */
int loudness_energy(const struct loudness *l);
void loudness_free(struct loudness *l);	/* NULL allowed */

#endif
