/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: tonic and mode, from a chroma series and the first chords of its
 * phrases.
 */
#ifndef WORKER_HARMONY_KEY_H
#define WORKER_HARMONY_KEY_H

#include <stdbool.h>

struct chroma_series;
struct meter;
struct structure;

struct key {
	bool known;
	int tonic;		/* 0 = C .. 11 = B */
	bool minor;
	double confidence;	/* 0..1 */
};

/* m and o: beats and sections; m is NULL if there are no beats. */
void key_find(const struct chroma_series *s, const struct meter *m,
    const struct structure *o, struct key *key);

#endif
