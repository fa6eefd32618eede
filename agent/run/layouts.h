/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * layouts: the path that each track's file should have: by the layout of
 * [library], or of [playlist.NAME] for tracks of that followed playlist. A track
 * that is in several followed playlists belongs to the first of [spotify]
 * playlists.
 */
#ifndef RUN_LAYOUTS_H
#define RUN_LAYOUTS_H

#include "base/outcome.h"
#include "types/track.h"

struct config;
struct index;
struct layouts;

/* Reads the followed playlists from the index; cfg is borrowed. RUN_CONFIG with
 * error: a layout or link is wrong. */
enum outcome layouts_open(const struct config *cfg, struct index *x,
    struct layouts **out, struct error *error);
void layouts_free(struct layouts *l);	/* NULL allowed */

/* Below the library; extension without dot. The caller frees it. */
char *layouts_path(const struct layouts *l, const struct track *t,
    const char *extension);
/* The name of the track's playlist; NULL: it is in none. */
const char *layouts_playlist(const struct layouts *l, const struct track *t);

#endif
