/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_entry: one entry of the analysis document as text: what we have to
 * say of a file, and how it gets into an entry that is there without a byte of
 * the others being touched. Private to the document.
 */
#ifndef LIBRARY_DOCUMENT_ENTRY_H
#define LIBRARY_DOCUMENT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "model/entry.h"

struct json;

/* Members to be set in an entry, each with its value as JSON. */
struct fields {
	struct field {
		const char *name;	/* static */
		char *value;		/* owned */
	} items[24];
	size_t count;
};

void fields_free(struct fields *f);

/* What is to be set in an entry that is there (v, with inner containers left
 * empty). None: it stays as it is. */
void fields_for_ours(const struct entry *e, const char *root,
    const struct json *v, struct fields *out);
void fields_for_theirs(const struct entry *e, const char *root,
    const struct json *v, struct fields *out);
/* All that a new entry holds; id is the document's. */
void fields_for_new(const struct entry *e, const char *root, const char *id,
    struct fields *out);

/* The entry's text with the fields set: members that are there get the new
 * value in place (the last of a name, which is the one that counts), others
 * come last, in the entry's own style. -1 if text is no object. */
int entry_patch(const char *text, size_t len, const struct fields *set,
    struct buf *out);
/* A whole entry; lead is what stands before each entry in its array. */
void entry_render(const struct fields *set, const char *lead,
    struct buf *out);

bool entry_is_ours(const struct json *v);
/* Mixed In Key's own analysis: nobody touches it. */
bool entry_is_mixed_in_key(const struct json *v);
/* An entry's filePath as the bytes that the file system knows: Python writes
 * bytes that are no UTF-8 as lone surrogates. Caller frees; NULL: none. */
char *entry_path(const struct json *v);

#endif
