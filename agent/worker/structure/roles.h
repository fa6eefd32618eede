/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roles: what each section is in the course of the whole, from where the full
 * groove plays: nothing of kick and bass is missing that the strongest quarter
 * of the bars has, however loud it is; or the strongest half, if else a third
 * of all would be intro or outro.
 *
 *  intro      what is before it first plays
 *  outro      what is after it last played; also where it goes on with the
 *             chords gone, at the end
 *  breakdown  where it is missing in between
 *  buildup    up to sixteen bars without it, rising, and right before it
 *  drop       where it comes back: after a buildup; or after a breakdown and
 *             at its fullest, in what begins with drums or has buildups, as
 *             dance music does, and elsewhere if it is fuller than ever before
 *             (what just comes back is no drop). Also the first time, at its
 *             fullest after drums alone, if there are drops later
 *  verse      all others that have it
 */
#ifndef WORKER_STRUCTURE_ROLES_H
#define WORKER_STRUCTURE_ROLES_H

#include <stdbool.h>
#include <stddef.h>

struct section;
struct sections;

/* The sections with the full groove: [first, end). */
struct groove {
	size_t first, end;
};

/* Names all sections, and joins neighbours that are one intro, outro,
 * breakdown or buildup. There is one at least. */
void roles_assign(struct sections *s, struct groove *g);

/* Does it have the kick that a section of the full groove has? */
bool section_has_kick(const struct section *s, const struct section *full);

#endif
