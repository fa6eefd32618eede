/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid: the evenly spaced beats of music with a constant tempo.
 */
#ifndef WORKER_RHYTHM_GRID_H
#define WORKER_RHYTHM_GRID_H

#include <stdbool.h>
#include <stddef.h>

struct onset_envelope;

struct grid {
	double first_beat;	/* seconds; no beat is before the first sound */
	double period;		/* seconds */
	size_t beats;		/* to the end of the music */
};

/* Fits a grid of the given tempo to the onsets. False: too few onsets are on
 * it. */
bool grid_fit(const struct onset_envelope *e, double bpm, struct grid *grid);

/* Moves the grid by half a beat, onto the off-beats. False: too few onsets are
 * there, and the grid is unchanged. */
bool grid_shift(const struct onset_envelope *e, struct grid *grid);

#endif
