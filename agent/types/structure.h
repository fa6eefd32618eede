/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure: the segments of a recording, its energy curve, and where and how
 * a DJ would mix in and out. A zeroed one is unknown.
 */
#ifndef TYPES_STRUCTURE_H
#define TYPES_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct json_writer;

/* The merge of the document has tens of thousands of structures in memory:
 * these limits keep one below 1.5 kB; most have about 500 bytes. */
#define STRUCTURE_MAX_SEGMENTS 64
#define STRUCTURE_MAX_CURVE 256

enum segment_type {
	SEGMENT_UNKNOWN, SEGMENT_INTRO, SEGMENT_VERSE, SEGMENT_BUILDUP,
	SEGMENT_DROP, SEGMENT_BREAKDOWN, SEGMENT_OUTRO, N_SEGMENT_TYPES
};

/* A segment ends where the next one begins, the last one with the music. */
struct segment {
	double start;			/* seconds; 0 for the first */
	float energy;			/* 0..1, mean of the curve in it */
	enum segment_type type;
};

enum transition {
	TRANSITION_LONG_BLEND, TRANSITION_SHORT_BLEND, TRANSITION_CUT,
	TRANSITION_FILTER_SWEEP, TRANSITION_ECHO_OUT, N_TRANSITIONS
};

struct structure {
	/* Seconds, 0 <= in < out <= duration; out 0: no mix points. */
	double mix_in, mix_out;
	/* Seconds, 0: none. Only with mix points. */
	double intro_end, outro_start, drop, breakdown;

	struct segment *segments;	/* owned, in order */
	size_t n_segments;
	uint8_t *curve;			/* owned; energy in percent, 0..100 */
	size_t n_curve;
	double curve_rate;		/* values per second */

	int crossfade_bars;		/* 4, 8, 16, 32; 0: no hints */
	enum transition hint_in, hint_out;
	bool strong_drop, clean_outro;
};

void structure_free(struct structure *o);	/* leaves it empty */

/* The document's names: "buildup", "echo-out". */
const char *segment_type_name(enum segment_type type);
const char *transition_name(enum transition t);

/* Lossless JSON for the worker and the index; not the document's form. */
void structure_to_json(const struct structure *o, struct json_writer *w,
    const char *key);
/* For music of duration seconds. A part that is absent or breaks the rules
 * above is unknown. */
void structure_from_json(struct structure *o, const struct json *v,
    double duration);

#endif
