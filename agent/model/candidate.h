/* SPDX-License-Identifier: GPL-3.0-or-later */
/* candidate: what a source offers for a track. */
#ifndef MODEL_CANDIDATE_H
#define MODEL_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
};

struct candidates {
	struct candidate *items;
	size_t count, cap;
};

void candidate_free(struct candidate *c);	/* what it holds */
struct candidate *candidates_add(struct candidates *list); /* empty one */
void candidates_free(struct candidates *list);	/* reusable after */

/* What the judge says of candidates: which one is the recording, if any. */
struct judgement {
	int pick;		/* index, or -1: none of them */
	double score;		/* 0..1, of the pick or the best rejected */
	char why[256];		/* the reasons, for people */
};

#endif
