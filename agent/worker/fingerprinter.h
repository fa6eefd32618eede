/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chromaprint: the one door to Chromaprint. Takes the fingerprint of the first
 * two minutes of what is fed, and is deaf to the rest.
 */
#ifndef WORKER_FINGERPRINTER_H
#define WORKER_FINGERPRINTER_H

#include <stddef.h>

struct fingerprint;
struct fingerprinter;

/* NULL: not at this rate. */
struct fingerprinter *fingerprinter_new(int rate, int channels);
/* frames interleaved frames, nominally -1..1; anything finite or not. */
void fingerprinter_feed(struct fingerprinter *p, const float *samples, size_t frames);
/* Fills out, all but its duration, and frees p (NULL allowed). What is too
 * short leaves it empty. */
void fingerprinter_end(struct fingerprinter *p, struct fingerprint *out);

#endif
