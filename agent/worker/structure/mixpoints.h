/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mixpoints: where a DJ would mix in and out. In: the first downbeat of the
 * full groove; out: where it ends for the last time. With them, if there are
 * such sections: the ends of intro and groove, the first drop and breakdown.
 */
#ifndef WORKER_STRUCTURE_MIXPOINTS_H
#define WORKER_STRUCTURE_MIXPOINTS_H

struct groove;
struct meter;
struct structure;
struct sections;

/* For sections that have their roles, in music of duration seconds. */
void mixpoints_find(const struct sections *s, const struct groove *g,
    const struct meter *m, double duration, struct structure *o);

#endif
