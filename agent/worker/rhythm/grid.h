/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid: where the beats are, for music of one tempo throughout.
 */
#ifndef WORKER_RHYTHM_GRID_H
#define WORKER_RHYTHM_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct onset_envelope;

struct grid {
	double first_beat;	/* seconds; no beat is before the first sound */
	double period;		/* seconds from one to the next */
	size_t beats;		/* to the end of the music */
};

/* Lays a grid of a tempo, which holds throughout, over the onsets. False: too
 * few onsets are on it. */
bool grid_fit(const struct onset_envelope *e, double bpm, struct grid *grid);

/* To what lies between its beats, where these turn out not to be them. False:
 * nothing does, and the grid is as it was. */
bool grid_shift(const struct onset_envelope *e, struct grid *grid);

#endif
