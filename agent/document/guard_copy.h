/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_witness: what remembers a document that was out of its place for a
 * moment. Private to the document.
 *
 * When another writer's newer document came out of the exchange, it is put
 * back; but until then ours stood there, which knows nothing of what he had
 * just added. Who read ours in that moment may write it back without that. So
 * a copy of what is put back stays beside the document until the next run:
 * should entries of it be missing by then, the copy gets a name that a person
 * sees.
 */
#ifndef DOCUMENT_GUARD_COPY_H
#define DOCUMENT_GUARD_COPY_H

#include "document/swap.h"

/* Before what came out is put back. There is one witness: an earlier one is
 * heard first, against what is put back. */
void guard_copy_check(struct swap *s, const struct outgoing *out);

/* Compares it with the document. It goes if it misses nothing and is of an
 * earlier merge. If the document is not whole now, it stays. */
void guard_copy_keep(const struct swap *s);

#endif
