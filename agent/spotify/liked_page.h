/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * liked_page: a page of Liked Songs, as it streams in. Private to the room.
 *
 * Order: liked_page_begin, liked_page_feed ..., liked_page_finish; again from
 * the first for a retry or the next page; liked_page_free.
 */
#ifndef SPOTIFY_LIKED_PAGE_H
#define SPOTIFY_LIKED_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/track.h"

struct json_stream;

#define LIKED_PAGE_ROWS 50	/* the most that Spotify gives; a page that has
				   more is none */

struct liked_page {
	struct json_stream *stream;
	struct tracks tracks;
	unsigned rows, unusable;
	int64_t total;		/* -1: not told */
	struct error error;		/* it is none */
};

/* Takes a page as context, for it is a retry's callback as well. */
void liked_page_begin(void *page);
/* Both 0, or -1 with the page's why: not such a page. */
int liked_page_feed(struct liked_page *p, const char *data, size_t len);
int liked_page_finish(struct liked_page *p);
void liked_page_free(struct liked_page *p);

#endif
