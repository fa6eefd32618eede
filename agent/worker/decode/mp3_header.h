/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mp3_header: what stands in the first frame of an MP3 file instead of music,
 * which players count differently (types/media.h). Pure.
 */
#ifndef WORKER_DECODE_MP3_HEADER_H
#define WORKER_DECODE_MP3_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "types/media.h"

/* Such a frame is found within as many bytes of its beginning. */
#define MP3_HEADER_LEN 256

/* The first bytes of the first frame. */
enum mp3_header mp3_header_parse(const uint8_t *frame, size_t len);

#endif
