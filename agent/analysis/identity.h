/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity: which recording of which encoding a file is, whatever it is
 * called and tagged: SHA-256, cut to 128 bits, over a version, the codec, the
 * length in milliseconds where the container states it (one that is guessed
 * from the file's size would change with the tags), and the first 256 KiB of
 * audio packets as one string of bytes: six seconds at 320 kbit/s, longer than
 * any common lead-in of silence.
 */
#ifndef ANALYSIS_IDENTITY_H
#define ANALYSIS_IDENTITY_H

#include "analysis/decode.h"
#include "model/media.h"

#define IDENTITY_STRETCH (256u << 10)

/* Reads packets from where m stands: call it first, rewind after. -1: there
 * is no packet. */
int identity_of(struct media_file *m, char out[IDENTITY_LEN + 1]);

#endif
