/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * curve: how the energy of a recording goes. Each of five bands counts from 0,
 * at 30 dB below what it has in a loud master, to 1; energy is their mean. So
 * bass, drums and hats that come and go move it more than a fader does, and
 * recordings can be compared.
 */
#ifndef WORKER_STRUCTURE_CURVE_H
#define WORKER_STRUCTURE_CURVE_H

struct onset_envelope;
struct structure;

/* The mean energy between two moments, 0..1; 0 where there is no sound. */
double curve_energy(const struct onset_envelope *e, double from, double to);
/* Fills o->curve for music of duration seconds: a value each two seconds, or
 * each four, eight and so on where that would be too many. */
void curve_draw(const struct onset_envelope *e, double duration,
    struct structure *o);

#endif
