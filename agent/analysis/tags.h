/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tags: what a file says of itself, read through TagLib, which gives the
 * fields of every format the same names and does not drop any; and written
 * through it, without touching the audio. The one place of C++.
 */
#ifndef ANALYSIS_TAGS_H
#define ANALYSIS_TAGS_H

#include <stddef.h>

struct tags;

#ifdef __cplusplus
extern "C" {
#endif

/* Once, before the box closes. */
void tags_warm_up(void);

/* Reads the tags behind fd; -1 if TagLib does not know the format. Fills t
 * anew; members end up NULL where the file says nothing. */
int tags_read(int fd, struct tags *t);

/*
 * Writes the members of t that are set, and a cover (JPEG or PNG, or NULL),
 * into the file behind fd; everything else in its tags stays. ID3 is written
 * as 2.3, which more players and Mixed In Key read. Returns NULL, or what is
 * wrong (static).
 */
const char *tags_write(int fd, const struct tags *t, const void *cover,
    size_t cover_len);

#ifdef __cplusplus
}
#endif

#endif
