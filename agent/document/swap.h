/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * swap: puts the new document in the place of the old one. Private to
 * document/.
 *
 * Other programs write the document without a lock, so the file that we
 * replace may be newer than the one that was read, or be written at this very
 * moment. Therefore the two files are exchanged, and the one that came out is
 * checked before it is removed. A kill may come at any instruction: the names
 * of the files in the document's folder hold all that a later run must know.
 * For a document called X:
 *
 *   .X.likesync-tmp		being written, by us alone: may be removed
 *   .X.likesync-OLD-NEW	complete. OLD and NEW are hashes of the document
 *				that was read, and of the one made from it.
 *   .X.likesync-seen		the guard copy: see guard_copy.h
 *
 * The second name exists before and after the exchange. The hash of its
 * content tells what happened:
 *
 *   NEW	no exchange: may be removed
 *   OLD	exchanged, and no other program wrote in between: its content is
 *		in the document, so it is removed once no program has it open
 *   else	exchanged, and this is a newer document of another program
 *
 * The last is put back in its place as soon as it is whole, and merged like
 * any other; what came out then is NEW. Where it can't be put back, because
 * both have been written since, it gets a visible name and the log says so.
 * Only files whose content is in the document are ever removed.
 */
#ifndef DOCUMENT_SWAP_H
#define DOCUMENT_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fast_hash.h"

struct stat;

struct swap {
	char *path;		/* the document, symbolic links followed */
	char *folder;
	char *stem;		/* ".X.likesync-" */
	char *work;		/* the path of .X.likesync-tmp */
	char *guard;		/* the path of .X.likesync-seen */
	bool guard_is_new;	/* the guard copy was made by this merge */
	bool no_exchange;	/* the file system can't exchange files */
};

void swap_init(struct swap *s, const char *path);
void swap_free(struct swap *s);

/* A file that came out of an exchange or is about to go in, and the hashes in
 * its name. */
struct outgoing {
	char *path;		/* owned */
	uint8_t old[FAST_HASH_LEN], new[FAST_HASH_LEN];
	/* The state of the document when it was read, if any later write would
	 * change it: then a file in that state need not be hashed. */
	const struct stat *read_as;
	const char *becomes;	/* its name when it is not needed any more;
				   NULL: it is removed */
};

void outgoing_free(struct outgoing *out);

/* Removes the temporary file and lists the files of interrupted exchanges; the
 * caller frees each item and the list. */
size_t swap_list_interrupted(const struct swap *s, struct outgoing **list);

enum swapped {
	SWAP_DONE,
	SWAP_RACED,		/* another program was faster; our file has
				   been removed */
	SWAP_FAILED		/* errno is set */
};

/* Puts the complete s->work in the document's place and syncs the folder. old:
 * NULL where no document was there. Otherwise out is the file that came out,
 * without a path if the file system has no hard links either. */
enum swapped swap_in(struct swap *s, const uint8_t *old, const uint8_t *new,
    struct outgoing *out);

/* Puts the file that came out back in the document's place. SWAP_RACED: another
 * program has written the document since. */
enum swapped swap_back(struct swap *s, const struct outgoing *out);

/* 0, or -1 if it can't be read. */
int swap_hash(const char *path, uint8_t hash[FAST_HASH_LEN]);

/* Gives the file at path a visible name; the log says that and what is wrong
 * with it. */
void swap_keep_aside(const struct swap *s, const char *path,
    const char *what);

/* Test hook: called where another program may write the document, or a kill
 * come. NULL in the program. */
enum merge_step { AFTER_READ, AFTER_WRITE, BEFORE_EXCHANGE, AFTER_EXCHANGE,
	BEFORE_REMOVE, BEFORE_SWAP_BACK, AFTER_SWAP_BACK, N_MERGE_STEPS };
extern void (*document_test_hook)(enum merge_step m);
void document_reached(enum merge_step m);

#endif
