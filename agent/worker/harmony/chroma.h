/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chroma: which pitches sound, and when. A stream of samples becomes about
 * five frames a second of how much each pitch class has of what is sustained,
 * drums left out. Spectral peaks with interpolated frequencies, as in
 * E. Gomez, "Tonal description of music audio signals", UPF Barcelona, 2006.
 *
 * Order: chroma_new, chroma_feed ..., chroma_end.
 */
#ifndef WORKER_HARMONY_CHROMA_H
#define WORKER_HARMONY_CHROMA_H

#include <stddef.h>
#include <stdint.h>

#define CHROMA_SEMITONE 10		/* steps: ten cents each */
#define CHROMA_STEPS (12 * CHROMA_SEMITONE)
#define CHROMA_COARSE 24		/* of a frame: half a semitone each */

/* Shares of the frame in 1/65535, by pitch class from C up. All 0: nothing
 * that is sustained sounds. */
struct chroma_frame {
	uint16_t chords[CHROMA_COARSE];	/* 50 to 2000 Hz */
	uint16_t bass[CHROMA_COARSE];	/* 36 to 180 Hz */
};

struct chroma_series {
	double rate;		/* frames a second */
	double delay;		/* seconds from the start to frame 0's middle */
	size_t len;
	struct chroma_frame *frames;
	double histogram[CHROMA_STEPS];	/* sum of the frames' shares, finely */
	double bass[CHROMA_STEPS];
	size_t sounding;	/* frames that had notes */
	double tonal;		/* sum of the notes' shares of all amplitude */
};

struct chroma;

struct chroma *chroma_new(double sample_rate);
void chroma_feed(struct chroma *c, const float *samples, size_t n);
/* Fills s and frees c. */
void chroma_end(struct chroma *c, struct chroma_series *s);
void chroma_free(struct chroma *c);	/* without a result; NULL allowed */
void chroma_series_free(struct chroma_series *s); /* what it holds */

/* By how many semitones all is above concert pitch, -0.5 .. 0.5, and in
 * *unity, 0..1, how well all agree on that. */
double chroma_tuning(const struct chroma_series *s, double *unity);
/* How much the frames differ from their mean, 0..1: music 0.1 and more, a hum
 * nothing. */
double chroma_unrest(const struct chroma_series *s);
/* n steps of a circle, from C up, as twelve semitones of that tuning. */
void chroma_fold(const double *steps, int n, double tuning, double out[12]);

#endif
