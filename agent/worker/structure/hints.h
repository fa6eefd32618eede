/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hints: suitable transitions for DJ mixing, by these rules. The lead-in is
 * everything before the full groove, the lead-out everything after it.
 *
 *  in    long-blend    16 bars or more with a kick, constant tempo
 *        short-blend   4 bars or more with a kick
 *        filter-sweep  4 bars or more without a kick
 *        cut           fewer bars
 *  out   likewise; but with fewer than 4 bars echo-out, or cut if there are
 *        none
 *  crossfade           the longest of 4, 8, 16 and 32 bars that fits both, else
 *                      4; at most 8 with a changing tempo
 *  strong drop         a drop has at least 0.1 more energy than the section
 *                      before it, which lacks the kick
 *  clean outro         8 bars or more with a kick after the groove
 */
#ifndef WORKER_STRUCTURE_HINTS_H
#define WORKER_STRUCTURE_HINTS_H

#include <stdbool.h>

struct groove;
struct structure;
struct sections;

/* o has its mix points, and one segment for each section of s. */
void hints_derive(const struct sections *s, const struct groove *g,
    bool constant, struct structure *o);

#endif
