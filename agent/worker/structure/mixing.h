/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mixing: where to mix in and out, and with which transitions.
 *
 * In: the first downbeat of the full groove; out: its last end. Also, if there
 * are such sections: the end of the intro and the starts of the outro, the
 * first drop and the first breakdown.
 *
 * Transitions by these rules. The lead-in is everything before the full groove,
 * the lead-out everything after it.
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
#ifndef WORKER_STRUCTURE_MIXING_H
#define WORKER_STRUCTURE_MIXING_H

struct analysis;
struct groove;
struct meter;
struct sections;

/* Fills a->structure, which has one segment for each section of s. */
void mixing_find(const struct sections *s, const struct groove *g,
    const struct meter *m, struct analysis *a);

#endif
