/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_write: the second pass. What was read is copied byte by byte, but
 * for the entries that are dropped or changed, those that come new at the
 * end, and three numbers at the top. Private to the document.
 */
#ifndef DOCUMENT_WRITE_H
#define DOCUMENT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "document/document.h"
#include "document/read.h"

#define NEW_ID_MAX 48

/* An entry that the document gets. */
struct addition {
	const struct entry *e;
	char id[NEW_ID_MAX];	/* new; "": e's doc_id, which it had before */
};

struct additions {
	struct addition *items;
	size_t count, cap;
};

/* Those of our entries that are presentable and in none of the slots. */
void additions_find(struct additions *a, const struct reading *r,
    const struct catalogue *c);
void additions_free(struct additions *a);
const char *addition_id(const struct addition *a);

/* What a merge of r would change, told in report; false if it is nothing. */
bool merge_count(const struct reading *r, const struct additions *a,
    struct document_report *report);

/* Writes the merged document to `to`. Returns 0, or -1 with errno set; EAGAIN:
 * r's file is not what it was when it was read. hash is of what was written. */
int merge_write(const struct reading *r, const struct catalogue *c,
    const struct additions *a, int to, uint8_t hash[SHA256_LEN]);

#endif
