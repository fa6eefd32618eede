/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roles: the type of each section, derived from the full groove: sections with
 * all of the kick and bass of the strongest quarter of the bars, regardless of
 * volume; or of the strongest half, if otherwise a third of the recording would
 * be intro or outro.
 *
 *  intro      before the first groove
 *  outro      after the last groove; also a groove without chords at the end
 *  breakdown  between grooves, without most of the bass
 *  buildup    up to sixteen rising bars directly before a groove
 *  drop       a groove after a buildup; or after a breakdown and at its
 *             fullest, if the recording begins with drums or has buildups, as
 *             dance music does, or if it is fuller than ever before (a groove
 *             that only returns is no drop). Also the first groove, at its
 *             fullest after drums alone, if there are drops later
 *  verse      all others
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

/* Sets the type of all sections, at least one, and merges neighbours that form
 * one intro, outro, breakdown or buildup. */
void roles_assign(struct sections *s, struct groove *g);

/* Whether s has the kick of full, a section of the full groove. */
bool section_has_kick(const struct section *s, const struct section *full);

#endif
