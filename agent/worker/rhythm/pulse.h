/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pulse: the strength and the exact value of a frequency in an onset envelope
 * o(t), from coherent sums |sum o(t) e^(-2 pi i f t)|: a constant phase over
 * minutes gives the frequency to a thousandth of a BPM, far more exactly than
 * intervals between beats.
 */
#ifndef WORKER_RHYTHM_PULSE_H
#define WORKER_RHYTHM_PULSE_H

struct onset_envelope;

#define PULSE_BLOCK 8.0	/* seconds; within them tempo is constant */

/* The strength of hz, twice and four times hz, regardless of each block's
 * phase; to compare frequencies of one envelope. */
double pulse_presence(const struct onset_envelope *e, double hz);
/* The strongest frequency within half the resolution of a block around hz. */
double pulse_sharpen(const struct onset_envelope *e, double hz);
/* The blocks' sums at hz relative to the median over other tempos; about 1 for
 * noise. *coherence, 0..1: the coherent sum over everything as a share of the
 * sums over blocks; 1: one phase throughout, as in machine-played music.
 * *elsewhere, 0..1: the share of blocks with a stronger, unrelated tempo. */
double pulse_clarity(const struct onset_envelope *e, double hz,
    double *coherence, double *elsewhere);

#endif
