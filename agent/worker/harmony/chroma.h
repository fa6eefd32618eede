/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chroma: the share of each pitch class in the sustained sound, drums left out,
 * in about five frames a second. Spectral peaks with interpolated frequencies,
 * as in E. Gomez, "Tonal description of music audio signals", UPF Barcelona,
 * 2006.
 *
 * Order: chroma_new, chroma_feed ..., chroma_end.
 */
#ifndef WORKER_HARMONY_CHROMA_H
#define WORKER_HARMONY_CHROMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHROMA_SEMITONE 10		/* steps: ten cents each */
#define CHROMA_STEPS (12 * CHROMA_SEMITONE)
#define CHROMA_COARSE 24		/* of a frame: half a semitone each */

/* Shares of the frame in 1/65535, by pitch class from C up. All 0: no sustained
 * sound. */
struct chroma_frame {
	uint16_t chords[CHROMA_COARSE];	/* 50 to 2000 Hz */
	uint16_t bass[CHROMA_COARSE];	/* 36 to 180 Hz */
};

struct chroma_series {
	double rate;		/* frames a second */
	double delay;		/* seconds from the start to frame 0's middle */
	size_t len;
	struct chroma_frame *frames;
	double histogram[CHROMA_STEPS];	/* sum of the frames' shares */
	size_t sounding;	/* frames with notes */
	double tonal;		/* sum of the notes' shares of all amplitude */
};

struct chroma;

struct chroma *chroma_new(double sample_rate);
void chroma_feed(struct chroma *c, const float *samples, size_t n);
/* Fills s and frees c. */
void chroma_end(struct chroma *c, struct chroma_series *s);
void chroma_series_free(struct chroma_series *s); /* what it holds */

/* The deviation from concert pitch in semitones, -0.5 .. 0.5; *unity, 0..1: how
 * well all notes agree on it. */
double chroma_tuning(const struct chroma_series *s, double *unity);
/* The mean distance of the frames from their mean, 0..1: music has 0.1 and
 * more, a hum 0. */
double chroma_variation(const struct chroma_series *s);
/* The frames of bass or chords between two times in seconds, added up. */
void chroma_sum(const struct chroma_series *s, double from, double to,
    bool bass, double out[CHROMA_COARSE]);
/* Folds n steps of an octave, from C up, into twelve semitones of a tuning. */
void chroma_fold(const double *steps, int n, double tuning, double out[12]);

#endif
