/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match: is it the same recording? The judgement behind `likesync match`,
 * behind every source's choice and behind the library's "held already".
 * Pure: no file, no network, no state; safe from any thread.
 *
 * Length is a gate, versions (remix, live, ...) are compared as a set of
 * their own, and none is a normal answer.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "types/candidate.h"
#include "types/services.h"
#include "types/track.h"

/* A file of the library as the judge sees it. Strings are borrowed; any but
 * path may be NULL, then the file's name is read instead. */
struct library_name {
	const char *path;	/* relative; the last component counts */
	const char *artist, *title, *isrc;
	double duration_s;	/* 0: unknown */
};

/* score: 0..1 for each candidate (scores may be NULL). */
void match_choose(const struct track *t, const struct candidate *list,
    size_t count, struct match_result *j, double *scores);
void match_accept(const struct track *t, const struct candidate *delivered,
    struct match_result *j);
void match_library(const struct track *t, const struct library_name *list,
    size_t count, struct match_result *j, double *scores);

/* A title that some program put there for want of a better one, or none. */
bool match_title_is_filler(const char *title);

/* The above as the fetch room sees it. */
struct matcher match_judge(void);

#endif
