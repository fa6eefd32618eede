/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples: from the many forms in which codecs give samples to one. */
#ifndef WORKER_DECODE_SAMPLES_H
#define WORKER_DECODE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

struct AVFrame;

/* Is f in a form that samples_take knows? */
bool samples_known(const struct AVFrame *f);
/* Writes count frames of f from the first-th on as interleaved floats, nominal
 * -1..1, to out. Where f has fewer channels than are wanted its last one is
 * repeated; where it has more they are left out. */
void samples_take(const struct AVFrame *f, size_t first, size_t count,
    size_t channels, float *out);

#endif
