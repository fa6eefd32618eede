/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reading: assigns each word of an offer's title a role in relation to a track:
 * title, artist, version, irrelevant. evaluate.c decides by the words that
 * remain unexplained, and by their places.
 */
#ifndef MATCH_READING_H
#define MATCH_READING_H

#include "match/offer.h"

/* Where an artist is named, by rising weight. */
enum named {
	NAMED_NOWHERE, NAMED_IN_BRACKET, NAMED_BY_SOUND, NAMED_IN_FOLDER,
	NAMED_IN_TITLE, NAMED_BY_CHANNEL, NAMED_IN_FIELD
};

struct reading {
	const struct subject *s;	/* borrowed, with the next ones */
	const struct offer *o;
	const struct offer_words *ow;
	const struct words *w;		/* the offer's title */
	uint8_t role[MAX_WORDS];	/* of the offer's title's words */
	size_t title_segment;
	enum named artist[MAX_ARTISTS];
	struct version version;
	/* Numbers of unexplained words. */
	size_t beside_title;	/* in the title's own segment */
	size_t in_brackets;	/* in brackets or segments after it */
	size_t elsewhere;
	bool translated;	/* others in another script */
	bool other_guest;	/* who is none of the artists, after the title */
	bool guest_first;	/* likewise, before it */
	bool artist_first;	/* an artist is named before the title, or in
				   one segment with it */
	bool by_initials;	/* an artist is named only by them */
	bool by_sound;		/* the title agrees by its sound only */
};

/* The track's title is at words first to first + len - 1 of the offer's; or, of
 * a work of classical music, at those with that role in roles, which else is
 * NULL. */
void reading_make(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t first,
    size_t len, const uint8_t *roles);

#endif
