/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * curve: energy over time. Each of five bands scales from 0, at 30 dB below its
 * level in a loud master, to 1; energy is their mean. Instruments that enter or
 * leave thus change it more than volume does, and recordings are comparable.
 */
#ifndef WORKER_STRUCTURE_CURVE_H
#define WORKER_STRUCTURE_CURVE_H

struct onset_envelope;
struct structure;

/* The mean energy between two times in seconds, 0..1; 0: no sound. */
double curve_energy(const struct onset_envelope *e, double from, double to);
/* Fills o->curve for a recording of duration seconds: one value each two
 * seconds, or each four, eight, ... to stay within STRUCTURE_MAX_CURVE. */
void curve_fill(const struct onset_envelope *e, double duration,
    struct structure *o);

#endif
