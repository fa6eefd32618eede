/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session: talking to Spotify. Holds the access token, refreshes it, and gets
 * with the manners that the service asks for: one request at a time, a second
 * apart; 401 refreshes once; a short Retry-After is waited for, a long one is
 * written down (not_before, in the state file) and honoured by later runs
 * before any request; 5xx and lost connections are retried, a few times, with
 * growing jittered pauses; 403 tells what Spotify said.
 *
 * Order: session_new, session_refresh, session_get ..., session_free.
 */
#ifndef SPOTIFY_SESSION_H
#define SPOTIFY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

struct config;
struct session;

/* cfg is borrowed for the session's life. */
struct session *session_new(const struct config *cfg);
void session_free(struct session *s);	/* NULL allowed */

/*
 * Gets an access token, under the token lock. A rotated refresh token is on
 * stable storage before this returns. RUN_AUTH: the grant is missing, ended
 * (then it was set aside) or the client is unknown. RUN_LATER: not_before
 * lies ahead, or the service could not be reached. RUN_CONFIG: no client_id.
 */
enum outcome session_refresh(struct session *s, struct error *error);

/* GETs url (absolute, or a path below api_url), giving a 200's body to
 * on_body in pieces. A retry begins with on_restart. RUN_LATER, RUN_AUTH as
 * above; SERVICE_FAILED: any other answer; TRACK_FAILED: on_body refused. */
struct session_sink {
	int (*on_body)(void *ctx, const char *data, size_t len);
	void (*on_restart)(void *ctx);
	void *ctx;
};
enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error);

/* Unix time before which no request may be made; 0: none. For status and
 * doctor as well: reads only the state file. */
int64_t session_not_before(const struct config *cfg);

/* Requests made so far, refreshes included. */
unsigned session_requests(const struct session *s);

#endif
