/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pulse: how strongly an onset envelope o(t) beats at one frequency, and what
 * that frequency is exactly. All of it comes from coherent sums
 * |sum o(t) e^(-2 pi i f t)|: one phase that holds for minutes fixes a
 * frequency to a thousandth of a BPM, which no distance between beats does.
 */
#ifndef WORKER_RHYTHM_PULSE_H
#define WORKER_RHYTHM_PULSE_H

struct onset_envelope;

#define PULSE_BLOCK 8.0	/* seconds that any music holds its tempo */

/* How much there is of f, its double and its fourfold, whatever phase each
 * block has: to compare frequencies of one envelope with. */
double pulse_presence(const struct onset_envelope *e, double hz);
/* The best frequency near hz: within half of what a block can tell apart. */
double pulse_sharpen(const struct onset_envelope *e, double hz);
/* One phase throughout, or does each block have its own? The coherent sum
 * over all as a share of the sums over blocks. 1: as steady as a machine. */
double pulse_coherence(const struct onset_envelope *e, double hz);
/* How far the blocks' sums at hz stand out of what they are at other tempos:
 * about 1 for noise, whose values agree with any tempo as well as another. In
 * *elsewhere, 0..1, how many of the blocks beat at an unrelated tempo. */
double pulse_clarity(const struct onset_envelope *e, double hz,
    double *elsewhere);

#endif
