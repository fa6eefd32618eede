/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meter: beats and downbeats; on a grid where the tempo is constant, tracked
 * one by one where it is not.
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
	size_t downbeat;	/* index of the first one that begins a bar */
	int beats_per_bar;
};

/* False: no beats found. If the tempo of t is not constant, sets it to that of
 * the tracked beats. */
bool meter_find(const struct onset_envelope *e, const struct chroma_series *s,
    struct tempo *t, struct meter *m);
/* Writes the grid to a, and for a changing tempo the anchors between which
 * beats are nearly even. */
void meter_write(const struct meter *m, struct analysis *a);
void meter_free(struct meter *m);	/* what it holds */

#endif
