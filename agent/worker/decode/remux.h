/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * remux: copies audio, packet by packet, from a container for streaming into
 * one that holds tags and that players support: WebM to Ogg or MP4, fragmented
 * MP4 to plain. Nothing is re-encoded; chapters, other streams and the old
 * container's tags are dropped.
 */
#ifndef WORKER_DECODE_REMUX_H
#define WORKER_DECODE_REMUX_H

#include <stdint.h>

struct decoder;
struct error;

/* The container that the file behind fd, open as d, should be remuxed into, as
 * in struct media; NULL if it should stay as it is. */
const char *remux_target(const struct decoder *d, int fd);

/* Writes it to the empty file to, by position only, and reads d to its end. 0,
 * or -1 with error filled; the contents of to are then invalid. */
int remux_write(struct decoder *d, const char *target, int to,
    struct error *error);

#endif
