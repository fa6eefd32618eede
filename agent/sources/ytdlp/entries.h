/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ytdlp_entries: what yt-dlp found, a line of JSON each. */
#ifndef SOURCES_YTDLP_ENTRIES_H
#define SOURCES_YTDLP_ENTRIES_H

#include "base/buf.h"
#include "types/candidate.h"

/* Adds those that can be had, up to SOURCE_MAX_CANDIDATES: with a title and a
 * link of the web. A line that is none, or cut off, is passed over. */
void ytdlp_take_entries(const struct buf *text, struct candidates *out);

#endif
