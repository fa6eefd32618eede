/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * title: a title taken apart: the words that name the song, and the marks of
 * a version (remix, live, sped up, ...) with the names that come with them.
 * What makes no other recording (remaster, year, "Official Video", "feat.
 * X") is set aside.
 */
#ifndef MATCH_TITLE_H
#define MATCH_TITLE_H

#include <stdint.h>

#include "match/text.h"

struct title {
	struct words core;	/* the song's own words */
	struct words names;	/* of whoever made the version; may be none */
	uint32_t marks;		/* set of versions, by bit */
	int part;		/* "Pt. 2": 2; 0: none */
};

void title_parse(struct title *t, const char *title);
void title_free(struct title *t);

/* The version that words[i] ..., of count, begin with: its bit, and how many
 * words it takes in *len; 0 if none. */
uint32_t version_mark(const char *const *words, size_t count, size_t *len);
/* Does this word change nothing about a recording? */
bool word_is_neutral(const char *word);
/* "remix, live": for people; out holds size bytes. */
void marks_text(uint32_t marks, char *out, size_t size);

#endif
