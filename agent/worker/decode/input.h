/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bytes_in: a media file as bytes behind a descriptor, for the decoder: read by
 * position only, and what can be told of them without knowing the format.
 */
#ifndef WORKER_DECODE_INPUT_H
#define WORKER_DECODE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

struct input {
	int fd;			/* borrowed */
	int64_t begin;		/* where the media begin in the file; usually 0 */
	int64_t size;		/* of the media */
	int64_t at;		/* our place in them */
	int errnum;		/* errno of a read that failed */
};

/* How many bytes there were, up to len; -1 with error set. */
int input_read_at(struct input *b, int64_t at, void *out, int len);
/* The same at our place, which moves on. */
int input_read(struct input *b, void *out, int len);
/* The new place, which may be past the end; -1: none. whence as of lseek. */
int64_t input_seek(struct input *b, int64_t offset, int whence);

/*
 * Where the media go on after the ID3v2 tags that may stand before anything,
 * and be larger (covers) than what a prober would look at. A tag that claims
 * to go on past the end of the file lies: then only its head is cut off, once
 * and for all, so that nobody believes it.
 */
int64_t input_after_id3(struct input *b);

/* Ogg states no length, but marks its last page: is it there? */
bool input_end_ogg(struct input *b);

#endif
