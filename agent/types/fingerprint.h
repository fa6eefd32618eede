/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fingerprint: identifies a recording by its sound, whatever its name, codec
 * or volume. Chromaprint's: a number of 32 bits every 0.124 s, each of about
 * two seconds of sound.
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

/* count 0: unknown. */
struct fingerprint {
	uint32_t *items;	/* owned */
	size_t count;
	double duration;	/* of the whole recording, seconds */
	char *code;		/* AcoustID's form; owned; only in a fresh one
				   from the worker, else NULL */
};

void fingerprint_free(struct fingerprint *f);	/* leaves it empty */
void fingerprint_copy(struct fingerprint *to, const struct fingerprint *from);
/* Writes nothing if it is unknown. */
void fingerprint_to_json(const struct fingerprint *f, struct json_writer *w,
    const char *key);
/* Malformed JSON is unknown. */
void fingerprint_from_json(struct fingerprint *f, const struct json *v);

/* 0: nothing in common, 1: the same bits. */
double fingerprint_likeness(const struct fingerprint *a,
    const struct fingerprint *b);
/* Is it the same recording, of about the same length? */
bool fingerprint_same(const struct fingerprint *a,
    const struct fingerprint *b);

#endif
