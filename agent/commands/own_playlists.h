/* SPDX-License-Identifier: GPL-3.0-or-later */
/* own_playlists: `playlist --own`: which playlists the user has. */
#ifndef COMMANDS_OWN_PLAYLISTS_H
#define COMMANDS_OWN_PLAYLISTS_H

#include <stdbool.h>

struct invocation;

/* Reads them at Spotify and prints them. The exit status. */
int own_playlists_print(const struct invocation *v, bool json);

#endif
