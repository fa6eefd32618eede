/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: tonic and mode, from which pitches sound how much.
 */
#ifndef ANALYSIS_KEY_H
#define ANALYSIS_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct key {
	bool known;
	int tonic;		/* 0..11 from C */
	bool minor;
	double confidence;	/* 0..1 */
};

struct keyfinder;

struct keyfinder *keyfinder_new(double sample_rate);
void keyfinder_feed(struct keyfinder *k, const float *samples, size_t n);
/* Fills key and frees k. */
void keyfinder_end(struct keyfinder *k, struct key *key);
void keyfinder_free(struct keyfinder *k); /* without a result; NULL allowed */

#endif
