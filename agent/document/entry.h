/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_entry: what we have to say of one file, as the document spells it,
 * and which of it an entry that is there already lacks. Private to the
 * document.
 */
#ifndef DOCUMENT_ENTRY_H
#define DOCUMENT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "types/entry.h"

struct json;

#define MAX_EDITS 24		/* the fields that we know */

/* One member of an entry that is to become something else. */
struct edit {
	const char *name;	/* static */
	char *text;		/* JSON, owned; NULL: the member goes */
};

struct edits {
	struct edit items[MAX_EDITS];
	size_t count;
};

void edits_free(struct edits *list);

bool entry_is_ours(const struct json *v);
/* Nothing is known of its energy, whatever number it has. */
bool entry_energy_is_unknown(const struct json *v);
/* Mixed In Key's, which nobody else touches. */
bool entry_is_paid_for(const struct json *v);

/* The entry's filePath as the bytes that the system knows the file by (Python
 * writes a byte that is no UTF-8 as a lone surrogate); NULL if it has none.
 * The caller frees it. */
char *entry_file_path(const struct json *v);
/* The other way: such bytes as a JSON string, appended to out. */
void entry_spell_path(const char *path, struct buf *out);

/* What must change in v, an entry of the document, by what e says; moved: it
 * is to follow its file to e's path. Of v only its own members are looked at,
 * not what lies inside them. */
void entry_edits(const struct json *v, const struct entry *e,
    const char *root, bool moved, struct edits *out);

/* Is enough known of the file for an entry of its own? */
bool entry_is_presentable(const struct entry *e);
/* A new entry as JSON text, appended to out; indent: by two, else compact. */
void entry_render(const struct entry *e, const char *root, const char *id,
    bool indent, struct buf *out);

#endif
