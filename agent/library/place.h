/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place: writes a file into the library. It is written as an unnamed file in
 * its folder and linked when complete: no partial file is ever visible, and no
 * existing file is overwritten.
 *
 * The folder is kept open from its making to the commit: whatever gets its
 * name meanwhile, a link to elsewhere for instance, is not followed.
 *
 * Order: place_open, write and tag through p.fd, place_commit, place_close.
 */
#ifndef LIBRARY_PLACE_H
#define LIBRARY_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/track.h"

struct place {
	int fd;			/* read and write */
	int folder;		/* the folder that will hold it */
	char *root;
	char *wanted;		/* relative path, if free; its folders exist */
	char *temporary;	/* dotfile in folder, used where unnamed files
				   are not supported; or NULL */
};

/* The path below the library for a track by layout, such as
 * "{albumartist}/{year?{year} }{album}/{track} {title}": legal on every file
 * system, no component over 255 bytes, never empty, never outside. Fields:
 * artist, artists, albumartist, title, album, year, track, disc, playlist.
 * {field?text|other} is text if the field is known, else other, which may be
 * absent. playlist: the name of the track's, or NULL. extension without dot.
 * Caller frees. */
char *layout_path(const char *layout, const struct track *t,
    const char *playlist, const char *extension);
/* NULL, or the layout's fault. Static. */
const char *layout_check(const char *layout);

/* Does this path below root lead through a link to a folder? */
bool place_is_behind_link(const char *root, const char *path);

/* Creates and syncs the folders of wanted below root, which must exist, and
 * keeps the last one open. Links are not followed: they may lead out of the
 * library, and the scan skips them. Where a name is taken by a link or a file,
 * the folder gets " (2)" and so on. RUN_FAILED with error: the library can't
 * be written. RUN_ACT: it is full. */
enum outcome place_enter(struct place *p, const char *root,
    const char *wanted, struct error *error);
/* The same, and the unnamed file. */
enum outcome place_open(struct place *p, const char *root,
    const char *wanted, struct error *error);
/* After place_enter: links the open file fd as wanted. 0, or -1 with errno. */
int place_link(const struct place *p, int fd);
/* A free name: wanted, or with " (2)" and so on before the extension where that
 * is taken. Caller frees. */
char *place_free_name(const struct place *p);
/* The path with " (n)", or another mark, before the extension. Caller frees. */
char *place_numbered(const char *path, int n);
char *place_marked(const char *path, const char *mark);
/* Where place_enter would put wanted now, given the links and files that have
 * the names of its folders; creates nothing. NULL with errno: root can't be
 * opened. Caller frees. */
char *place_resolve(const char *root, const char *wanted);
/* Gives the file `name` in the open folder the name of p, which place_enter made,
 * on the same file system. ITEM_FAILED with error: that name is taken, or the
 * file can't be moved. RUN_FAILED, RUN_ACT: the library can't be written. */
enum outcome place_move(const struct place *p, int folder, const char *name,
    struct error *error);
/* Links the file as rel and syncs. ITEM_FAILED: the name is taken by now, get
 * another one. The place stays open. */
enum outcome place_commit(struct place *p, const char *rel,
    struct error *error);
/* Closes; removes the file unless it was committed. */
void place_close(struct place *p);
/* Removes the regular file if it is a dotfile of ours that a killed run left:
 * name in the open folder, path below the library. */
void place_clean(int folder, const char *name, const char *path);

/* DONE if `need` more bytes may be written below root, or RUN_ACT with error:
 * "disk is 86% full, max_disk_usage is 85%: ...". */
enum outcome disk_room(const char *root, int max_usage_percent,
    uint64_t min_free, uint64_t need, struct error *error);
/* 0..100, and the free bytes; -1 if unknown. */
double disk_usage(const char *root, uint64_t *free_bytes);

#endif
