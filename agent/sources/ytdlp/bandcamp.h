/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bandcamp: searches for tracks as the search field of Bandcamp's pages does,
 * which yt-dlp can't. What it finds are links of track pages, for yt-dlp.
 */
#ifndef SOURCES_YTDLP_BANDCAMP_H
#define SOURCES_YTDLP_BANDCAMP_H

#include "base/buf.h"
#include "base/outcome.h"
#include "types/candidate.h"

struct bandcamp;

/* site: https://bandcamp.com, without a slash at the end; borrowed. */
struct bandcamp *bandcamp_new(const char *site);
void bandcamp_free(struct bandcamp *b);	/* NULL allowed */

/* Adds what is found, best first, without lengths, which the service does not
 * tell. SERVICE_FAILED with a reason of enum source_reason, STOPPED.
 * Thread-safe; one request at a time. */
enum outcome bandcamp_search(struct bandcamp *b, const char *query,
    struct candidates *out, struct error *error);

/* Adds the tracks of an answer, up to SOURCE_MAX_CANDIDATES. -1: it is no such
 * answer. */
int bandcamp_take_results(const struct buf *answer, struct candidates *out);

#endif
