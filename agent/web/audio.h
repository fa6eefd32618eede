/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audio: a file of the library, to listen to. It is named by its path below the
 * library folder, and opened without following links or "..": nothing else can
 * be reached. Decisions on files go through the same door. */
#ifndef WEB_AUDIO_H
#define WEB_AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#include "web/calls.h"

/* The most of a file that one answer to a Range has; players ask again. */
#define AUDIO_MAX_PART (4 * 1024 * 1024)

void audio_answer(struct web *w);	/* GET /api/audio?file=PATH */

/* An audio file of the library for reading, by its path below the library
 * folder. -1 with errno: there is none (ENOENT), or path leads elsewhere or to
 * what no scan looks at: hidden names, links, other kinds of files. */
int audio_open(const struct config *cfg, const char *path);

/* The bytes that a Range header asks for, of a file of size bytes. 206; 416: it
 * has none of them; 200: all of it is wanted, or what is asked for is not
 * understood. */
int audio_range(const char *range, int64_t size, int64_t *from,
    int64_t *length);

#endif
