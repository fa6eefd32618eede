/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * track_list: the tracks that a service or a file names as wanted, in its
 * order: Liked Songs, a playlist, an album, one track.
 */
#ifndef TYPES_TRACK_LIST_H
#define TYPES_TRACK_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/track.h"

struct map;

struct track_list {
	/* What the list is; strings are owned, NULL: unknown. */
	char *id;		/* its own: Spotify's id, or a file's path */
	char *kind;		/* "playlist", "album", "track", "file" */
	char *name, *owner;
	char *snapshot;		/* another one when the list was changed */

	struct tracks tracks;	/* each once, where it stands first */
	bool complete;		/* these are all of them: others were unliked */
	int64_t rows;		/* the number of entries, of whatever kind */
	unsigned pages;		/* requests that it took */

	/* Entries that are no track. */
	unsigned episodes;
	unsigned local;		/* local files in Spotify; Liked Songs and
				   exports of them keep these as tracks */
	unsigned unusable;	/* no track, or no name in them */
};

void track_list_free(struct track_list *l);

unsigned track_list_skipped(const struct track_list *l);

/* Moves t to the end of the list, unless met has its key already; then frees
 * what t holds. Returns whether it was moved. t is empty afterwards. */
bool track_list_take(struct track_list *l, struct map *met, struct track *t);

#endif
