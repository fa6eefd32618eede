/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match: decides whether names and lengths belong to the same recording, for
 * `likesync match`, for candidates of sources and for files of the library.
 * Pure: no file, no network, no state; safe from any thread.
 *
 * Versions (remix, live, ...) must be equal, a different length rejects, and
 * often nothing matches. docs/matching.md explains the rules.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/candidate.h"
#include "types/services.h"
#include "types/track.h"

/* A file of the library. Strings are borrowed; all except path may be NULL, and
 * the file's name is then used instead. */
struct library_name {
	const char *path;	/* relative; the last component counts */
	const char *artist, *title, *isrc;
	double duration_s;	/* 0: unknown */
};

/* Fill j with the match, or with the best rejected one and the reason, and
 * scores (count values, may be NULL) with 0..1 for each of the list. */
void match_choose(const struct track *t, const struct candidate *list,
    size_t count, struct match_result *j, double *scores);
void match_library(const struct track *t, const struct library_name *list,
    size_t count, struct match_result *j, double *scores);

/* Whether a title is missing or a placeholder such as "Track 07". */
bool match_title_is_filler(const char *title);

/* The interface of types/services.h. */
struct matcher match_service(void);

#endif
