/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * written_tags: tempo, key and energy of the analysis as likesync writes them
 * into a file's tags, and a tag beside them (tags.analysis) that tells which
 * of these are its own. So its own are told from those of the user's programs:
 * only they are changed later, and they do not count as the user's word.
 */
#ifndef TYPES_WRITTEN_TAGS_H
#define TYPES_WRITTEN_TAGS_H

#include "types/media.h"

/* How a key is spelled: "8A", "1m", "Am". */
enum key_notation { KEY_NOT_WRITTEN, KEY_CAMELOT, KEY_OPEN, KEY_MUSICAL };

struct written_tags {
	double bpm;		/* 0: not written */
	char key[8];		/* "": likewise */
	int energy;		/* 0 */
};

/* The key in that notation; "" if it is unknown. */
void key_spell(const struct analysis *a, enum key_notation n, char out[8]);

/* What to write into a file with these tags, in which written_tags_remove has
 * left the user's: only what they lack. */
void written_tags_choose(const struct analysis *a, enum key_notation n,
    const struct tags *t, struct written_tags *out);
/* "bpm=124.03 key=8A energy=7", what is not written being left out. Caller
 * frees. */
char *written_tags_text(const struct written_tags *w);
/* Removes from t what is likesync's own by t->analysis. */
void written_tags_remove(struct tags *t);

#endif
