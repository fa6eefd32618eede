/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * list_file: a list of tracks from a file, for those without an account: an
 * account export's YourLibrary.json or Playlist1.json (of any year), an
 * Exportify CSV of either family in any of its languages, separated by commas,
 * semicolons or tabs, an M3U playlist, Apple Music's Library.xml or privacy
 * export. Told apart by content; in the encodings of encoding.h. Always
 * complete.
 */
#ifndef IMPORTS_LIST_FILE_H
#define IMPORTS_LIST_FILE_H

#include "base/outcome.h"
#include "types/track_list.h"

/* Liked Songs: any of them except Playlist1.json. which: of Apple Music's
 * library, "loved", "all" or a playlist's name; others are read whole.
 * RUN_CONFIG: no such file, or not one of these, or no such playlist. */
enum outcome list_file_read(const char *path, const char *which,
    struct track_list *out, struct error *error);

/* Any of them, as a playlist: local files in Spotify are counted and left out.
 * Of Playlist1.json or Apple Music's library, the playlist of that name (case
 * aside), or all if name is NULL; of the latter also "loved". out->name is the list's, or the file's. ITEM_FAILED: no list of that
 * name; RUN_CONFIG: not one of these files. */
enum outcome list_file_read_playlist(const char *path, const char *name,
    struct track_list *out, struct error *error);

#endif
