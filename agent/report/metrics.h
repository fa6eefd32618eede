/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics: a text file in Prometheus' exposition format 0.0.4 for
 * node_exporter's textfile collector, replaced atomically at the end of every
 * run, also of one that failed. Names, types and help are one table.
 */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include "base/buf.h"
#include "base/outcome.h"
#include "types/summary.h"
#include "records/runs.h"

void metrics_render(const struct summary *s, const struct counters *c,
    struct buf *out);
/* DONE, or RUN_CONFIG with why: the file's folder can't be written. */
enum outcome metrics_write(const char *path, const struct summary *s,
    const struct counters *c, struct error *error);

#endif
