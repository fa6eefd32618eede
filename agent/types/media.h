/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * media: an audio file's format, tags and analysis. The worker writes them as
 * JSON and the agent reads them, so both directions are here.
 */
#ifndef TYPES_MEDIA_H
#define TYPES_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/fingerprint.h"
#include "types/structure.h"

struct json;
struct json_writer;

/* The analyzerVersion of our entries. Increase the number when results change:
 * later runs then analyze files with a lower one again. */
#define ANALYZER_PREFIX "likesync/"
#define ANALYZER_REVISION "1"
#define ANALYZER_VERSION ANALYZER_PREFIX ANALYZER_REVISION

/* The number of a version of our analyzer; -1: it is another program's. */
int64_t analyzer_revision(const char *version);
/* Is this an older version of our analyzer? */
bool analyzer_is_older(const char *version);

#define IDENTITY_LEN 32		/* hex digits: 128 bits */
#define STREAM_LEN 64		/* hex digits: SHA-256 */

/* A file's tags. Strings are owned, NULL when absent or empty. */
struct tags {
	char *artist, *title, *album, *album_artist, *date, *genre;
	char *isrc;		/* well-formed */
	char *spotify_id;	/* well-formed; written by us */
	char *source;		/* written by us: where it came from */
	int track_number, disc_number;	/* 0: unknown */
	double bpm;		/* 0: unknown */
	char *key;		/* as written: "8A", "Am", "A minor" */
	int energy;		/* 1..10 by Mixed In Key; 0: unknown */
	char *analysis;		/* written by us: see written_tags.h */
};

/* What the first frame of an MP3 file has instead of music. */
enum mp3_header {
	MP3_BARE,		/* nothing; also of other formats */
	MP3_XING,		/* numbers: "Xing" or "Info" */
	MP3_LAME		/* these, and LAME's with a valid checksum */
};

/* One audio file, opened but not decoded. */
struct media {
	char identity[IDENTITY_LEN + 1]; /* see worker/decode/identity.h */
	char codec[16];			/* "aac", "mp3", "flac", "opus", ... */
	char container[16];		/* "mp4", "mp3", "ogg", "matroska"... */
	int64_t duration_ms;		/* as declared; 0: unknown */
	int64_t bitrate;		/* bit/s of the audio stream */
	int sample_rate, channels;
	bool lossless;
	bool has_cover;
	/* Of an MP3 file: samples at its beginning that decoding leaves out,
	 * because its encoder added them. Players that keep them, or play the
	 * header's frame, begin earlier. */
	int encoder_delay;
	int header;			/* enum mp3_header */
	struct tags tags;
};

/* The tempo from this time on, for music whose tempo changes. */
struct beat_anchor {
	double time;			/* seconds; there is a beat */
	double bpm;
};

/* A mix of records over some hours has not as many. */
#define ANALYSIS_MAX_ANCHORS 1024
/* Four days at 170 BPM: who claims more is not believed. */
#define ANALYSIS_MAX_BEATS 1000000

/* Results of the analysis; 0, "" or false: unknown, never a guess. */
struct analysis {
	double bpm;			/* 0: unknown */
	double bpm_confidence;		/* 0..1; 1: by Mixed In Key's tag */
	char key[12];			/* "A minor", as in the document; "" */
	char camelot[4];		/* "8A"; "" */
	double key_confidence;		/* 0..1 */
	int energy;			/* 1..10; 0: unknown */
	bool has_loudness;
	double loudness;		/* integrated LUFS, EBU R128 */
	double duration;		/* seconds that were decoded */
	bool has_grid;
	double first_beat, downbeat;	/* seconds */
	int beats_per_bar;
	bool constant;			/* one tempo throughout; else anchors */
	struct beat_anchor *anchors;	/* owned, in order of time */
	size_t n_anchors;
	/* Seconds at the beginning [0] and the end [1]: of silence, and next
	 * to it of non-music, sound without the bass of the rest. */
	double silence[2], non_music[2];
	double cutoff;			/* Hz; where the spectrum ends at
					   once; 0: it does not */
	struct structure structure;	/* owned */
};

/* One audio file, decoded to its end. */
struct decoded_media {
	struct media media;
	char stream[STREAM_LEN + 1];	/* see worker/decode/identity.h */
	struct analysis analysis;
	struct fingerprint fingerprint;
	bool complete;		/* every packet decoded and none is missing */
	struct error fault;	/* why not complete; reasons: types/reason.h */
};

void tags_free(struct tags *t);		/* what it holds; leaves it empty */
void tags_copy(struct tags *to, const struct tags *from);
void tags_to_json(const struct tags *t, struct json_writer *w,
    const char *key);
void tags_from_json(struct tags *t, const struct json *v);

/* The file name extension for this format, without dot; NULL: the library does
 * not take this format. Static. */
const char *media_extension(const struct media *m);
void media_free(struct media *m);
void media_copy(struct media *to, const struct media *from);
void media_to_json(const struct media *m, struct json_writer *w,
    const char *key);
/* -1 if there is no well-formed identity. m is initialized by this. */
int media_from_json(struct media *m, const struct json *v);

void analysis_free(struct analysis *a);	/* what it holds; leaves it empty */
/* Beats between two times, by the anchors if any; 0 if the tempo is unknown. */
double analysis_beats(const struct analysis *a, double from, double to);
/* The times of all beats in seconds, ascending; NULL and 0 if the grid is
 * unknown or has over ANALYSIS_MAX_BEATS. Owned by the caller. */
double *analysis_beat_times(const struct analysis *a, size_t *n);
/* Halves or doubles the tempo into the octave above lowest; 0 keeps the
 * detected octave. The grid follows; a changing tempo that is halved has none.
 */
void analysis_set_octave(struct analysis *a, double lowest);
/* Lossless JSON for the worker and the index; not the document's form. */
void analysis_to_json(const struct analysis *a, struct json_writer *w,
    const char *key);
void analysis_from_json(struct analysis *a, const struct json *v);

void decoded_media_free(struct decoded_media *e);
void decoded_media_to_json(const struct decoded_media *e, struct json_writer *w,
    const char *key);
int decoded_media_from_json(struct decoded_media *e, const struct json *v);
/* The member "stream" of v: STREAM_LEN hex digits, or "" if there is none. */
void stream_from_json(const struct json *v, char stream[STREAM_LEN + 1]);

/* Parses "8A", "Am", "A minor", "a min", "F#m", "Gb", "12B", Open Key "1m" to
 * the document's name and the Camelot code. -1 if it is no key. */
int key_parse(const char *text, char key[12], char camelot[4]);
/* tonic 0..11 from C; the document's name and code. */
void key_name(int tonic, bool minor, char key[12], char camelot[4]);

/* Replaces our estimates by Mixed In Key's tags where these are plausible;
 * bpm_confidence is then 1. Returns whether there were any. */
bool analysis_apply_tags(struct analysis *a, const struct tags *t);

#endif
