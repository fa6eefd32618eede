/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track_filter: which tracks `missing` and `history` show, by playlist, source,
 * reason and age. The options are rows of the command's table. */
#ifndef COMMANDS_TRACK_FILTER_H
#define COMMANDS_TRACK_FILTER_H

#include <stdbool.h>

#include "commands/commands.h"
#include "commands/state_reader.h"

struct map;

struct track_filter {
	const char *playlist, *source, *reason, *older_text, *newer_text;
	/* of track_filter_open */
	long long older, newer;	/* seconds; 0: any age */
	struct map *keys;	/* tracks of the playlist; NULL: all */
};

#define TRACK_FILTER_OPTIONS(f) \
	{ "playlist", "LIST", "only tracks of this list, by its link or " \
	    "name, which was read before", NULL, &(f).playlist }, \
	{ "source", "NAME", "only tracks that came from this source, or " \
	    "were rejected there", NULL, &(f).source }, \
	{ "reason", "WORDS", "only tracks whose reason has these words", \
	    NULL, &(f).reason }, \
	{ "older", "TIME", "only tracks that are wanted for longer, such " \
	    "as 30d", NULL, &(f).older_text }, \
	{ "newer", "TIME", "only tracks that are wanted for less time", \
	    NULL, &(f).newer_text }

/* Whether any option was given. */
bool track_filter_is_set(const struct track_filter *f);
/* EX_OK; EX_USAGE or 1 after a message. track_filter_close in any case. */
int track_filter_open(const struct invocation *v, const struct state_reader *r,
    struct track_filter *f);
void track_filter_close(struct track_filter *f);
bool track_filter_shows(const struct track_filter *f,
    const struct state_reader *r, const struct song *s);

#endif
