/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file: one audio file in the library, as the index holds it. */
#ifndef TYPES_FILE_H
#define TYPES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/media.h"
#include "types/reason.h"

struct file {
	char *path;		/* relative to the library, as bytes; owned */
	int64_t size;		/* bytes */
	int64_t mtime_ns;
	uint64_t inode;
	int64_t added_at;	/* when it was first seen, Unix time */
	char *doc_id;		/* its id in the document; NULL: never there */
	struct media media;	/* identity "": not readable as audio */
	enum reason reason;	/* for that; else REASON_NONE */
	char fault[128];	/* the same in words; "" */
};

struct files {
	struct file *items;
	size_t count, cap;
};

void file_init(struct file *f);
void file_free(struct file *f);		/* what it holds */
struct file *files_add(struct files *list);	/* an initialized one */
void files_free(struct files *list);

/* Is this the name of an audio file that belongs in a library? By extension;
 * not dotfiles, ._ resource forks, .part and other leftovers. */
bool file_name_is_audio(const char *name);

#endif
