/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file_table: the files of the library during a merge, found by the path of an
 * entry. Private to document/.
 */
#ifndef DOCUMENT_FILE_TABLE_H
#define DOCUMENT_FILE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mapped.h"
#include "types/entry.h"

struct file_row {
	uint64_t digest;
	uint64_t hash;		/* of its path: see table_hash() */
	size_t path, id;	/* offsets in texts; id 0: none is known */
	uint32_t slot;		/* number of its entry, from 1; 0: none */
	bool id_in_use;		/* it has no entry, but an entry has its id */
	bool is_added;		/* it gets a new entry */
};

struct file_table {
	const struct entry_source *source;	/* NULL: there are no files */
	char *root;		/* the library, without a slash at its end */
	char *real_root;	/* the same without symbolic links */
	bool is_partial;	/* only files that may have changed: what is
				   not in it has an entry, which is right, or
				   is no file */
	size_t count;
	uint64_t digest;	/* of all of them; of a partial table 0 */
	struct mapped rows, texts;
	uint32_t *index;	/* hash table: numbers of rows, from 1 */
	size_t mask;
};

/* folder, or NULL, is where large tables may be put. */
void table_init(struct file_table *f, const struct entry_source *source,
    const char *root, const char *folder);
/* The same with the source's changed files only. */
void table_init_changed(struct file_table *f, const struct entry_source *source,
    const char *root, const char *folder);
/* Makes it a table of all files. */
void table_complete(struct file_table *f, const char *folder);
void table_free(struct file_table *f);
/* No file has an entry: before a document is read. */
void table_reset(struct file_table *f);

/* number: from 1. */
struct file_row *table_row(const struct file_table *f, size_t number);
const char *table_path(const struct file_table *f, const struct file_row *r);
const char *table_id(const struct file_table *f, const struct file_row *r);
						/* NULL: none is known */
const struct entry *table_get(const struct file_table *f,
    const struct file_row *r);

/* The hash of an entry's absolute path, by which its file is found; 0: it is
 * not below the library. */
uint64_t table_hash(const struct file_table *f, const char *path);
/* The number of the file with that hash; 0: none. */
uint32_t table_find(const struct file_table *f, uint64_t hash);
/* The hash of an id; never 0. */
uint64_t id_hash(const char *id);

#endif
