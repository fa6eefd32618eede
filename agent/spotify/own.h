/* SPDX-License-Identifier: GPL-3.0-or-later */
/* own: the user's own playlists, and those that others share with the user for
 * editing. Playlists that are only followed are left out: Spotify does not
 * give their tracks. */
#ifndef SPOTIFY_OWN_H
#define SPOTIFY_OWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct session;

struct own_playlist {
	char *id;
	char *name;		/* NULL: none */
	char *snapshot;		/* NULL: unknown */
	int64_t tracks;		/* -1: unknown */
};

struct own_playlists {
	struct own_playlist *items;
	size_t count, cap;
};

/* After session_refresh; costs a request, and one for each 50 playlists of the
 * account. RUN_LATER also if the answers are unexpected; otherwise as
 * session_get. The list is complete after DONE, and empty otherwise. */
enum outcome own_playlists_read(struct session *s, struct own_playlists *out,
    struct error *error);
void own_playlists_free(struct own_playlists *l);

#endif
