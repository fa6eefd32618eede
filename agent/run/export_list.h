/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export_list: the files of an export, and the playlists in it, from the index.
 */
#ifndef RUN_EXPORT_LIST_H
#define RUN_EXPORT_LIST_H

#include "config/config.h"
#include "exports/exports.h"
#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "types/coverage.h"

struct map;

/* All are borrowed. */
struct export_source {
	const struct config *cfg;
	struct index *index;
	const struct provenance *provenance;
	const struct pins *pins;
};

/* A file, and the track that it is. A file is listed once for each track. */
struct export_row {
	char *path;		/* relative to the library; owned */
	char identity[IDENTITY_LEN + 1];
	char *key;		/* of a track in the index; owned, or NULL */
	const struct track *track;	/* of a list; borrowed, or NULL */
};

struct export_list {
	struct export_row *rows;
	size_t count, cap;
	char *name;		/* of the list; owned; NULL: the library */
	struct export_playlist *playlists;	/* of rows; owned */
	size_t n_playlists, cap_playlists;
};

/* The whole library, with Liked Songs and the playlists that are
 * followed. */
void export_list_library(const struct export_source *from,
    struct export_list *out);
/* Liked Songs, newest first, as far as they are in the library. */
void export_list_liked(const struct export_source *from,
    struct export_list *out);
/* The tracks of c that are in the library. c must outlive out. */
void export_list_coverage(const struct export_source *from,
    const struct coverage *c, struct export_list *out);
void export_list_free(struct export_list *list);
void export_playlists_free(struct export_playlist *playlists, size_t n);

/* The identities of files that nobody has tried to analyze; NULL: none. The
 * caller frees it by map_free. */
struct map *export_unanalyzed(const struct export_source *from,
    const struct export_list *list);

#endif
