/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry: what likesync knows of a file for its entry in the analysis document,
 * and where the document gets it from: run/publish.c makes these from the
 * index.
 */
#ifndef TYPES_ENTRY_H
#define TYPES_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/media.h"

#define DOC_ID_MAX 128

struct entry {
	char *path;		/* relative to the library; owned */
	char identity[IDENTITY_LEN + 1];
	int64_t size;		/* bytes */
	struct tags tags;	/* artist and title as the file says */
	char *spotify_id;	/* of the linked track; "": the user rejected
				   the link; NULL: unknown */
	char *isrc;		/* or NULL */
	char *artist, *title;	/* for the document: from tags, track or file
				   name; never empty */
	bool analyzed;		/* the next three are known */
	struct analysis analysis;	/* owned */
	int64_t analyzed_at;	/* Unix time; later if its tags, which count
				   more than the analysis, were written later */
	char version[32];	/* of the analyzer; "": this one */
	int64_t added_at;	/* when the file was first seen; Unix time */
	char *doc_id;		/* the id that the document last had for it;
				   NULL: none */
};

struct entries {
	struct entry *items;
	size_t count, cap;
};

struct entry *entries_add(struct entries *list);	/* an empty one */
void entries_free(struct entries *list);
void entry_free(struct entry *e);	/* what it holds; leaves it empty */

/* All that is asked about every file. */
struct entry_row {
	const char *path;
	const char *doc_id;	/* or NULL */
	uint64_t digest;	/* of everything that the entry may say */
};

/* The files of the library, without having them all in memory. */
struct entry_source {
	void *ctx;
	/* Calls row for each file, in an order that stays. */
	void (*each)(void *ctx, void (*row)(void *to,
	    const struct entry_row *r), void *to);
	/* The file at path, valid until the next call; NULL: there is none.
	 * Asked about new and changed files only. */
	const struct entry *(*get)(void *ctx, const char *path);
	/* Like each, for those files only whose entry may have changed since the
	 * document was last brought up to date; no file has been removed since.
	 * NULL: they are not known. */
	void (*each_changed)(void *ctx, void (*row)(void *to,
	    const struct entry_row *r), void *to);
};

#endif
