/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tagger: writes tags and a cover to the file behind a descriptor with TagLib,
 * without touching the audio; and reads the tags that libavformat ignores. The
 * only C++ file. fd is read and written by position only.
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
 * JPEG or PNG image, or NULL; other images are not written. Empty members of t
 * and all other tags of the file stay as they are.
 *
 * 0, or -1 with error filled: a format whose tags can't be written (the file is
 * unchanged), or a write error (the file may be damaged).
 */
int tagger_write(int fd, int64_t size, const char *container,
    const char *codec, const struct tags *t, const void *cover,
    size_t cover_len, struct error *error);

/*
 * Reads what libavformat does not: the tempo of an MP4, the ID3 tag of a WAV,
 * and Serato's objects in an ID3 tag (as SERATO_BPM). NULL if libavformat
 * suffices or TagLib can't read the file. Values are owned by the reader.
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
