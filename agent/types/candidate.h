/* SPDX-License-Identifier: GPL-3.0-or-later */
/* candidate: what a source offers for a track. */
#ifndef TYPES_CANDIDATE_H
#define TYPES_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct json;
struct json_writer;

struct candidate {
	char *ref;		/* what the source gets it by: a link, a path */
	char *title;		/* as the source names it; never NULL */
	char *artist;		/* or NULL */
	char *album;		/* or NULL */
	char *channel;		/* who uploaded it; or NULL */
	char *isrc;		/* or NULL */
	double duration_s;	/* 0: unknown */
	int64_t views;		/* -1: unknown */
	bool verified;		/* the channel is an official one */
	bool lossless;		/* as the source says */
};

void candidate_copy(struct candidate *to, const struct candidate *from);
void candidate_put(const struct candidate *c, struct json_writer *w,
    const char *key);
/* c is initialized by this; -1, and nothing to free, without ref or title. */
int candidate_get(struct candidate *c, const struct json *v);

struct candidates {
	struct candidate *items;
	size_t count, cap;
	bool more;		/* the same search again may find others */
};

void candidate_free(struct candidate *c);	/* what it holds */
struct candidate *candidates_add(struct candidates *list); /* empty one */
void candidates_free(struct candidates *list);	/* reusable after */

/* Which candidate is the recording, if any. */
struct match_result {
	int pick;		/* index, or -1: none of them */
	int best;		/* index of the pick or of the best rejected
				   one; -1: none comes near */
	double score;		/* 0..1, of that one */
	char reason[ERROR_MAX];	/* for people */
};

/* The rejected candidate with the best score, for users. Strings are owned;
 * ref NULL: none. */
struct best_rejected {
	char *ref;		/* the candidate's */
	char *name;		/* its title, artist and length */
	char *reason;		/* why it was rejected */
	double score;		/* 0..1 */
};

/* Replaces n by c if c has the better score. */
void best_rejected_note(struct best_rejected *n, const struct candidate *c,
    double score, const char *reason);
void best_rejected_free(struct best_rejected *n);	/* leaves it empty */
void best_rejected_copy(struct best_rejected *to,
    const struct best_rejected *from);
/* Writes nothing if it is empty. */
void best_rejected_to_json(const struct best_rejected *n, struct json_writer *w,
    const char *key);
void best_rejected_from_json(struct best_rejected *n, const struct json *v);

#endif
