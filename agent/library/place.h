/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place: how a finished file gets its name in the library. Written to an
 * unnamed file in its folder first, linked when it is whole: nothing partial
 * is ever visible, and nothing that is there is overwritten.
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
	int folder;		/* that is to hold it */
	char *root;
	char *wanted;		/* relative path, if it is free; its folders
				   are there */
	char *temporary;	/* its dotfile in folder, where unnamed files
				   can't be */
};

/* The path below the library for a track by layout, such as
 * "{artist}/{album}/{track} {title}": legal on every file system, no
 * component over 255 bytes, never empty, never outside. Fields: artist,
 * artists, title, album, year, track, disc. extension without dot. Caller
 * frees. */
char *layout_path(const char *layout, const struct track *t,
    const char *extension);
/* NULL, or what is wrong with the layout. Static. */
const char *layout_check(const char *layout);

/* Does this path below root lead through a link to a folder? */
bool place_is_behind_link(const char *root, const char *path);

/* Makes the folders of wanted below root, which must be there, on stable
 * storage, and keeps the last one open. Links are not followed: one may lead
 * out of the library, and the scan does not look behind any. Where a link, or
 * what else is no folder, has a folder's name, the folder is another one, with
 * " (2)" and so on.
 * RUN_FAILED with why: the library can't be written. RUN_ACT: it is full. */
enum outcome place_enter(struct place *p, const char *root,
    const char *wanted, struct error *error);
/* The same, and the unnamed file. */
enum outcome place_open(struct place *p, const char *root,
    const char *wanted, struct error *error);
/* After place_enter: links the open file fd as wanted. 0, or -1 with errno. */
int place_link(const struct place *p, int fd);
/* The name that the next commit would take: wanted, or with " (2)" and so on
 * before the extension where that is taken. Caller frees. */
char *place_free_name(const struct place *p);
/* Links it as rel and syncs; TRACK_FAILED: taken in the meantime, ask for
 * another name. The place stays open. */
enum outcome place_commit(struct place *p, const char *rel,
    struct error *error);
/* Closes and, unless committed, leaves nothing behind. */
void place_close(struct place *p);
/* Removes the dotfiles that a killed run left in root's folders; only ours. */
void place_clean(const char *root);

/* May `need` more bytes be written below root? DONE, or RUN_ACT with why:
 * "disk ... is 86% full, max_disk_usage is 85%: ...". */
enum outcome disk_room(const char *root, int max_usage_percent,
    uint64_t min_free, uint64_t need, struct error *error);
/* 0..100, and the bytes that are free; -1 if it can't be told. */
double disk_usage(const char *root, uint64_t *free_bytes);

#endif
