/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity: identifies a file's audio. It survives renaming, moving and new
 * tags or covers, and differs for other audio: 128 bits of SHA-256 over a
 * version byte, the codec's name, the exact length in ms (8 bytes, big endian;
 * 0 where the file does not state it) and the first IDENTITY_BYTES of its audio
 * packets, concatenated because demuxers cut packets differently. No more is
 * read so that a first scan need not read the whole library.
 */
#ifndef WORKER_DECODE_IDENTITY_H
#define WORKER_DECODE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/media.h"

#define IDENTITY_BYTES (256u * 1024)

struct identity;

struct identity *identity_new(const char *codec, int64_t exact_ms);
/* True while more is wanted. identity is a struct identity, as void so that
 * this is a callback of decoder_packets. */
bool identity_add(void *identity, const void *data, size_t len);
/* Frees id. -1 if there was no audio at all; out is then "". */
int identity_end(struct identity *id, char out[IDENTITY_LEN + 1]);

#endif
