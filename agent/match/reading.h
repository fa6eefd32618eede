/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reading: an offer read in the light of a track. Each word of the offer is
 * explained: by the title, by the artists, by a version, by what changes
 * nothing. What stays open, and where, is what the verdict is about.
 */
#ifndef MATCH_READING_H
#define MATCH_READING_H

#include "match/offer.h"

/* Where an artist is named, the weightiest last. */
enum named {
	NAMED_NOWHERE, NAMED_IN_BRACKET, NAMED_BY_SOUND, NAMED_IN_FOLDER,
	NAMED_IN_TITLE, NAMED_BY_CHANNEL, NAMED_IN_FIELD
};

struct reading {
	uint8_t role[MAX_WORDS];	/* of the offer's title's words */
	size_t title_segment;
	enum named artist[MAX_ARTISTS];
	struct version version;
	size_t beside_title;	/* open words in the title's own segment */
	size_t in_brackets;	/* in brackets, or set apart behind it */
	size_t elsewhere;
	bool translated;	/* open words, but in another script */
	bool strange_guest;
	bool artist_first;	/* an artist is named before the title, or in
				   one segment with it */
	bool by_sound;		/* the title agrees by its sound only */
};

void reading_make(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t first,
    size_t len);

#endif
