/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fingerprint: how a recording sounds, so that it is recognized under another
 * name, in another codec, at another volume. Chromaprint's: a number of 32
 * bits every 0.124 s, each about two seconds of sound.
 *
 * Two of them are compared as AcoustID's server does it: the shift at which
 * most numbers agree in their upper 14 bits, then the share of bits that
 * differ there; music of few different numbers (silence, a tone) proves
 * less. Unrelated music differs in half of the bits.
 */
#ifndef TYPES_FINGERPRINT_H
#define TYPES_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct json_writer;

/* As much as AcoustID looks at. */
#define FINGERPRINT_SECONDS 120
#define FINGERPRINT_MAX 1024		/* numbers in two minutes: 948 */

/* One without numbers says nothing of how it sounds. */
struct fingerprint {
	uint32_t *items;	/* owned */
	size_t count;
	double duration;	/* of the whole recording, seconds */
	char *code;		/* as AcoustID's service wants it; owned, NULL
				   but in what the worker has just made */
};

void fingerprint_free(struct fingerprint *f);	/* leaves it empty */
void fingerprint_copy(struct fingerprint *to, const struct fingerprint *from);
/* Nothing is written of one that says nothing. */
void fingerprint_to_json(const struct fingerprint *f, struct json_writer *w,
    const char *key);
/* What is not well-formed says nothing. */
void fingerprint_from_json(struct fingerprint *f, const struct json *v);

/* 0: nothing in common, 1: the same bits. */
double fingerprint_likeness(const struct fingerprint *a,
    const struct fingerprint *b);
/* Is it the same recording, of about the same length? */
bool fingerprint_same(const struct fingerprint *a,
    const struct fingerprint *b);

#endif
