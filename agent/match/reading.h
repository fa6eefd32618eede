/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reading: an offer read in the light of a track. Each word of the offer is
 * explained: by the title, by the artists, by a version, by what changes
 * nothing. What stays open, and where, is what the verdict is about.
 */
#ifndef MATCH_READING_H
#define MATCH_READING_H

#include "match/title.h"
#include "model/track.h"

#define MAX_ARTISTS 16

/* A track, taken apart once for all that is offered. */
struct subject {
	const struct track *track;
	struct title title;
	struct words artist[MAX_ARTISTS];
	struct piece artist_name[MAX_ARTISTS];
	size_t artists;
	struct words album;
	struct piece album_name;
	mark_set album_marks;
};

void subject_init(struct subject *s, const struct track *t);
void subject_free(struct subject *s);

/* What is held against the track, from whatever kind of offer. Borrowed. */
struct offer {
	const char *title, *artist, *channel, *album, *isrc;
	const char *folders;	/* that a file lies in; or NULL */
	double duration_s;	/* 0: unknown */
	int64_t views;		/* -1: unknown */
	bool verified;
	bool is_file;		/* of the library */
};

/* The offer's names as words; folded once for all places of the title. */
struct offer_words {
	struct words title, artist, channel, album, folders;
	struct piece channel_name;	/* without "VEVO", "Official" ... */
	bool is_topic;			/* "Artist - Topic": made by YouTube */
};

void offer_fold(struct offer_words *ow, const struct offer *o);
void offer_free(struct offer_words *ow);

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
	bool by_sound;		/* the title agrees by its sound only */
};

/* Where the title stands in the offer's, from word at on: its first place
 * and how many words; false if there is none. */
bool title_place(const struct subject *s, const struct words *w, size_t at,
    size_t *first, size_t *len);
/* The same for a title that is spelt in another script. */
bool title_place_by_sound(const struct subject *s, const struct words *w,
    size_t *first, size_t *len);

void reading_make(struct reading *r, const struct subject *s,
    const struct offer *o, const struct offer_words *ow, size_t first,
    size_t len);

#endif
