/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playlist_copy: copies the files of a list to a folder, for `playlist`. */
#ifndef COMMANDS_PLAYLIST_COPY_H
#define COMMANDS_PLAYLIST_COPY_H

#include <stdbool.h>

#include "commands/commands.h"
#include "types/coverage.h"

struct playlist_copy {
	const char *folder;	/* made if it is missing */
	const char *organize;	/* "artist", "album", "year"; NULL, "none": no
				   folders in it */
	bool year_folders;	/* these in a folder for each year */
	bool quiet;		/* print no result */
};

/* EX_OK, or EX_USAGE with a message; or another exit status if make is true and
 * the folder can't be made. Before anything is fetched. */
int playlist_copy_check(const struct invocation *v,
    const struct playlist_copy *what, bool make);

/* Copies each file of c that is in the library, and prints how many. Nothing is
 * overwritten; a copy of the same size that is there is left, so that it can be
 * run again. Returns the exit status. */
int playlist_copy(const struct invocation *v, const struct coverage *c,
    const struct playlist_copy *what);

#endif
