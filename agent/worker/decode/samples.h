/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples: converts decoders' sample formats to interleaved floats. */
#ifndef WORKER_DECODE_SAMPLES_H
#define WORKER_DECODE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

struct AVFrame;

/* Whether samples_convert supports the format of f. */
bool samples_supported(const struct AVFrame *f);
/* Writes count frames of f, from frame first on, to out, nominally -1..1. If f
 * has fewer channels than wanted, its last one is repeated; surplus channels
 * are dropped. */
void samples_convert(const struct AVFrame *f, size_t first, size_t count,
    size_t channels, float *out);

#endif
