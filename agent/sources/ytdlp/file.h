/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytdlp_file: what yt-dlp left in its folder. Part of sources/ytdlp/ytdlp.c. */
#ifndef SOURCES_YTDLP_FILE_H
#define SOURCES_YTDLP_FILE_H

#include "base/outcome.h"

struct delivery;
struct media_service;

/*
 * Takes over the file at path, which yt-dlp named, and a cover beside it. What
 * is in the file is for the worker to say: it is moved into another container
 * where that has to be (worker/decode/remux.h). What can't be opened is
 * delivered as it came, to be judged as every delivery is. TRACK_FAILED with
 * why: no file of the folder. RUN_LATER: no room for another. RUN_FAILED: the
 * worker program can't be run. STOPPED.
 */
enum outcome ytdlp_take_file(const struct media_service *media_service,
    const char *path, const char *folder, struct delivery *out,
    struct error *error);

#endif
