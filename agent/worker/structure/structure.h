/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure: the structure of a recording, from its onset envelope and beats:
 * texture per beat (texture.h), sections (sections.h), their roles (roles.h),
 * mix points, hints and the energy curve (mixing.h, curve.h).
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

#endif
