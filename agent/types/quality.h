/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quality: the bit rate that a file's sound is worth, whatever its container
 * says. A spectrum that ends abruptly was cut by a lossy encoder at some bit
 * rate; a file of a much higher one was made from its output.
 */
#ifndef TYPES_QUALITY_H
#define TYPES_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

struct analysis;
struct media;

/* Is it lossless, or of at least 1.5 times the bit rate it was made from? */
bool quality_is_upscaled(const struct media *m, const struct analysis *a);
/* bit/s: the stream's own, or that of what it was made from. */
int64_t quality_bitrate(const struct media *m, const struct analysis *a);

#endif
