/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_recall: the way back. If the index was lost, the document still
 * says how the files sound that were analyzed before, and listening to all of
 * them again would take a night.
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
	const struct entry *e;		/* the file, as it was given */
	struct analysis analysis;	/* taken over or freed by who hears it */
	int64_t analyzed_at;		/* Unix time */
	char version[32];		/* of the analyzer; "": another's */
};

/* Tells of each of these files (path and size count) for which the document
 * has an entry by us, or one that we had nothing to add to. If the document is
 * missing or not whole there are none. RUN_CONFIG with why: it may not be
 * read. */
enum outcome document_recover(const char *path, const char *root,
    const struct entries *files, void (*tell)(void *ctx,
    struct recovered_entry *r), void *ctx, struct error *error);

/* What v, a whole entry, says of how its file sounds. What is absent or not as
 * we spell it is unknown then. */
void entry_analysis(const struct json *v, struct analysis *out);

#endif
