/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tagger: writes tags and a cover into a file behind a descriptor, by TagLib,
 * without touching the audio; and reads the tags that libavformat passes
 * over. The one place of C++. fd is read and written by position only.
 */
#ifndef WORKER_TAGS_TAGGER_H
#define WORKER_TAGS_TAGGER_H

#include <stddef.h>
#include <stdint.h>

struct tags;
struct error;

#ifdef __cplusplus
extern "C" {
#endif

/*
 * container and codec: as in struct media. size: the file's length. cover: a
 * JPEG or PNG image, or NULL; bytes that are neither are left out, and the
 * rest is written. Members of t that are empty, and whatever else the file's
 * tags hold, stay as they are; bpm, key and energy are never written.
 *
 * 0, or -1 with why filled: a format whose tags can't be written (then the
 * file is as it was), or no room to write (then it may be broken).
 */
int tagger_write(int fd, int64_t size, const char *container,
    const char *codec, const struct tags *t, const void *cover,
    size_t cover_len, struct error *error);

/*
 * libavformat gives neither the tempo of an MP4 nor the ID3 tag of a WAV, nor
 * objects in an ID3 tag, of which Serato's are known (SERATO_BPM). The tags of
 * such a file (its values belong to the reader), or NULL where libavformat is
 * enough or TagLib makes nothing of it.
 */
struct tag_reader;
struct tag_reader *tag_reader_open(int fd, int64_t size,
    const char *container);
/* A tag_finder (tags.h): reader is a struct tag_reader. */
const char *tag_reader_find(void *reader, const char *name);
void tag_reader_free(struct tag_reader *r);	/* NULL allowed */

#ifdef __cplusplus
}
#endif

#endif
