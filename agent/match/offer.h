/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * offer: the two sides of a comparison, split into words: the track (subject)
 * and a candidate or file (offer); and the places of the track's title in the
 * offer's title.
 */
#ifndef MATCH_OFFER_H
#define MATCH_OFFER_H

#include "match/title.h"
#include "match/work.h"
#include "types/track.h"

#define MAX_ARTISTS 16
#define MAX_ALIASES 3

/* Another form of an artist's name. */
struct alias {
	struct piece name;
	bool initials;		/* "RLP": the first letters of its words */
};

/* A track, parsed once for all offers. */
struct subject {
	const struct track *track;
	struct title title;
	struct words artist[MAX_ARTISTS];
	struct piece artist_name[MAX_ARTISTS];
	struct alias alias[MAX_ARTISTS][MAX_ALIASES];
	size_t aliases[MAX_ARTISTS];
	size_t artists;
	struct words album;
	struct piece album_name;
	mark_set album_marks;
	struct work work;		/* classical music */
	bool is_work;			/* so the title is read as one */
	bool composer[MAX_ARTISTS];	/* an artist who does not perform; set
					   for classical music only */
	bool performers;		/* there are others */
};

void subject_init(struct subject *s, const struct track *t);
void subject_free(struct subject *s);

/* A candidate or a file. Strings are borrowed. */
struct offer {
	const char *title, *artist, *channel, *album, *isrc;
	const char *folders;	/* that a file lies in; or NULL */
	double duration_s;	/* 0: unknown */
	int64_t views;		/* -1: unknown */
	bool verified;
	bool is_file;		/* of the library */
};

/* The offer's names as words. */
struct offer_words {
	struct words title, artist, channel, album, folders;
	struct piece channel_name;	/* without "VEVO", "Official" ... */
	bool is_topic;			/* "Artist - Topic": made by YouTube */
};

void offer_fold(struct offer_words *ow, const struct offer *o);
void offer_free(struct offer_words *ow);

/* "Sir", "Ustad": may precede a name, or be missing. */
bool is_honorific(const char *word);

/* The first place of the title at or after word at of the offer's title: its
 * first word and number of words. False: none. */
bool title_place(const struct subject *s, const struct words *w, size_t at,
    size_t *first, size_t *len);
/* The same for a title in another script. */
bool title_place_by_sound(const struct subject *s, const struct words *w,
    size_t *first, size_t *len);

#endif
