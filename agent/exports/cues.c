/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cues: keys, grids and cue points as DJ software counts them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/mem.h"
#include "exports/formats.h"

#define MEMORY_CUES 10		/* as many as a player shows */
#define MIN_APART 0.01		/* seconds between two cues */

/* ---- key ---- */

int key_number(const struct analysis *a)
{
	const char *s = a->camelot;
	int64_t n;
	int major;

	if (int_prefix(&s, 1, 12, &n) != 0)
		return -1;
	/* Each number is a fifth, seven semitones, above the one before; C
	 * major is 8B. */
	major = 7 * ((int)n - 8 + 12) % 12;
	return *s == 'B' ? major : 12 + (major + 9) % 12;
}

/* ---- time ---- */

double player_delay(const struct media *m, bool plays_header)
{
	/* The samples of a frame in MPEG 1, and in MPEG 2 with its low rates. */
	int frame = m->sample_rate >= 32000 ? 1152 : 576;

	if (strcmp(m->container, "mp3") != 0 || m->sample_rate <= 0)
		return 0;
	return (double)(m->encoder_delay + (plays_header ? frame : 0)) /
	    m->sample_rate;
}

/* ---- grid ---- */

/* The place in its bar, from 1, of the beat at that time. */
static int beat_in_bar(const struct analysis *a, double time)
{
	double from = fmin(time, a->downbeat), to = fmax(time, a->downbeat);
	long beats = lround(analysis_beats(a, from, to)) % a->beats_per_bar;

	if (time < a->downbeat && beats > 0)
		beats = a->beats_per_bar - beats;
	return (int)beats + 1;
}

size_t grid_points(const struct analysis *a, struct grid_point **out)
{
	size_t n = a->n_anchors > 0 ? a->n_anchors : 1;

	*out = NULL;
	if (!a->has_grid || a->bpm <= 0 || a->beats_per_bar <= 0)
		return 0;
	*out = xcalloc(n, sizeof(**out));
	for (size_t i = 0; i < n; i++) {
		struct grid_point *p = &(*out)[i];
		bool constant = a->n_anchors == 0;

		p->time = constant ? a->first_beat : a->anchors[i].time;
		p->bpm = constant ? a->bpm : a->anchors[i].bpm;
		p->beat = beat_in_bar(a, p->time);
	}
	return n;
}

/* ---- cues ---- */

static int by_time(const void *a, const void *b)
{
	const struct cue *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

static size_t find_hot_cues(const struct structure *s, struct cue *cues)
{
	const struct cue all[] = {
		{ "Mix in", s->mix_in, 0 },
		{ "Intro end", s->intro_end, 0 },
		{ "Drop", s->drop, 0 },
		{ "Breakdown", s->breakdown, 0 },
		{ "Outro", s->outro_start, 0 },
		{ "Mix out", s->mix_out, 0 },
	};
	size_t n = 0;

	if (s->mix_out <= 0)
		return 0;
	/* Only the mix-in point may be at 0: that means none for the others. */
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (i == 0 || all[i].time > 0)
			cues[n++] = all[i];
	qsort(cues, n, sizeof(*cues), by_time);
	for (size_t i = 0; i < n; i++)
		cues[i].hot = (int)i;
	return n;
}

static const char *section_title(enum segment_type type)
{
	static const char *const titles[N_SEGMENT_TYPES] = {
		[SEGMENT_UNKNOWN] = "Section", [SEGMENT_INTRO] = "Intro",
		[SEGMENT_VERSE] = "Verse", [SEGMENT_BUILDUP] = "Buildup",
		[SEGMENT_DROP] = "Drop", [SEGMENT_BREAKDOWN] = "Breakdown",
		[SEGMENT_OUTRO] = "Outro",
	};

	return titles[type];
}

size_t find_cues(const struct analysis *a, struct cue cues[MAX_CUES])
{
	const struct structure *s = &a->structure;
	size_t hot = find_hot_cues(s, cues), n = hot;
	double last = -1;

	for (size_t i = 0; i < s->n_segments && n < hot + MEMORY_CUES; i++) {
		const struct segment *g = &s->segments[i];

		if (g->start - last < MIN_APART)
			continue;
		last = g->start;
		cues[n++] = (struct cue){ section_title(g->type), g->start,
			-1 };
	}
	return n;
}
