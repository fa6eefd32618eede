/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard_copy: a copy of a document that was out of its place for a moment.
 * Private to document/.
 *
 * When another program's newer document came out of the exchange, it is put
 * back; but until then our document, without its newest entries, was in its
 * place. A third program that read ours in that moment may write it back
 * without those entries. So a copy of the newer document is kept until the
 * next run: if the document lacks entries of it by then, the copy gets a
 * visible name and the log says so.
 */
#ifndef DOCUMENT_GUARD_COPY_H
#define DOCUMENT_GUARD_COPY_H

#include "document/swap.h"

/* Call before out is put back. There is one guard copy: an earlier one is
 * compared with out first. */
void guard_copy_create(struct swap *s, const struct outgoing *out);

/* Compares the guard copy with the document. A copy of an earlier merge is
 * removed if the document lacks nothing; it stays while the document is not
 * whole. */
void guard_copy_check(const struct swap *s);

#endif
