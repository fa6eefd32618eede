/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure: the structure of a recording, from its onset envelope and beats:
 * texture per beat (texture.h), sections (sections.h), their roles (roles.h),
 * mix points and hints (mixing.h); and the curve of energy over time.
 */
#ifndef WORKER_STRUCTURE_STRUCTURE_H
#define WORKER_STRUCTURE_STRUCTURE_H

#include "worker/rhythm/meter.h"

struct analysis;
struct onset_envelope;

/* Fills a->structure; a->duration and a->constant are set already. m NULL:
 * there are no beats, and only the energy curve is filled. */
void structure_find(const struct onset_envelope *e, const struct meter *m,
    struct analysis *a);

/* The mean energy between two times in seconds, 0..1; 0: no sound. Each of five
 * bands scales from 0, at 30 dB below its level in a loud master, to 1; energy
 * is their mean. Instruments that enter or leave thus change it more than
 * volume does, and recordings are comparable. */
double structure_energy(const struct onset_envelope *e, double from,
    double to);

#endif
