/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * apple: what Apple Music gives out. Library.xml, which Music writes by
 * "File > Library > Export Library", and the privacy export of
 * privacy.apple.com: "Apple Music Library Tracks.json", also inside the archives
 * that Apple packs it into. Private to imports/.
 *
 * These files are from outside: an XML file is checked for its elements, their
 * depth, entities and its end before libplist reads it; archives have limits on
 * depth, members and size.
 */
#ifndef IMPORTS_APPLE_APPLE_H
#define IMPORTS_APPLE_APPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "types/track_list.h"

#define APPLE_LOVED "loved"	/* which: loved or favorited tracks */
#define APPLE_ALL "all"		/* every track; any other: that playlist */

/* Is it XML? Other lists are not. */
bool apple_is_library(const char *text);
/* Tracks of which, the latest first; of a playlist, in its order. Podcasts and
 * films are counted and left out. ITEM_FAILED: no such playlist. RUN_CONFIG:
 * not such a file, or nothing in it is loved. */
enum outcome apple_read_library(const char *path, const char *text,
    size_t len, const char *which, struct track_list *out,
    struct error *error);

/* Replaces an archive by the text of the list of tracks in it; other text
 * stays. RUN_CONFIG: an archive without such a list. */
enum outcome apple_unpack(const char *path, struct buf *text,
    struct error *error);

/* The array of the privacy export, which has no playlists. As
 * apple_read_library. */
enum outcome apple_read_export(const char *path, const char *text, size_t len,
    const char *which, struct track_list *out, struct error *error);

/* Shared by both: takes the tracks of which from all of them. loved: of each
 * track of all. */
enum outcome apple_choose(const char *path, struct tracks *all,
    const bool *loved, const char *which, struct track_list *out,
    struct error *error);

#endif
