/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * remux: moves audio, packet by packet, out of a container that services
 * stream into one that holds tags and that players know: WebM to Ogg or MP4,
 * fragmented MP4 to plain. Nothing is encoded; chapters, other streams and the
 * old container's own tags are left behind.
 */
#ifndef WORKER_DECODE_REMUX_H
#define WORKER_DECODE_REMUX_H

#include <stdint.h>

struct decoder;
struct error;

/* The container that the file behind fd, open as d, is to be moved into: one
 * of struct media's; NULL if it is fine as it is, or there is none better. */
const char *remux_target(const struct decoder *d, int fd);

/* Writes it to an empty file, by position only. d is used up. 0, or -1 with
 * why filled: what is in to is then of no use. */
int remux_write(struct decoder *d, const char *target, int to,
    struct error *error);

#endif
