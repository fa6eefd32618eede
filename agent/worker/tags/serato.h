/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * serato: the tempo in what Serato DJ leaves in a file. Its forms are as
 * Holzhaus' serato-tags documents them: binary objects in ID3 tags, the same
 * in base64 elsewhere. All of it is outside bytes; what is not as it should be
 * tells no tempo.
 */
#ifndef WORKER_TAGS_SERATO_H
#define WORKER_TAGS_SERATO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "Serato Autotags": tempo and gains as text. 0: no tempo. */
double serato_autotags_bpm(const void *data, size_t len);
/* "Serato BeatGrid". 0: no tempo, or more than one: a grid that was bent. */
double serato_beatgrid_bpm(const void *data, size_t len);
/* The latter as FLAC and MP4 tags hold it. */
double serato_base64_bpm(const char *text);

#ifdef __cplusplus
}
#endif

#endif
