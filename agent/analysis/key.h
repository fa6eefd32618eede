/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: tonic and mode, from which pitches sound how much.
 */
#ifndef ANALYSIS_KEY_H
#define ANALYSIS_KEY_H

#include <stdbool.h>

struct chroma_series;

struct key {
	bool known;
	int tonic;		/* 0..11 from C */
	bool minor;
	double confidence;	/* 0..1 */
};

void key_find(const struct chroma_series *s, struct key *key);

#endif
