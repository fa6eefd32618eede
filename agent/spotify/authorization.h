/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grant: what the user authorized, in the token file (0600). The refresh
 * token can't be had again without the user, and the date of the grant is
 * told by nobody else: Spotify lets a grant live for six months from when the
 * user authorized it, and refreshing does not extend it.
 */
#ifndef SPOTIFY_AUTHORIZATION_H
#define SPOTIFY_AUTHORIZATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"

#define GRANT_LIFE_DAYS 182
#define AUTHORIZATION_WARN_DAYS 30	/* from the fifth month on */

struct authorization {
	char *refresh_token;	/* secret; owned */
	char *client_id;	/* whose app it was given to; or NULL */
	int64_t authorized_at;	/* Unix time */
	bool is_estimate;	/* imported: the date is of the import */
};

void authorization_free(struct authorization *g);
/* RUN_AUTH with why if there is none, it is unreadable, or it ended; RUN_CONFIG
 * if others can read or write it. */
enum outcome authorization_load(const char *path, struct authorization *g,
    struct error *error);
/* On stable storage when it returns DONE; RUN_FAILED otherwise. */
enum outcome authorization_save(const char *path, const struct authorization *g,
    struct error *error);
/* Sets it aside as path.ended, which a later grant_load tells of. */
enum outcome authorization_retire(const char *path, struct error *error);
/* Removes it and what was set aside; DONE also when there is none. */
enum outcome authorization_remove(const char *path, struct error *error);

int64_t authorization_expires_at(const struct authorization *g);	/* Unix time */

#endif
