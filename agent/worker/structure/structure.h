/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure: how a recording is built, from its onset envelope and its beats.
 * Texture per beat (texture.h), sections (sections.h), their roles (roles.h),
 * mix points, hints and the energy curve (mixpoints.h, hints.h, curve.h).
 */
#ifndef WORKER_STRUCTURE_STRUCTURE_H
#define WORKER_STRUCTURE_STRUCTURE_H

#include "worker/rhythm/meter.h"

struct analysis;
struct onset_envelope;

/* Fills a->outline; a has its duration, and whether its tempo is held. m NULL:
 * there are no beats, and so nothing but the energy curve is told. */
void structure_find(const struct onset_envelope *e, const struct meter *m,
    struct analysis *a);

#endif
