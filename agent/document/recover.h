/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recover: reads analyses back from the document when the index was lost:
 * analyzing a large library again takes a night.
 */
#ifndef DOCUMENT_RECOVER_H
#define DOCUMENT_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/entry.h"

struct json;

struct recovered_entry {
	const struct entry *e;		/* the file, one of files */
	struct analysis analysis;	/* owned by on_entry() */
	int64_t analyzed_at;		/* Unix time */
	char version[32];		/* of likesync; "": another program's */
};

/* Calls on_entry for each of files (compared by path and size) whose entry is
 * ours, or is complete. A missing or broken document has none. RUN_CONFIG with
 * error: it can't be read. */
enum outcome document_recover(const char *path, const char *root,
    const struct entries *files, void (*on_entry)(void *ctx,
    struct recovered_entry *r), void *ctx, struct error *error);

/* The analysis in v, a whole entry. A field that is absent or malformed is
 * unknown. */
void entry_analysis(const struct json *v, struct analysis *out);

#endif
