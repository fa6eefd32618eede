/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * read: the first pass. The document is read as a stream; of each entry only
 * its position and the action are kept. It is never mapped: another program
 * may truncate it meanwhile. Private to document/.
 */
#ifndef DOCUMENT_READ_H
#define DOCUMENT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/fast_hash.h"
#include "base/outcome.h"
#include "types/entry.h"

#define READ_BLOCK (256 << 10)
/* A larger entry (an embedded waveform) is copied unchanged to limit memory. */
#define MAX_PATCHED (16 << 20)

struct json;
struct map;

/* The files of the library, by path and by entry id. */
struct catalogue {
	const struct entries *entries;
	char *root;		/* the library, without a slash at its end */
	char *real_root;	/* the same without symbolic links */
	struct map *by_path;	/* relative path -> entry */
	struct map *by_id;	/* doc_id -> entry */
	/* Called, unless NULL, for every entry that is read, with the file at
	 * its path or NULL. v's inner objects and arrays are empty. */
	void (*on_entry)(void *ctx, const struct json *v,
	    const struct entry *e);
	void *ctx;
};

void catalogue_init(struct catalogue *c, const struct entries *entries,
    const char *root);
void catalogue_free(struct catalogue *c);

/* What the merge does with an entry. */
enum action { KEEP, DROP, PATCH };

/* An entry of the document. */
struct slot {
	off_t begin, end;
	const struct entry *e;	/* its file, or NULL */
	char *id;		/* its id if that is not e's doc_id */
	bool has_id;
	enum action action;
	bool ours;
	bool moved;		/* found by id: the file has a new path */
	bool analyzed;		/* has an analyzedAt */
};

/* A member of the document that we update; end 0: it has none. */
struct place {
	off_t begin, end;
};

enum state {
	READ_WHOLE,		/* a complete document */
	READ_BLANK,		/* nothing but white space */
	READ_BROKEN,		/* no JSON, or no array tracks */
	READ_ABSENT
};

struct reading {
	int fd;
	struct stat st;		/* taken before the first byte was read */
	enum state state;
	struct error fault;	/* of READ_BROKEN and READ_BLANK */
	uint8_t hash[FAST_HASH_LEN];
	bool indented;

	struct slot *slots;
	size_t count, cap;
	size_t ours;		/* of the slots, those that are dropped too */
	struct place array;	/* of `tracks` */
	struct place generated_at, total_files, analyzed_tracks;

	/* For each of the catalogue's entries: */
	size_t *slot_of;	/* number of its slot, from 1; 0: none */
	bool *id_in_use;	/* a slot has its doc_id */
};

/* Opens path and reads it to its end. DONE in every state; RUN_CONFIG with
 * error if it can't be opened. Close r in any case. */
enum outcome reading_open(struct reading *r, const char *path,
    const struct catalogue *c, struct error *error);
void reading_close(struct reading *r);

#endif
