/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * linking: which file of the library is a track, and by what evidence. It
 * changes nothing, and asks the index, provenance and pins alone, so a command
 * beside a run can use it, also for tracks that are not liked.
 *
 * A track that is pinned to a file counts as that file only. Any other is the
 * file that we placed for it, else a file with its Spotify id, its ISRC or, by
 * the matcher, its name; never a file that the user rejected.
 */
#ifndef RUN_LINKING_H
#define RUN_LINKING_H

#include <stdbool.h>

#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "records/takedowns.h"
#include "run/plan.h"

/* All are borrowed, and outlive the linking. */
struct linking_input {
	struct index *index;
	const struct provenance *provenance;	/* NULL: empty */
	const struct pins *pins;		/* NULL: empty */
	const struct takedowns *takedowns;	/* NULL: empty */
	const char *library;			/* the folder */
};

struct linking;

/* To be called after index_open by whoever changes the library's files: names
 * the words that they are found by. */
enum outcome linking_prepare(struct index *x, struct error *error);

struct linking *linking_new(const struct linking_input *in);
void linking_free(struct linking *l);	/* NULL allowed */

/* Sets s->identity and s->how to the file that is s->track; "" and
 * EVIDENCE_NONE if there is none, then also s->asked and s->nearest_file.
 * What s has from an earlier call is kept where it still holds; a song that
 * has only its track (song_init) is searched for anew. Returns whether s
 * changed. Nothing is stored. */
bool linking_update(struct linking *l, struct song *s);

/* What is known of the track of s, which linking_update has seen; all but
 * source_failed. */
void linking_state(const struct linking *l, const struct song *s,
    struct track_state *out);

#endif
