/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fingerprinter: the Chromaprint fingerprint of a recording's first two
 * minutes; later samples are ignored. The only user of Chromaprint.
 *
 * Order: fingerprinter_new, fingerprinter_feed ..., fingerprinter_end.
 */
#ifndef WORKER_FINGERPRINTER_H
#define WORKER_FINGERPRINTER_H

#include <stddef.h>

struct fingerprint;
struct fingerprinter;

/* rate in Hz. NULL: Chromaprint does not support the rate. */
struct fingerprinter *fingerprinter_new(int rate, int channels);
/* samples: interleaved, nominally -1..1; others are clamped, NaN becomes 0. */
void fingerprinter_feed(struct fingerprinter *p, const float *samples,
    size_t frames);
/* Fills out except its duration, and frees p (NULL allowed). out is empty if
 * the recording is too short. */
void fingerprinter_end(struct fingerprinter *p, struct fingerprint *out);

#endif
