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
#include "config/config.h"
#include "types/availability.h"
#include "types/summary.h"
#include "records/runs.h"

/* What the numbers are taken from. All borrowed. */
struct metrics_input {
	const struct config *cfg;
	const struct availabilities *known;	/* of sources, now */
	const struct summary *s;
	const struct counters *c;
};

void metrics_render(const struct metrics_input *in, struct buf *out);
/* Renders to [metrics] textfile, which must be set, with what is recorded of
 * the sources. With error: RUN_CONFIG: its folder can't be written; RUN_ACT:
 * the disk is full. */
enum outcome metrics_write(const struct config *cfg, const struct summary *s,
    const struct counters *c, struct error *error);

#endif
