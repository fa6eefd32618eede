/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quality: what a file is worth as sound, whatever its container says. Where
 * the spectrum of a recording ends at once, an encoder was at work that had a
 * bit rate to match; a file of a much higher one was made of its output.
 */
#ifndef TYPES_QUALITY_H
#define TYPES_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

struct analysis;
struct media;

/* Is it without loss, or of half as much again, but made of less? */
bool quality_is_upscaled(const struct media *m, const struct analysis *a);
/* What it is worth: the stream's own bit rate, or that of what it was made
 * of. */
int64_t quality_bitrate(const struct media *m, const struct analysis *a);

#endif
