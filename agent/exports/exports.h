/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exports: the library, or a list of it, in the forms that DJ software and the
 * mix generator read. Pure: what is asked about a file comes from the caller,
 * what is written goes to a buf.
 *
 * Text is written as valid UTF-8 without control characters, whatever a tag
 * holds. A path can't be changed so: files for which export_can_name is false
 * are to be left out by the caller where a format names paths.
 */
#ifndef EXPORTS_EXPORTS_H
#define EXPORTS_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "types/entry.h"
#include "types/track.h"

enum export_format {
	EXPORT_M3U8, EXPORT_REKORDBOX, EXPORT_TRAKTOR, EXPORT_MATCHED_TRACKS,
	EXPORT_CSV, N_EXPORT_FORMATS
};

/* A file of the export. */
struct export_item {
	const struct entry *entry;
	const struct media *media;
	const struct track *track;	/* it is the file of; NULL: unknown */
};

struct export_playlist {
	char *name;
	size_t *items;		/* in its order */
	size_t count;
};

struct export_input {
	size_t count;		/* items */
	/* The item i, valid until the next call. */
	const struct export_item *(*get)(void *ctx, size_t i);
	void *ctx;
	const char *name;	/* of a list; NULL: this is a whole library */
	const struct export_playlist *playlists;	/* in a collection */
	size_t n_playlists;
	/* The library's folder where the export is read, without a slash at
	 * its end: "/Users/ada/Music", "D:/Music"; for an M3U8 also relative
	 * to the list, "" being the same folder. */
	const char *root;
	const char *volume;	/* the disk's name in Traktor; NULL: the drive
				   letter of root, or none */
};

/* "m3u8", "rekordbox", "traktor", "matched-tracks", "csv". Static. */
const char *export_format_name(enum export_format f);
/* false: no such format. */
bool export_format_parse(const char *text, enum export_format *out);
/* Does it name files by their paths? */
bool export_names_paths(enum export_format f);
/* Is it valid UTF-8 without control characters? */
bool export_can_name(const char *path);
/* A folder's path, also of Windows ("D:\\Music"), with slashes, and none at its
 * end. Caller frees. */
char *export_root(const char *text);

/* The way from one folder to another, both absolute and without "." and "..":
 * "../music", "" if they are the same. Caller frees. */
char *export_relative(const char *from, const char *to);

/* Appends the whole export to out. */
void export_write(enum export_format f, const struct export_input *in,
    struct buf *out);

#endif
