/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link: the addresses of playlists, albums and tracks that Spotify's apps give
 * out: URIs (spotify:playlist:ID, spotify:user:U:playlist:ID), addresses of
 * open.spotify.com and play.spotify.com in every form (query, intl-xx, embed,
 * user/U/playlist/ID, without https://), and short links.
 *
 * An id is any text: Spotify alone decides whether it exists.
 */
#ifndef SPOTIFY_LINK_H
#define SPOTIFY_LINK_H

#include <stdbool.h>

#include "base/http.h"
#include "base/outcome.h"

enum link_kind {
	LINK_NONE,		/* no link of Spotify */
	LINK_PLAYLIST, LINK_ALBUM, LINK_TRACK,
	LINK_SHORT,		/* leads to one of these: spotify_link_follow */
	LINK_OTHER		/* an artist, an episode, Liked Songs, ... */
};

struct spotify_link {
	enum link_kind kind;
	char *id;	/* owned. LINK_SHORT: its https address; LINK_OTHER:
			   what it is, such as "artist"; LINK_NONE: NULL */
};

/* Fills l, whatever text is; returns its kind. */
enum link_kind spotify_link_parse(const char *text, struct spotify_link *l);
void spotify_link_free(struct spotify_link *l);

/* Does the text look like an address of any kind, and not like a file? */
bool spotify_link_is_address(const char *text);

const char *link_kind_name(enum link_kind k);	/* "playlist", ...; static */
/* https://open.spotify.com/KIND/ID of a playlist, album or track. Caller
 * frees. */
char *spotify_link_url(const struct spotify_link *l);

/*
 * Replaces a short link by what it leads to: requests it, and every redirect,
 * as long as the host is one of Spotify's. Other kinds stay as they are.
 * ITEM_FAILED: it leads elsewhere or to nothing; RUN_LATER: no answer;
 * STOPPED.
 */
enum outcome spotify_link_follow(struct spotify_link *l, struct error *error);

/* The same with the caller's own requests, which are as http_perform: for
 * tests. */
typedef enum outcome link_request(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error);
enum outcome spotify_link_follow_by(struct spotify_link *l,
    link_request *request, void *ctx, struct error *error);

#endif
