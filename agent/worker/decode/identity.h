/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity: identifies a file's audio. It survives renaming, moving and new
 * tags or covers, and differs for other audio: 128 bits of SHA-256 over a
 * version byte, the codec's name, the exact length in ms (8 bytes, big endian;
 * 0 where the file does not state it) and the first IDENTITY_BYTES of its audio
 * packets, concatenated because demuxers cut packets differently. No more is
 * read so that a first scan need not read the whole library.
 *
 * The stream hash detects any change of the audio: SHA-256 over the codec's
 * name, sample rate, channels, extradata and all audio packets, concatenated
 * because demuxers cut packets differently. Tags, covers, names and padding do
 * not change it; a lost, added or broken packet does.
 */
#ifndef WORKER_DECODE_IDENTITY_H
#define WORKER_DECODE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/media.h"

#define IDENTITY_BYTES (256u * 1024)

struct decoder;
struct identity;
struct sha256;

struct identity *identity_new(const char *codec, int64_t exact_ms);
/* True while more is wanted. identity is a struct identity, as void so that
 * this is a callback of decoder_packets. */
bool identity_add(void *identity, const void *data, size_t len);
/* Frees id. -1 if there was no audio at all; out is then "". */
int identity_end(struct identity *id, char out[IDENTITY_LEN + 1]);

/* Before the first packet of d is read. */
struct sha256 *stream_hash_new(const struct decoder *d);
/* Always true: every packet is wanted. hash is a struct sha256, as void so that
 * this is a callback of decoder_packets. */
bool stream_hash_add(void *hash, const void *data, size_t len);
void stream_hash_end(struct sha256 *hash, char out[STREAM_LEN + 1]); /* frees */

#endif
