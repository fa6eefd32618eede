/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * liked: the Liked Songs, newest first, page by page. A usual run costs one
 * request: it stops at the first page of which every track is known, if the
 * total agrees. Pages shift when something is liked meanwhile: so tracks are
 * deduplicated, and the walk starts again if the total changes.
 */
#ifndef SPOTIFY_LIKED_H
#define SPOTIFY_LIKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/track_list.h"

struct session;

struct liked_query {
	bool (*knows)(void *ctx, const char *key); /* liked, as of last time */
	void *ctx;
	int64_t known_rows;	/* the service's total last time; -1: never */
	bool full_walk;		/* read all pages, whatever is known */
};

enum outcome liked_pull(struct session *s, const struct liked_query *q,
    struct track_list *out, struct error *error);

#endif
