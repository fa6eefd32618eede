/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * list_file: a list of tracks from a file, for those without an account: an
 * account export's YourLibrary.json or Playlist1.json (of any year), an
 * Exportify CSV of either family in any of its languages, separated by commas,
 * semicolons or tabs, or an M3U playlist. Told apart by content; in the
 * encodings of encoding.h. Always complete.
 */
#ifndef IMPORTS_LIST_FILE_H
#define IMPORTS_LIST_FILE_H

#include "base/outcome.h"
#include "types/track_list.h"

/* Liked Songs: any of them except Playlist1.json. RUN_CONFIG: no such file, or
 * not one of these. */
enum outcome list_file_read(const char *path, struct track_list *out,
    struct error *error);

/* Any of them, as a playlist: local files in Spotify are counted and left out.
 * Of Playlist1.json, the playlist of that name (case aside), or all if name is
 * NULL. out->name is the list's, or the file's. ITEM_FAILED: no list of that
 * name; RUN_CONFIG: not one of these files. */
enum outcome list_file_read_playlist(const char *path, const char *name,
    struct track_list *out, struct error *error);

#endif
