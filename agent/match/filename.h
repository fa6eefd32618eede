/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * filename: title and folders of a path, without what programs and shops add to
 * names: extension, underscores, bit rate, video id.
 */
#ifndef MATCH_FILENAME_H
#define MATCH_FILENAME_H

/* The last component as a title, "Artist - Title"; caller frees. */
char *filename_title(const char *path);
/* The folders, " - " between them; caller frees. "" if there are none. */
char *filename_folders(const char *path);

#endif
