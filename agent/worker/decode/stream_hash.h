/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream_hash: proves that audio is whole. SHA-256 over the codec's name,
 * sample rate, channels, what the codec is set up with, and every audio packet
 * to the last, as one stream of bytes: how it is cut into packets is the
 * reader's choice. Tags, covers, names and padding do not change it; a packet
 * that is lost, added or broken does.
 */
#ifndef WORKER_DECODE_STREAM_HASH_H
#define WORKER_DECODE_STREAM_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/media.h"

struct decoder;
struct sha256;

/* d, before its first packet, says what the stream is. */
struct sha256 *stream_hash_new(const struct decoder *d);
/* Always true: it wants every packet. hash is a struct sha256, as void so
 * that this can be handed to the decoder. */
bool stream_hash_add(void *hash, const void *data, size_t len);
void stream_hash_end(struct sha256 *hash, char out[STREAM_LEN + 1]); /* frees */

#endif
