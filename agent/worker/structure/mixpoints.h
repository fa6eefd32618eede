/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mixpoints: where to mix in and out. In: the first downbeat of the full
 * groove; out: its last end. Also, if there are such sections: the end of the
 * intro and the starts of the outro, the first drop and the first breakdown.
 */
#ifndef WORKER_STRUCTURE_MIXPOINTS_H
#define WORKER_STRUCTURE_MIXPOINTS_H

struct groove;
struct meter;
struct structure;
struct sections;

/* The sections have their roles. duration: of the recording, in seconds. */
void mixpoints_find(const struct sections *s, const struct groove *g,
    const struct meter *m, double duration, struct structure *o);

#endif
