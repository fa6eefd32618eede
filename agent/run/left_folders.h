/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * left_folders: what happens to the folders that move_library takes files from.
 * If all audio files of a folder moved to one other folder, its covers, booklets
 * and texts follow them; then folders that are empty are removed. Cue sheets and
 * playlists stay, because they name files by their paths, and so do files of
 * other kinds, and whatever has a name that is taken there. Which folders these
 * are is noted in the index before the first file moves, so that the next call
 * finishes what a kill interrupted.
 *
 * Order: left_folders_open; left_folders_add for every file of the index;
 * left_folders_move for each that is to be moved; left_folders_store; the moves;
 * left_folders_clear.
 */
#ifndef RUN_LEFT_FOLDERS_H
#define RUN_LEFT_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct index;
struct left_folders;

/* root: a descriptor of the library, borrowed. Takes over what an earlier call
 * noted and did not clear. */
struct left_folders *left_folders_open(int root, struct index *x);
void left_folders_free(struct left_folders *l);	/* NULL allowed */

void left_folders_add(struct left_folders *l, const char *path);
void left_folders_move(struct left_folders *l, const char *from,
    const char *to);	/* to NULL: it stays */
/* Is there a cue sheet beside the file? */
bool left_folders_has_cue(struct left_folders *l, const char *path);
/* The path of the lyrics that belong to the file, whether they exist or not;
 * NULL: it has no extension. The caller frees it. */
char *left_folders_lyrics(const char *path);

enum outcome left_folders_store(struct left_folders *l, struct error *error);
/* Adds the number of files that followed to *moved. */
enum outcome left_folders_clear(struct left_folders *l, size_t *moved,
    struct error *error);

#endif
