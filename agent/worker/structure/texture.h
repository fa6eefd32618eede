/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * texture: nine features of each beat: the level of each band, the sustain of
 * the bass, and the strength of onsets. Sections begin where it changes.
 */
#ifndef WORKER_STRUCTURE_TEXTURE_H
#define WORKER_STRUCTURE_TEXTURE_H

#include <stddef.h>

#include "worker/rhythm/onset.h"

enum texture_part {
	TEXTURE_LEVEL,		/* of LEVEL_BANDS, from the lowest */
	TEXTURE_SUSTAIN = TEXTURE_LEVEL + LEVEL_BANDS, /* the bass, between
							  kicks */
	TEXTURE_ONSETS,		/* of ONSET_BANDS, from the lowest */
	TEXTURE_PARTS = TEXTURE_ONSETS + ONSET_BANDS
};

/* All in 0..1, relative to the maximum of the recording itself. */
struct texture {
	size_t len;		/* in beats; the last ends with the music */
	float (*beat)[TEXTURE_PARTS];	/* owned */
};

/* beats: in seconds, rising. */
void texture_of(const struct onset_envelope *e, const double *beats,
    size_t count, struct texture *t);
void texture_free(struct texture *t);	/* what it holds */

#endif
