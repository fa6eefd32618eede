/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode: the door to libavformat and libavcodec. Opens media behind a
 * descriptor, tells what it is, hands out its audio packets or its samples,
 * once. Nothing is opened by name; only containers and codecs of audio files
 * are known to it; no threads.
 *
 * Order: media_file_open, then any of packets (identity.h), tags
 * (tags.h) and decode_all, then media_file_close.
 */
#ifndef ANALYSIS_DECODE_H
#define ANALYSIS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct AVFormatContext;
struct AVStream;
struct media;

#define MAX_CHANNELS 8

struct media_file {
	struct AVFormatContext *format;
	struct AVStream *stream;	/* the audio */
	bool exact_length;		/* declared, not guessed of the size */
	int fd;				/* borrowed */
};

/* Once, before the box closes: whatever the libraries load, they load now. */
void decode_warm_up(void);

/* TRACK_FAILED with why: no audio file, or of a kind that is not taken. */
enum outcome media_file_open(struct media_file *m, int fd, struct why *why);
void media_file_close(struct media_file *m);
/* Codec, container, declared length, rates; not identity nor tags. */
void media_file_describe(const struct media_file *m, struct media *out);
/* Back to the first packet; -1 if that can't be. */
int media_file_rewind(struct media_file *m);

struct decoded {
	int rate, channels;
	double seconds;		/* that came out */
	bool complete;		/* no error, and as long as it says it is */
	struct why fault;	/* else what is wrong */
};

/* Decodes to the end, handing over interleaved samples. start is called
 * once, before the first of them; non-zero ends it. TRACK_FAILED with why: no
 * sample came. */
struct decode_sink {
	int (*start)(void *ctx, int rate, int channels);
	void (*samples)(void *ctx, const float *samples, size_t frames);
	void *ctx;
};
enum outcome decode_all(struct media_file *m, const struct decode_sink *sink,
    struct decoded *out, struct why *why);

#endif
