/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * read: what the document holds, and what happens to each entry. Of an entry
 * only its position and a few facts are kept. They come from the map, if there
 * is one of this very document, and else from reading it as a stream. It is
 * never mapped into memory: another program may truncate it meanwhile. Private
 * to document/.
 */
#ifndef DOCUMENT_READ_H
#define DOCUMENT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/fast_hash.h"
#include "base/mapped.h"
#include "base/outcome.h"
#include "document/file_table.h"

#define READ_BLOCK (256 << 10)
/* A larger entry (an embedded waveform) is copied unchanged to limit memory. */
#define MAX_PATCHED (16 << 20)

struct json;

/* What the merge does with an entry. */
enum action { KEEP, DROP, PATCH };

/* An entry of the document. */
struct slot {
	off_t begin, end;
	uint64_t path;		/* table_hash() of its path */
	uint64_t id;		/* id_hash(); 0: it has none */
	uint64_t digest;	/* of the file whose values it has; 0: unknown */
	uint32_t file;		/* number of its file; 0: none */
	uint8_t action;
	bool ours : 1;
	bool is_protected : 1;	/* by Mixed In Key */
	bool analyzed : 1;	/* has an analyzedAt */
	bool moved : 1;		/* found by its id: the file has a new path */
	bool id_is_news : 1;	/* its file is known by another id, or none */
	uint16_t spare;
};

/* A member of the document that we update; end 0: it has none. */
struct place {
	off_t begin, end;
};

enum place_name { GENERATED_AT, TOTAL_FILES, ANALYZED_TRACKS, TRACKS,
	N_PLACES };

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
	bool mapped;		/* it was not read: the map knew it */
	bool unknown_to_map;	/* a new map would say something else */

	struct mapped list;	/* the slots */
	size_t count;
	size_t ours;		/* of the slots, those that are dropped too */
	struct place places[N_PLACES];
};

struct slot *reading_slot(const struct reading *r, size_t i);
/* An empty slot at the end of the list. */
struct slot *reading_add_slot(struct reading *r);

struct read_options {
	struct file_table *files;	/* reset by this; NULL: no entry has
					   a file */
	const char *map;	/* its path, or NULL */
	const char *folder;	/* for large tables, or NULL */
	/* Called for every entry, unless NULL. v's inner objects and arrays
	 * are empty. Not together with a map. */
	void (*on_entry)(void *ctx, const struct json *v,
	    const struct slot *s);
	void *ctx;
};

/* Opens path and reads it to its end. DONE in every state; RUN_CONFIG with
 * error if it can't be opened. Close r in any case. */
enum outcome reading_open(struct reading *r, const char *path,
    const struct read_options *how, struct error *error);
/* The same for an open descriptor, which is left at the end of the file and is
 * the caller's. */
void reading_of(struct reading *r, int fd, const struct read_options *how);
void reading_close(struct reading *r);

#endif
