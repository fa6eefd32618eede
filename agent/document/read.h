/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_read: the first pass. The document goes by as a stream; of each
 * entry only its place and its fate are kept. It is never mapped: another
 * program may truncate it while we look. Private to the document.
 */
#ifndef DOCUMENT_READ_H
#define DOCUMENT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/hash.h"
#include "base/outcome.h"
#include "types/entry.h"

#define READ_BLOCK (256 << 10)
/* A larger entry is copied as it is: what we would add is not worth evidence
 * somebody's embedded waveform in memory. */
#define MAX_PATCHED (16 << 20)

struct json;
struct map;

/* Our entries, to be found by what the document says of them. */
struct catalogue {
	const struct entries *entries;
	char *root;		/* the library, without a slash at its end */
	char *real_root;	/* the same without symbolic links */
	struct map *by_path;	/* relative path -> entry */
	struct map *by_id;	/* doc_id -> entry */
	/* Shown every entry that is read, and the file whose path it has, or
	 * NULL. May be NULL; its inner objects and arrays are empty. */
	void (*on_entry)(void *ctx, const struct json *v,
	    const struct entry *e);
	void *ctx;
};

void catalogue_init(struct catalogue *c, const struct entries *entries,
    const char *root);
void catalogue_free(struct catalogue *c);

enum fate { KEEP, DROP, PATCH };

/* An entry of the document. */
struct slot {
	off_t begin, end;
	const struct entry *e;	/* the file that it is about; or NULL */
	char *id;		/* where it is not e's doc_id already */
	bool has_id;
	enum fate fate;
	bool ours;
	bool moved;		/* its path is not e's any more */
	bool analyzed;		/* it says when */
};

/* A member at the top of the document that we bring up to date; end 0: it is
 * not there. */
struct place {
	off_t begin, end;
};

enum state {
	READ_WHOLE,		/* a document as it should be */
	READ_BLANK,		/* a file without a word in it */
	READ_BROKEN,		/* no JSON, or not such a document */
	READ_ABSENT
};

struct reading {
	int fd;
	struct stat st;		/* as it was before the first byte was read */
	enum state state;
	struct error fault;	/* of READ_BROKEN and READ_BLANK */
	uint8_t hash[SHA256_LEN];
	bool indented;

	struct slot *slots;
	size_t count, cap;
	size_t ours;		/* of the slots, whatever their fate */
	struct place array;	/* of `tracks` */
	struct place generated_at, total_files, analyzed_tracks;

	size_t *claims;		/* for each of our entries the number of the
				   slot that is about it, counted from 1 */
	bool *id_in_use;	/* for each: a slot has its doc_id */
};

/* Opens path and reads it to its end. DONE whatever state it is in; RUN_CONFIG
 * with why if it may not be read. To be closed in any case. */
enum outcome reading_open(struct reading *r, const char *path,
    const struct catalogue *c, struct error *error);
void reading_close(struct reading *r);

#endif
