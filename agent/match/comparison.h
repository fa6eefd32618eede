/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * comparison: the state of the comparison of an offer with a track, on its way
 * through the gates of evaluate.h, and two of the gates. A gate that lets it
 * pass may add penalties; one that does not sets the result and returns false.
 */
#ifndef MATCH_COMPARISON_H
#define MATCH_COMPARISON_H

#include "match/evaluate.h"

/* Each makes an offer less certain: then its length must agree better, and an
 * offer of unknown length is rejected. */
enum penalty {
	PENALTY_CUT, PENALTY_CARRIER, PENALTY_MONO, PENALTY_NAMES,
	PENALTY_PLACE, PENALTY_BRACKET, PENALTY_NOISE, PENALTY_GUEST,
	PENALTY_ARTIST, PENALTY_INITIALS, PENALTY_SCRIPT, PENALTY_TRANSLATED,
	PENALTY_DATED, PENALTY_ALBUM, PENALTY_TITLE,
	N_PENALTIES
};

struct comparison {
	const struct subject *s;
	const struct offer *o;
	const struct offer_words *ow;
	struct reading reading;
	unsigned int penalties;		/* set of enum penalty */
	bool same_isrc, same_album, official, audio;
	double artists;			/* share of them that is named */
	struct evaluation result;
};

void comparison_penalty(struct comparison *c, enum penalty p);
/* Sets gate, score and reason of the result, and returns false. */
bool comparison_reject(struct comparison *c, enum gate gate,
    const char *reason, const char *what);

/* artists.c: the artists, or a classical work's performers, are named. Sets
 * official, audio and artists. */
bool artists_agree(struct comparison *c);
/* versions.c: remixes, concerts, takes and their makers, places and numbers are
 * the same. */
bool versions_agree(struct comparison *c);
/* The names of a version in one piece; "" if they are too long. */
void version_names(const struct version *v, struct piece *out);

#endif
