/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * marks: the words that distinguish recordings of a song, and those that do
 * not, in many languages. One table of phrases, the only place for new words.
 */
#ifndef MATCH_MARKS_H
#define MATCH_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/text.h"

enum mark {
	REMIX, EDIT, BOOTLEG, VIP, MASHUP, MIXED, DUB, CLUB, SHORT, EXTENDED,
	LIVE, ACOUSTIC, PIANO, ORCHESTRAL, INSTRUMENTAL, ACAPELLA, KARAOKE,
	COVER, SPED_UP, SLOWED, PROCESSED, LOFI, DEMO, ALTERNATE, VARIANT,
	LANGUAGE, CLEAN, MONO, STEREO, UNPLUGGED, MEDLEY, REPRISE, INTERLUDE, LOOP, NOT_MUSIC,
	N_MARKS
};

typedef uint64_t mark_set;
#define MARK(m) ((mark_set)1 << (m))

/* The meaning of a phrase. */
enum phrase_kind {
	PHRASE_NONE,
	PHRASE_MARK,	/* names a version */
	PHRASE_MIX,	/* "mix": a remix, unless another mark says which */
	PHRASE_EDIT,	/* "edit", "cut" */
	PHRASE_VERSION,	/* "version": of the kind in the words before it */
	PHRASE_NEUTRAL,	/* no effect on the recording */
	PHRASE_WEAK,	/* likewise, but also a part of titles */
	PHRASE_GENRE,	/* likewise, between bars; in a bracket, a version */
	PHRASE_SMALL,	/* prepositions and articles */
	PHRASE_JOINER,	/* stands between names */
	PHRASE_GUEST,	/* names of guests follow */
	PHRASE_SOURCE	/* its origin or maker follows */
};

struct phrase {
	enum phrase_kind kind;
	enum mark mark;
	bool apart;	/* applies in brackets and after dashes only */
	bool naming;	/* is a name itself: languages */
	bool counted;	/* applies after a number only: "10 hours" */
};

/* The longest phrase that starts at word at, and its number of words; NULL and
 * 1 if there is none. apart: it is in a bracket or after a dash. */
const struct phrase *phrase_at(const struct words *w, size_t at, bool apart,
    size_t *len);

/* The marks of all recordings of an album, or of the folders of a file, or of a
 * channel. */
mark_set marks_of_album(const struct words *album);
mark_set marks_of_channel(const struct words *channel);

/* Whether the words from to to - 1 name a record label. */
bool names_label(const struct words *w, size_t from, size_t to);

/* One mark for an unplugged concert, whether it is called live, acoustic, or
 * neither. */
mark_set marks_unify(mark_set marks);

/* A year, 1900 to 2099; 0 if it is none. */
int year_of(const char *key);

/* "remix, live", for people; "studio" if there are none. out holds size bytes.
 */
void marks_text(mark_set marks, char *out, size_t size);

#endif
