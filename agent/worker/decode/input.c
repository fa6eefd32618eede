/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ID3_HEAD 10
#define ID3_FOOTER 0x10
#define OGG_PAGE_MAX 65307		/* by its format */
#define OGG_LAST_PAGE 0x04

int input_read_at(struct input *b, int64_t at, void *out, int len)
{
	ssize_t got;

	do
		got = pread(b->fd, out, (size_t)len, b->begin + at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		b->errnum = errno;
	return (int)got;
}

int input_read(struct input *b, void *out, int len)
{
	int got = input_read_at(b, b->at, out, len);

	if (got > 0)
		b->at += got;
	return got;
}

int64_t input_seek(struct input *b, int64_t offset, int whence)
{
	int64_t base = whence == SEEK_CUR ? b->at : whence == SEEK_END ?
	    b->size : 0;

	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
		return -1;
	/* Within this range no sum with begin overflows. */
	if (offset < -base || offset > INT64_MAX / 2 - base)
		return -1;
	return b->at = base + offset;
}

/* The length of the tag at that offset; 0: none. */
static int64_t id3_length(struct input *b, int64_t at)
{
	uint8_t h[ID3_HEAD];
	int64_t len;

	if (input_read_at(b, at, h, sizeof(h)) != (int)sizeof(h) ||
	    memcmp(h, "ID3", 3) != 0 || h[3] == 0xff || h[4] == 0xff ||
	    ((h[6] | h[7] | h[8] | h[9]) & 0x80) != 0)
		return 0;
	len = ID3_HEAD + (h[6] << 21 | h[7] << 14 | h[8] << 7 | h[9]);
	return h[5] & ID3_FOOTER ? len + ID3_HEAD : len;
}

int64_t input_after_id3(struct input *b)
{
	int64_t at = 0, len;

	while ((len = id3_length(b, at)) > 0) {
		if (at + len > b->size) {
			b->begin += at + ID3_HEAD;
			b->size -= at + ID3_HEAD;
			return 0;
		}
		at += len;
	}
	return at;
}

bool input_end_ogg(struct input *b)
{
	uint8_t tail[OGG_PAGE_MAX];
	int64_t at = b->size > OGG_PAGE_MAX ? b->size - OGG_PAGE_MAX : 0;
	int got = input_read_at(b, at, tail, sizeof(tail));

	for (int i = got - 6; i >= 0; i--)
		if (memcmp(tail + i, "OggS", 4) == 0)
			return (tail[i + 5] & OGG_LAST_PAGE) != 0;
	return false;
}
