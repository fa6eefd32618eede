/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entries: what a search of yt-dlp found, one line of JSON each. */
#ifndef SOURCES_YTDLP_ENTRIES_H
#define SOURCES_YTDLP_ENTRIES_H

#include "base/buf.h"
#include "types/candidate.h"

/* Adds those that have a title and a web link, up to SOURCE_MAX_CANDIDATES.
 * Other lines, and a last one that is cut off, are skipped. */
void ytdlp_take_entries(const struct buf *text, struct candidates *out);

#endif
