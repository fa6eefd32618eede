/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * list_page: one page of a list's entries, parsed as it arrives. An entry is a
 * track, or an object that holds one as "item" or, in the older form, "track".
 * Private to spotify/.
 *
 * Order: list_page_begin, list_page_feed ..., list_page_finish; again from the
 * first for a retry or the next page; list_page_free. list_page_get does all
 * of it.
 */
#ifndef SPOTIFY_LIST_PAGE_H
#define SPOTIFY_LIST_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/track.h"

struct json;
struct json_stream;
struct session;

#define LIST_PAGE_LIMIT 50	/* the most that Spotify gives; a page with
				   more is refused */

struct list_page {
	struct json_stream *stream;
	int64_t offset;		/* entries of the list before this page */
	struct tracks tracks;	/* with their positions in the list */
	unsigned rows;		/* entries of whatever kind */
	unsigned episodes, unusable;	/* of those: no tracks */
	int64_t total;		/* entries of the whole list; -1: not told */
	struct error error;	/* why it is no such page */
};

void list_page_begin(void *page);	/* a struct list_page, as the restart
					   of a session_sink */
/* 0, or -1 with the page's error. The first is the on_body of a sink. */
int list_page_feed(void *page, const char *data, size_t len);
int list_page_finish(struct list_page *p);
void list_page_free(struct list_page *p);

/* Requests the page of path ("me/tracks") that begins with entry number offset.
 * what: the list, for errors. RUN_LATER also if the answer is no page twice;
 * otherwise as session_get. */
enum outcome list_page_get(struct session *s, const char *what,
    const char *path, int64_t offset, struct list_page *p,
    struct error *error);

/* Takes a page that came inside of another object: {"items", "total"}, of any
 * number of entries. False if it is none. */
bool list_page_take_object(struct list_page *p, const struct json *page);

/* Adds the track of an entry to the page, or counts what is none. */
void list_page_add(struct list_page *p, const struct json *entry);

#endif
