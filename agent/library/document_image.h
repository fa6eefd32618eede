/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document_image: the document as it was read once: where its entries stand,
 * what is to become of each, and a hash of all its bytes. Private.
 */
#ifndef LIBRARY_DOCUMENT_IMAGE_H
#define LIBRARY_DOCUMENT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/outcome.h"
#include "library/document.h"
#include "library/document_entry.h"

struct map;

enum fate { KEEP, DROP, PATCH };

struct piece {
	off_t begin, end;
	enum fate fate;
	struct fields set;		/* PATCH */
};

struct image {
	int fd;				/* -1: there is no document */
	struct stat st;
	uint8_t hash[SHA256_LEN];
	struct piece *pieces;
	size_t count, cap;
	off_t array_begin, array_end;	/* of '[', and behind ']' */
	struct {
		off_t begin, end;
	} top[3];			/* generatedAt, totalFiles,
					   analyzedTracks; end 0: absent */
	size_t ours, analyzed;		/* entries, after the merge */
	size_t dropped, updated, filled, moved;
	bool *told;			/* by entry: the document has it */
};

extern const char *const image_top_names[3];

/* What the merge knows of our entries, for looking up. */
struct known {
	const struct document *d;
	struct map *by_path;		/* absolute -> struct entry */
	struct map *by_id;		/* doc_id -> struct entry */
};

/* Reads and judges. TRACK_FAILED with why: what is there is no document.
 * img->fd stays open, on the bytes that were read. */
enum outcome image_read(const char *path, const struct known *k,
    struct image *img, struct why *why);
void image_free(struct image *img);
bool image_needs_writing(const struct image *img, size_t n_new);

#endif
