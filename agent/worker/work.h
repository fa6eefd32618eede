/* SPDX-License-Identifier: GPL-3.0-or-later */
/* work: what a boxed child does with its one file. */
#ifndef WORKER_WORK_H
#define WORKER_WORK_H

#include <stdint.h>

#include "analysis/protocol.h"
#include "base/buf.h"

/* Loads what the libraries load late; before any child is forked. */
void work_warm_up(void);

/* Reads the memfd that came with an order. -1: it is shorter than len. */
int work_read_extra(int fd, uint32_t len, struct buf *out);

/* Does op on the media behind fd and writes the answer's JSON to answer_fd.
 * Returns the child's exit status: 0, or EX_DATAERR with {"why"} written. */
int work_do(enum worker_op op, int fd, const struct buf *extra,
    int answer_fd);

#endif
