/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document: audio-library-analysis.json, which others read and write too. It
 * may be 313 MB: it is read as a stream, and what is not ours is copied as
 * bytes.
 *
 * An entry is ours if its analyzerVersion begins "likesync/": its fields that
 * we write are brought up to date, others in it are kept, and it is removed
 * when its file is gone. bpmConfidence 1 in an entry of another writer is
 * Mixed In Key's: untouched. In any other entry what is absent or unknown is
 * filled, a moved path followed, and nothing else changed. A file without an
 * entry gets one.
 *
 * The new document is written beside the old, synced, and exchanged with it
 * (RENAME_EXCHANGE); what came out is compared with what was read, and merged
 * again if another writer was faster. A document that is empty, broken, or
 * much shorter than it was is somebody's half-done write: it is waited for,
 * else left alone. An idle document is not touched, nor even read.
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
	const char *root;	/* the library folder: entries' paths begin so */
	const char *last_good;	/* where a copy of the last good one is kept */
	const struct entries *entries;	/* all files that we can speak of */
	char *seen;		/* note of the last call, or NULL; replaced */
	bool changed;		/* entries differ from the last call's */
	int patience_ms;	/* how long a half-done write is waited for */
	/* An entry of the document belongs to this file: remember its id. */
	void (*on_id)(void *ctx, const struct entry *e, const char *doc_id);
	void *ctx;
};

struct document_report {
	bool written;
	bool read;		/* false: known to be as we left it */
	size_t entries;		/* in it now */
	size_t ours;		/* of them */
	size_t added, updated, filled, moved, removed;
	uint64_t bytes;
	int merges;		/* 1, or more if other writers came between */
};

/* RUN_CONFIG: it may not be written (what to do is in why). RUN_FAILED: it is
 * broken or shrunken and stayed so, or the disk is full; it is as it was. */
enum outcome document_merge(struct document *d, struct document_report *r,
    struct error *error);

/* One file as `analyze --json` prints it: the document's field names, null for
 * what could not be told; no id, no uploadedAt. Then beats, if wanted: all
 * of them. Then reason and why: what is wrong with a file that is not complete,
 * else null. Appended to out, one line. */
struct buf;
void document_print(const char *path, int64_t size,
    const struct examination *e, bool beats, struct buf *out);

#endif
