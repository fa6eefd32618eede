/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry: the fields of one file as the document has them, and the edits that
 * bring an existing entry up to date. Private to document/.
 */
#ifndef DOCUMENT_ENTRY_H
#define DOCUMENT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "types/entry.h"

struct json;

#define MAX_EDITS 24		/* one for each field */

/* A change of one member of an entry. */
struct edit {
	const char *name;	/* static */
	char *text;		/* JSON, owned; NULL: remove the member */
};

struct edits {
	struct edit items[MAX_EDITS];
	size_t count;
};

void edits_free(struct edits *list);

bool entry_is_ours(const struct json *v);
/* Old entries have energy 5 where it is unknown. */
bool entry_energy_is_unknown(const struct json *v);
/* By Mixed In Key: it must not be changed. */
bool entry_is_protected(const struct json *v);

/* The entry's filePath as the bytes of the file name (Python writes a byte that
 * is not UTF-8 as a lone surrogate); NULL if it has none. Caller frees. */
char *entry_file_path(const struct json *v);
/* The reverse: appends such a path to out as a JSON string. */
void entry_print_path(const char *path, struct buf *out);

/* The edits that bring v, an entry of the document, up to date with e; moved:
 * its path too. Objects and arrays in v may be empty, as the stream leaves
 * them. Free out with edits_free(). */
void entry_edits(const struct json *v, const struct entry *e,
    const char *root, bool moved, struct edits *out);

/* Is enough known of the file for an entry of its own? */
bool entry_is_presentable(const struct entry *e);
/* Appends a new entry to out as JSON; indent: by two spaces, else compact. */
void entry_render(const struct entry *e, const char *root, const char *id,
    bool indent, struct buf *out);

#endif
