/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * write: the second pass. Copies the document byte by byte, except entries
 * that are dropped or changed, new entries at the end, and generatedAt,
 * totalFiles and analyzedTracks at the top. Private to document/.
 */
#ifndef DOCUMENT_WRITE_H
#define DOCUMENT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fast_hash.h"
#include "document/document.h"
#include "document/read.h"

#define NEW_ID_MAX 48

/* A new entry. */
struct addition {
	const struct entry *e;
	char id[NEW_ID_MAX];	/* new; "": e's doc_id is used again */
};

struct additions {
	struct addition *items;
	size_t count, cap;
};

/* Finds the catalogue's presentable entries that have no slot. */
void additions_find(struct additions *a, const struct reading *r,
    const struct catalogue *c);
void additions_free(struct additions *a);
const char *addition_id(const struct addition *a);

/* Counts in report what a merge of r changes; false if nothing. */
bool merge_count(const struct reading *r, const struct additions *a,
    struct document_report *report);

/* Writes the merged document to `to`; hash is of the bytes written. Returns 0,
 * or -1 with errno set; EAGAIN: r's file has changed since it was read. */
int merge_write(const struct reading *r, const struct catalogue *c,
    const struct additions *a, int to, uint8_t hash[FAST_HASH_LEN]);

#endif
