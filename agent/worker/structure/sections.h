/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sections: which bars belong together. Boundaries by dynamic programming, as
 * G. Sargent, F. Bimbot, E. Vincent, "A regularity-constrained Viterbi
 * algorithm and its application to the structural segmentation of songs",
 * ISMIR 2011: bars of a section are alike, and phrases have 8 or 4 bars.
 */
#ifndef WORKER_STRUCTURE_SECTIONS_H
#define WORKER_STRUCTURE_SECTIONS_H

#include <stddef.h>

#include "worker/rhythm/meter.h"
#include "worker/structure/texture.h"
#include "types/structure.h"

/* Sections have whole bars, but for what is before the first downbeat, which
 * is the first one's, and what is after the last bar, which is the last
 * one's. */
struct section {
	size_t from, to;	/* beats; to is the next one's from */
	size_t bars;
	double part[TEXTURE_PARTS]; /* the mean of its bars */
	double rise;		/* of all parts, from its first half to its
				   second */
	enum segment_type type;	/* SEGMENT_UNKNOWN, until it is named */
};

struct sections {
	struct section *items;	/* owned, in order */
	size_t count;		/* 0: there are too few bars to tell any */
};

/* Cuts into at most `most` sections; that is 8 or more. */
void sections_find(const struct texture *t, const struct meter *m, size_t most,
    struct sections *s);
void sections_free(struct sections *s);	/* what it holds */

#endif
