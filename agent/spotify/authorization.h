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
#define GRANT_WARN_DAYS 30	/* from the fifth month on */

struct grant {
	char *refresh_token;	/* secret; owned */
	char *client_id;	/* whose app it was given to; or NULL */
	int64_t authorized_at;	/* Unix time */
	bool is_estimate;	/* imported: the date is of the import */
};

void grant_free(struct grant *g);
/* RUN_AUTH with why if there is none, it is unreadable, or it ended; RUN_CONFIG
 * if others can read or write it. */
enum outcome grant_load(const char *path, struct grant *g, struct why *why);
/* On stable storage when it returns DONE; RUN_FAILED otherwise. */
enum outcome grant_save(const char *path, const struct grant *g,
    struct why *why);
/* Sets it aside as path.ended, which a later grant_load tells of. */
enum outcome grant_retire(const char *path, struct why *why);
/* Removes it and what was set aside; DONE also when there is none. */
enum outcome grant_remove(const char *path, struct why *why);

int64_t grant_expires_at(const struct grant *g);	/* Unix time */

#endif
