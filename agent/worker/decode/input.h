/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input: the bytes of a media file, read by position only, for the decoder;
 * and the checks that need no decoder: ID3v2 tags and the end of an Ogg file.
 */
#ifndef WORKER_DECODE_INPUT_H
#define WORKER_DECODE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

struct input {
	int fd;			/* borrowed */
	int64_t begin;		/* offset of the media in the file; usually 0 */
	int64_t size;		/* of the media */
	int64_t at;		/* current position in the media */
	int errnum;		/* errno of a read that failed */
};

/* The number of bytes read, up to len; -1 with errnum set. */
int input_read_at(struct input *b, int64_t at, void *out, int len);
/* The same at the current position, which advances. */
int input_read(struct input *b, void *out, int len);
/* The new position, which may be past the end; -1: invalid. whence as for
 * lseek. */
int64_t input_seek(struct input *b, int64_t offset, int whence);

/*
 * The offset after the ID3v2 tags at the beginning, which may be larger
 * (covers) than what a probe reads. If a tag claims to extend past the end of
 * the file, begin is moved behind its header, so that libavformat does not skip
 * it.
 */
int64_t input_after_id3(struct input *b);

/* Whether the last Ogg page, which is marked as such, is there: Ogg states no
 * length. */
bool input_end_ogg(struct input *b);

#endif
