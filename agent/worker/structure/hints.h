/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hints: which transition suits a recording, by these rules.
 *
 * Its lead-in is what is before the full groove, its lead-out what is after.
 *
 *  in    long-blend    16 bars or more with a kick, of a tempo that is held
 *        short-blend   4 bars or more with a kick
 *        filter-sweep  4 bars or more without one
 *        cut           less
 *  out   likewise; but with less than 4 bars echo-out, or cut, if the music
 *        ends within a bar
 *  crossfade           the longest of 4, 8, 16 and 32 bars that both have room
 *                      for, else 4; 8 at most where the tempo is not held
 *  strong drop         a drop has a tenth of all energy more than what is
 *                      before it, where its kick was missing
 *  clean outro         8 bars or more with a kick after the groove
 */
#ifndef WORKER_STRUCTURE_HINTS_H
#define WORKER_STRUCTURE_HINTS_H

#include <stdbool.h>

struct groove;
struct structure;
struct sections;

/* For an outline that has its mix points and its segments, those of s one by
 * one. */
void hints_give(const struct sections *s, const struct groove *g,
    bool constant, struct structure *o);

#endif
