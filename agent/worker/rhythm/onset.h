/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * onset: the onset envelope: about a hundred values a second in three bands
 * (log-compressed spectral flux; Klapuri, Eronen and Astola 2006), from which
 * tempo and beats are found, and levels, from which sections are found.
 *
 * Order: onsets_new, onsets_feed ..., onsets_end, onset_envelope_free.
 */
#ifndef WORKER_RHYTHM_ONSET_H
#define WORKER_RHYTHM_ONSET_H

#include <stddef.h>
#include <stdint.h>

enum onset_band {
	ONSET_LOW,	/* up to 150 Hz: kick and bass */
	ONSET_MID,	/* up to 2 kHz: snare, chords, voices */
	ONSET_HIGH,	/* hats */
	ONSET_BANDS
};

/* The level of each of five bands, in half decibels above -100 dB, where 0 dB
 * is a sine of amplitude 1. */
#define LEVEL_BANDS 5	/* up to 150, 500, 2000, 6000 Hz, and above */
#define LEVEL_STEPS 2	/* a decibel */
#define LEVEL_FLOOR (-100)

struct onset_envelope {
	double rate;		/* values a second */
	double delay;		/* time of value 0 in seconds */
	size_t len;
	float *band[ONSET_BANDS]; /* >= 0, mean 1; all 0 if nearly silent */
	float *sum;		/* of them: local mean 0, variance 1 */
	uint8_t (*levels)[LEVEL_BANDS];
};

/* The index of the first value at or after a time, at most e->len. */
size_t onset_index(const struct onset_envelope *e, double when);

/* The highest of the five values of a series of e around index at; 0: none. */
double onset_peak(const struct onset_envelope *e, const float *series,
    double at);

struct onsets;

struct onsets *onsets_new(double sample_rate);
void onsets_feed(struct onsets *o, const float *samples, size_t n);
/* Fills e and frees o. e->len is 0 if there is no onset at all. */
void onsets_end(struct onsets *o, struct onset_envelope *e);
void onset_envelope_free(struct onset_envelope *e); /* what it holds */

#endif
