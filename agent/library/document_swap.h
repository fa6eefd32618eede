/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_swap: how a new document takes the old one's place without anyone
 * losing a word. Private.
 *
 * The new one is written as .NAME.likesync-new beside the old. A note of its
 * inode and of the base that it was made from is synced; then the two are
 * exchanged, so that what was in place until that instant lies under the
 * temporary name and can be looked at. The note tells the next run, after a
 * kill, on which side of the exchange the temporary is.
 */
#ifndef LIBRARY_DOCUMENT_SWAP_H
#define LIBRARY_DOCUMENT_SWAP_H

#include <stdbool.h>

#include "base/outcome.h"
#include "library/document_image.h"

struct swap {
	char *path;		/* the document, links resolved */
	char *temporary;
	char *note;
	ino_t ours;		/* the inode of what we wrote last */
};

void swap_init(struct swap *s, const struct document *d);
void swap_free(struct swap *s);

/* May we write it? RUN_CONFIG with why if not. */
enum outcome swap_check(const struct swap *s, const struct document *d,
    struct why *why);
/* Ends what a killed run left: removes our own unfinished write; keeps what
 * came out of an exchange, if it was somebody's newer document, under a name
 * of its own. */
void swap_recover(const struct swap *s);

/* Makes the temporary, with the old one's mode and owner. -1: errno. */
int swap_create(const struct swap *s, const struct image *base);
/* Exchanges. *came_out tells whether something else than the base was in
 * place: it lies under the temporary name now. fd is the new document's. */
enum outcome swap_exchange(struct swap *s, int fd,
    const struct image *base, int patience_ms, bool *came_out,
    struct why *why);
/* Puts what came out back in place, to be read as the next base; our own
 * write, which said nothing that is not in the index, goes. */
void swap_put_back(const struct swap *s);
/* Gives the temporary a name that nobody overlooks; returns it. */
char *swap_keep_aside(const struct swap *s);

#endif
