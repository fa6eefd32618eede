/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * title: parses a title into its own words and the version (remix, live, sped
 * up, ...) with the names that belong to it. Words that do not distinguish
 * recordings (remaster, year, "Official Video", guests, origin) are ignored.
 */
#ifndef MATCH_TITLE_H
#define MATCH_TITLE_H

#include "match/marks.h"
#include "match/text.h"

/* The role of a word in a name. */
enum role {
	ROLE_OPEN,		/* unexplained */
	ROLE_TITLE,
	ROLE_ARTIST,		/* an artist's whole name */
	ROLE_ARTIST_PART,	/* a word of one */
	ROLE_GUEST,
	ROLE_SOURCE,
	ROLE_MARK, ROLE_MIX, ROLE_EDIT, ROLE_VERSION,
	ROLE_NAMING,		/* a mark that is a name, too */
	ROLE_NEUTRAL, ROLE_WEAK, ROLE_SMALL,
	ROLE_NUMBER		/* year, track number, tempo, catalogue */
};

#define MAX_NAMES 16

/* Which recording it is of those with one title. */
struct version {
	mark_set marks;
	const char *name[MAX_NAMES];	/* keys of words; of the words read */
	size_t names;
	int year;			/* of a live version; 0: unknown */
	int bare_year;			/* "Title (2012)"; 0: none */
	int dated;			/* "2012 Version"; 0: is none */
};

struct title {
	struct words words;
	uint8_t role[MAX_WORDS];
	struct piece core;	/* without subtitle */
	struct piece full;	/* with its subtitle, in the order written */
	struct version version;
};

void title_parse(struct title *t, const char *title);
void title_free(struct title *t);

/* Sets the roles of the open words from to to - 1 by their phrases. apart: they
 * are a bracket or after a dash. */
void roles_by_phrase(const struct words *w, uint8_t *role, size_t from,
    size_t to, bool apart);
/* Whether the words i to to - 1 begin with the number of a part: "Pt. 2". */
bool is_part_number(const struct words *w, size_t i, size_t to);

/* Whether the words from to to - 1 have one of a role, or of a mark. */
bool has_role(const uint8_t *role, size_t from, size_t to, enum role wanted);
bool has_any_mark(const uint8_t *role, size_t from, size_t to);

/* Whether the words call the recording remastered. */
bool is_remaster(const struct words *w);

/* "(2012)", "- 1986": the year that is the only word from from to to - 1; 0: it
 * is none. */
int bare_year(const struct words *w, size_t from, size_t to);

/* Adds the version in the words from to to - 1 of one segment. Open words
 * beside a mark are the names of its makers. */
void version_add(struct version *v, const struct words *w,
    const uint8_t *role, size_t from, size_t to);

#endif
