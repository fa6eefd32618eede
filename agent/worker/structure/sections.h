/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sections: segmentation into sections of similar bars, with phrases of 8 or 4
 * bars preferred, by dynamic programming: G. Sargent, F. Bimbot, E. Vincent, "A
 * regularity-constrained Viterbi algorithm and its application to the
 * structural segmentation of songs", ISMIR 2011.
 */
#ifndef WORKER_STRUCTURE_SECTIONS_H
#define WORKER_STRUCTURE_SECTIONS_H

#include <stddef.h>

#include "worker/rhythm/meter.h"
#include "worker/structure/texture.h"
#include "types/structure.h"

/* Sections consist of whole bars. The first one also has the beats before the
 * first downbeat, the last one the beats after the last bar. */
struct section {
	size_t from, to;	/* beats; to is the next one's from */
	size_t bars;
	double part[TEXTURE_PARTS]; /* the mean of its bars */
	double rise;		/* summed increase of all parts from its first
				   to its second half */
	enum segment_type type;	/* SEGMENT_UNKNOWN until roles_assign */
};

struct sections {
	struct section *items;	/* owned, in order */
	size_t count;		/* 0: too few bars */
};

/* Finds at most max sections; max is at least 8. */
void sections_find(const struct texture *t, const struct meter *m, size_t max,
    struct sections *s);
void sections_free(struct sections *s);	/* what it holds */

#endif
