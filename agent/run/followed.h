/* SPDX-License-Identifier: GPL-3.0-or-later */
/* followed: what [spotify] playlists names. */
#ifndef RUN_FOLLOWED_H
#define RUN_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "index/index.h"
#include "spotify/link.h"
#include "types/track_list.h"

struct followed {
	bool own;		/* all playlists of the user */
	struct spotify_link *links;
	size_t count, cap;
};

/* Parses the setting (NULL: nothing is followed). RUN_CONFIG: a part of it is
 * neither `own` nor a link of a playlist, album or track. followed_free also
 * then. */
enum outcome followed_parse(const char *setting, struct followed *out,
    struct error *error);
void followed_free(struct followed *f);

/* Calls each for every list that the last run followed, as it was read then. */
void followed_each(struct index *x, void (*each)(void *ctx,
    const struct track_list *l), void *ctx);

#endif
