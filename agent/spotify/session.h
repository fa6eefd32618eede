/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session: requests to Spotify's Web API. Holds the access token and refreshes
 * it. One request at a time, a second apart; after a 401 the token is refreshed
 * once; a short Retry-After is waited for, a long one is stored (not_before,
 * in the state file) and no run makes a request before it has passed; 5xx and
 * lost connections are retried a few times, with growing, jittered pauses.
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
struct json;
struct session;

/* cfg is borrowed for the session's life. */
struct session *session_new(const struct config *cfg);
void session_free(struct session *s);	/* NULL allowed */

/*
 * Gets an access token, under the token lock. A rotated refresh token is on
 * stable storage before this returns. RUN_AUTH: the authorization is missing
 * or ended (then it was set aside). RUN_LATER: not_before is in the future, or
 * the service can't be reached. RUN_CONFIG: no client_id, or an unknown one.
 */
enum outcome session_refresh(struct session *s, struct error *error);

/* GETs url (absolute, or a path below api_url), giving a 200's body to
 * on_body in pieces. A retry begins with on_restart. RUN_LATER, RUN_AUTH as
 * above; RUN_ACT: the app's owner must act; SERVICE_FAILED: any other answer;
 * ITEM_FAILED: on_body refused. */
struct session_sink {
	int (*on_body)(void *ctx, const char *data, size_t len);
	void (*on_restart)(void *ctx);
	void *ctx;
};
enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error);

/* GETs a small object. The caller frees *out, which is NULL unless DONE.
 * RUN_LATER also if the answer is no JSON object; otherwise as session_get. */
enum outcome session_get_json(struct session *s, const char *url,
    struct json **out, struct error *error);

/* The status of the last answer to these two; 0: there was none. */
long session_status(const struct session *s);

/* Unix time before which no request may be made; 0: none. Reads only the state
 * file. */
int64_t session_not_before(const struct config *cfg);

/* Requests made so far, refreshes included. */
unsigned session_requests(const struct session *s);

#endif
