/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formats: one function a format, and what they share. Private to exports/. */
#ifndef EXPORTS_FORMATS_H
#define EXPORTS_FORMATS_H

#include <stdint.h>

#include "exports/exports.h"

void write_m3u8(const struct export_input *in, struct buf *out);
void write_rekordbox(const struct export_input *in, struct buf *out);
void write_traktor(const struct export_input *in, struct buf *out);
void write_matched_tracks(const struct export_input *in, struct buf *out);
void write_csv(const struct export_input *in, struct buf *out);

/* Appends s (NULL: nothing) as valid UTF-8: a blank for a control character,
 * U+FFFD for other bytes that XML can't hold. */
void append_clean(struct buf *b, const char *s);
char *clean_text(const char *s);	/* caller frees */

/* The whole path where the export is read. Caller frees. */
char *exported_path(const struct export_input *in, const char *path);

/* In seconds: as decoded, else as declared; 0: unknown. */
double item_duration(const struct export_item *item);
/* From the tags, else the track; NULL: unknown. Borrowed. */
const char *item_album(const struct export_item *item);
const char *item_date(const struct export_item *item);	/* YYYY[-MM[-DD]] */
/* 0: unknown. */
int item_year(const struct export_item *item);
int item_track_number(const struct export_item *item);
int item_disc_number(const struct export_item *item);

/* 0..11 from C major, 12..23 from C minor; -1: unknown. */
int key_number(const struct analysis *a);

/* By how many seconds a time of ours comes later in a player that keeps what an
 * MP3 encoder added at the beginning, and plays the frame of the header too if
 * plays_header. 0 for other formats. */
double player_delay(const struct media *m, bool plays_header);

/* The tempo from a beat on. */
struct grid_point {
	double time;		/* seconds */
	double bpm;
	int beat;		/* in its bar, from 1 */
};

/* The beats at which the grid changes its tempo, the first one always. Returns
 * how many; none without a grid or tempo. The caller frees *out. */
size_t grid_points(const struct analysis *a, struct grid_point **out);

#define MAX_CUES 32
#define HOT_CUES 8

struct cue {
	const char *name;	/* static */
	double time;		/* seconds */
	int hot;		/* 0 .. HOT_CUES - 1; -1: a memory cue */
};

/* Hot cues of the mix points, by time, then memory cues where sections begin.
 * Returns how many. */
size_t find_cues(const struct analysis *a, struct cue cues[MAX_CUES]);

#endif
