/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meter: beats, and which of them begin bars; on a grid where one tempo
 * holds, one by one where it does not.
 */
#ifndef WORKER_RHYTHM_METER_H
#define WORKER_RHYTHM_METER_H

#include <stdbool.h>
#include <stddef.h>

struct analysis;
struct chroma_series;
struct onset_envelope;
struct tempo;

struct meter {
	double *beats;		/* seconds, rising; owned */
	size_t count;
	size_t downbeat;	/* number of the first one that begins a bar */
	int beats_per_bar;
};

/* False: there are no beats that can be told. Where t has no steady tempo,
 * this follows the beats and gives t the tempo that they have. */
bool meter_find(const struct onset_envelope *e, const struct chroma_series *s,
    struct tempo *t, struct meter *m);
/* Writes the grid of a, and for a tempo that is not held the anchors between
 * which beats are as good as even. */
void meter_write(const struct meter *m, struct analysis *a);
void meter_free(struct meter *m);	/* what it holds */

#endif
