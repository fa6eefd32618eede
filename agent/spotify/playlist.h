/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * playlist: the tracks of a playlist, an album or a single track.
 *
 * A playlist costs one request, and one more for each 50 entries unless its
 * snapshot is known. If it changes while it is read, it is read again.
 */
#ifndef SPOTIFY_PLAYLIST_H
#define SPOTIFY_PLAYLIST_H

#include <stdbool.h>

#include "base/outcome.h"
#include "spotify/link.h"
#include "types/track_list.h"

struct session;

/*
 * Fills out, after session_refresh. If the playlist's snapshot is still
 * `known` (NULL: none is known), *unchanged is set and only the name and owner
 * are filled. Episodes and local files are counted and left out.
 * out->complete is false if the list changed during every reading; it then has
 * no snapshot.
 *
 * ITEM_FAILED: it does not exist, or Spotify refuses its contents; the error
 * says what else can be done. Otherwise as session_get. The caller frees out
 * after DONE only.
 */
enum outcome playlist_read(struct session *s, const struct spotify_link *link,
    const char *known, struct track_list *out, bool *unchanged,
    struct error *error);

#endif
