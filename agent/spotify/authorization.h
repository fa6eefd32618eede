/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authorization: what the user permitted at Spotify, in the token file (0600).
 * Spotify lets it live for six months from the user's login, however often the
 * access token is refreshed, and does not tell when it ends: so the date is
 * kept beside the refresh token.
 */
#ifndef SPOTIFY_AUTHORIZATION_H
#define SPOTIFY_AUTHORIZATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"

#define AUTHORIZATION_LIFE_DAYS 182
#define AUTHORIZATION_WARN_DAYS 30	/* before it ends */

struct authorization {
	char *refresh_token;	/* secret; owned */
	char *client_id;	/* the app that it was given to; or NULL */
	int64_t authorized_at;	/* Unix time */
	bool is_estimate;	/* imported: the date is that of the import */
};

void authorization_free(struct authorization *a);
/* RUN_AUTH: there is none, it is unreadable, or it ended; RUN_CONFIG: others
 * can read or write it. */
enum outcome authorization_load(const char *path, struct authorization *a,
    struct error *error);
/* On stable storage when it returns DONE; RUN_FAILED otherwise. */
enum outcome authorization_save(const char *path, const struct authorization *a,
    struct error *error);
/* Sets it aside as path.ended: authorization_load then says that it ended. */
enum outcome authorization_retire(const char *path, struct error *error);
/* Removes it, and one that was set aside; DONE also if there is none. */
enum outcome authorization_remove(const char *path, struct error *error);

/* Unix time. */
int64_t authorization_expires_at(const struct authorization *a);

#endif
