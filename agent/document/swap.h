/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_swap: the new document takes the old one's place. Private to the
 * document.
 *
 * Others write the document with no lock, so what we replace may be newer
 * than what we read, or be written to this very moment. Therefore the two
 * files are exchanged, and what came out is looked at before it is removed.
 * A kill may come at any instruction between: so the names of the files in
 * the document's folder say all that a later run must know. For a document
 * called X:
 *
 *   .X.likesync-tmp		being written, by us alone: worth nothing
 *   .X.likesync-OLD-NEW	written. OLD and NEW are hashes: of what was
 *				read, and of what was made of it.
 *	.X.likesync-seen	a witness: see document_witness.h
 *
 * The second name exists before the exchange and after it. Its content tells
 * where things stand:
 *
 *   NEW	the exchange did not happen: worth nothing
 *   OLD	it did, and nobody came between: what was read is in the
 *		document now, so this may go, once nobody has it open
 *   else	it did, and this is another writer's newer document
 *
 * The last is put back in its place as soon as it is whole, and merged as any
 * other; what came out then is NEW. Where that can't be, as both have gone on,
 * it gets a name that is not hidden and a person is told. Nothing is removed
 * but what is known to be in the document.
 */
#ifndef DOCUMENT_SWAP_H
#define DOCUMENT_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct swap {
	char *path;		/* the document itself, no symbolic link */
	char *folder;
	char *stem;		/* ".X.likesync-" */
	char *work;		/* the path of .X.likesync-tmp */
	char *witness;		/* the path of .X.likesync-seen */
	bool called;		/* the witness is of this merge */
	bool no_exchange;	/* the file system has no such thing */
};

void swap_init(struct swap *s, const char *path);
void swap_free(struct swap *s);

/* A file that came out, or is about to go in, and what its name tells. */
struct outgoing {
	char *path;		/* owned */
	uint8_t old[SHA256_LEN / 2], new[SHA256_LEN / 2];
};

void outgoing_free(struct outgoing *out);

/* Removes what was never finished and lists what earlier swaps left; the
 * caller frees each and the list. */
size_t swap_leftovers(const struct swap *s, struct outgoing **list);

enum swapped {
	SWAP_DONE,
	SWAP_RACED,		/* another program was faster; nothing of ours
				   is left anywhere */
	SWAP_FAILED		/* errno says why */
};

/* The finished s->work takes the document's place. old is NULL where there is
 * to be no document yet; otherwise out is what came out, or has no path if
 * the file system could not tell. The folder is synced. */
enum swapped swap_in(struct swap *s, const uint8_t *old, const uint8_t *new,
    struct outgoing *out);

/* Exchanges what came out with what went in; SWAP_RACED: that is not there any
 * more. Where nothing is there, what came out is just put back. */
enum swapped swap_back(struct swap *s, const struct outgoing *out);

enum in_library { HELD_NOWHERE, HELD_OPEN, HELD_UNTOLD };

/* Does anybody have the file open for writing? The kernel tells its owner and
 * root only. */
enum in_library swap_held(const char *path);

/* 0, or -1 if it can't be read. */
int swap_hash(const char *path, uint8_t hash[SHA256_LEN]);
bool hash_begins(const uint8_t hash[SHA256_LEN],
    const uint8_t half[SHA256_LEN / 2]);

/* Gives path a name that a person sees, and tells one what it is. */
void swap_keep_aside(const struct swap *s, const char *path,
    const char *what);

/*
 * Where another program may come between, or this one may end. Tests stand
 * there; in the program this is NULL.
 */
enum moment { AFTER_READ, AFTER_WRITE, BEFORE_EXCHANGE, AFTER_EXCHANGE,
	BEFORE_REMOVE, BEFORE_SWAP_BACK, AFTER_SWAP_BACK, N_MOMENTS };
extern void (*document_at)(enum moment m);
void document_reached(enum moment m);

#endif
