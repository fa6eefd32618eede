/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * serato: the tempo in Serato DJ's tags, as documented by Holzhaus'
 * serato-tags: binary objects in ID3 tags, the same in base64 elsewhere. The
 * data are untrusted; malformed ones give no tempo.
 */
#ifndef WORKER_TAGS_SERATO_H
#define WORKER_TAGS_SERATO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "Serato Autotags": tempo and gains as text. 0: no tempo. */
double serato_autotags_bpm(const void *data, size_t len);
/* "Serato BeatGrid". 0: no tempo, or more than one. */
double serato_beatgrid_bpm(const void *data, size_t len);
/* The same in base64, as in FLAC and MP4 tags. */
double serato_base64_bpm(const char *text);

#ifdef __cplusplus
}
#endif

#endif
