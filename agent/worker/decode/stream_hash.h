/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream_hash: detects any change of the audio. SHA-256 over the codec's name,
 * sample rate, channels, extradata and all audio packets, concatenated because
 * demuxers cut packets differently. Tags, covers, names and padding do not
 * change it; a lost, added or broken packet does.
 */
#ifndef WORKER_DECODE_STREAM_HASH_H
#define WORKER_DECODE_STREAM_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/media.h"

struct decoder;
struct sha256;

/* Before the first packet of d is read. */
struct sha256 *stream_hash_new(const struct decoder *d);
/* Always true: every packet is wanted. hash is a struct sha256, as void so that
 * this is a callback of decoder_packets. */
bool stream_hash_add(void *hash, const void *data, size_t len);
void stream_hash_end(struct sha256 *hash, char out[STREAM_LEN + 1]); /* frees */

#endif
