/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists: a playlist from Spotify or, if it is unchanged, from the index. */
#ifndef RUN_LISTS_H
#define RUN_LISTS_H

#include <stdbool.h>

#include "index/index.h"
#include "spotify/link.h"
#include "types/track_list.h"

struct session;

/* As playlist_read, of which an unchanged playlist costs one request only. x
 * may be NULL. *is_new: the index has another version of it, or none, and
 * should have this one. */
enum outcome list_read(struct session *s, struct index *x,
    const struct spotify_link *link, struct track_list *out, bool *is_new,
    struct error *error);

#endif
