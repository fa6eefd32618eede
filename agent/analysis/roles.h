/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roles: what each section is in the course of the whole, from where the full
 * groove plays: kick and bass as strong as anywhere.
 *
 *  intro      what is before it first plays
 *  outro      what is after it last played; also where it goes on with the
 *             chords gone, at the end
 *  breakdown  where it is missing in between
 *  buildup    a section without it, rising, and right before it
 *  drop       where it comes back after a breakdown or a buildup, with the
 *             sections after that as long as nothing is missing
 *  verse      all others that have it
 */
#ifndef ANALYSIS_ROLES_H
#define ANALYSIS_ROLES_H

#include <stddef.h>

struct sections;

/* The sections with the full groove: [first, end). */
struct groove {
	size_t first, end;
};

/* Names all sections, and joins neighbours that are one intro, outro,
 * breakdown or buildup. There is one at least. */
void roles_assign(struct sections *s, struct groove *g);

#endif
