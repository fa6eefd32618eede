/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document: audio-library-analysis.json, which other programs read and write
 * too. It may have 313 MB: it is read as a stream, and the bytes of other
 * programs are copied unchanged.
 *
 * An entry is ours if its analyzerVersion begins with "likesync/": its fields
 * that we write are updated, its other fields are kept, and it is removed when
 * its file is gone. bpmConfidence 1 in an entry of another program is from
 * Mixed In Key: the entry is never changed. In any other entry, absent or
 * unknown fields are filled and a moved path is updated; nothing else changes.
 * A file without an entry gets one.
 *
 * The new document is written beside the old one, synced, and exchanged with
 * it (RENAME_EXCHANGE). The file that came out is compared with what was read;
 * if another program changed it in between, it is put back and merged again. A
 * document that is empty, broken, or much shorter than before is taken for an
 * unfinished write: we wait for the rest, else leave it as it is. An unchanged
 * document is not even read; one that nobody else has written since is not
 * parsed (map.h).
 */
#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/entry.h"

struct document {
	const char *path;	/* the document */
	const char *root;	/* the library folder, above all entries */
	const char *last_good;	/* path of a copy of the last whole document */
	const struct entry_source *files;	/* all files of the library */
	const char *map;	/* path of the map, in a folder that may take
				   large tables too; or NULL */
	char *seen;		/* state after the last call, or NULL */
	bool unchanged;		/* no row of files differs from the last call:
				   they are read only if the document has
				   changed */
	int wait_ms;		/* how long to wait for an unfinished write */
	/* Called after the merge for each file whose entry has another id than
	 * the file's doc_id. */
	void (*on_id)(void *ctx, const char *path, const char *doc_id);
	void *ctx;
};

struct document_report {
	bool written;
	bool read;		/* false: unchanged since the last call */
	bool by_map;		/* read, but only changed entries parsed */
	size_t entries;		/* in it now */
	size_t ours;		/* of them */
	size_t added, updated, filled, moved, removed;
	uint64_t bytes;
	int merges;		/* above 1 if other programs wrote meanwhile */
};

/* RUN_CONFIG: no permission to write it; error says what to do. RUN_FAILED: it
 * stayed broken or too short, or the disk is full. RUN_LATER: other programs
 * kept writing it. The document is unchanged after all of them. */
enum outcome document_merge(struct document *d, struct document_report *r,
    struct error *error);

/* Appends one file as `analyze --json` prints it, on one line: the document's
 * field names (null: unknown; no id, no uploadedAt), all beats if wanted, then
 * reason and why: the fault of an incomplete file, else null. */
struct buf;
void document_print(const char *path, int64_t size,
    const struct decoded_media *e, bool beats, struct buf *out);

#endif
