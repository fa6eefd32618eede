/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode: opens the audio behind a descriptor, reports its form, and decodes
 * its best audio stream once. With remux.c the only user of libavformat and
 * libavcodec.
 *
 * Order: decoder_setup once in a process, then decoder_open, then either
 * decoder_packets or decoder_run, once, then decoder_free. All other functions
 * may be called at any time between. Only pread is used on the descriptor: its
 * position, which the agent shares, stays.
 */
#ifndef WORKER_DECODE_DECODE_H
#define WORKER_DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct AVPacket;
struct AVStream;
struct decoder;
struct media;

#define DECODE_MAX_CHANNELS 16

/* Receives the result of decoder_run. */
struct decode_sink {
	void *ctx;
	/* The stream's packets as they are in the file, until it returns
	 * false; decoding goes on. May be NULL. */
	bool (*packet)(void *ctx, const void *data, size_t len);
	/* Before the first samples: 4000 .. 384000 Hz, 1 ..
	 * DECODE_MAX_CHANNELS channels. */
	void (*begin)(void *ctx, int rate, int channels);
	/* Interleaved, nominally -1..1. */
	void (*samples)(void *ctx, const float *samples, size_t frames);
};

struct decoded {
	int64_t ms;		/* decoded length */
	unsigned errors;	/* packets that were broken or missing */
	bool complete;		/* no errors, and all that was declared */
	struct error fault;	/* when it is not complete */
};

/* Turns off the libraries' logging and makes them build their tables, which
 * children forked afterwards inherit. */
void decoder_setup(void);

/* size: the file's length. NULL with error filled: no supported audio. fd is
 * borrowed. */
struct decoder *decoder_open(int fd, int64_t size, struct error *error);
void decoder_free(struct decoder *d);	/* NULL allowed */

/* Fills all of m but its identity and tags. */
void decoder_form(const struct decoder *d, struct media *m);
const char *decoder_container(const struct decoder *d);	/* as in media */
const char *decoder_codec(const struct decoder *d);
/* The length that the file states; 0 where it could only be estimated from
 * size and bit rate. */
int64_t decoder_exact_ms(const struct decoder *d);
/* A tag by name, whatever its case, of the file or else of the stream; NULL.
 * struct decoder is passed as void so that this is a tag_finder (tags.h). */
const char *decoder_tag(void *decoder, const char *name);

/* The stream's extradata in one or more pieces, without Vorbis' comments, which
 * are tags. */
void decoder_header(const struct decoder *d,
    bool (*each)(void *ctx, const void *data, size_t len), void *ctx);
/* Reads the stream's packets without decoding until each returns false. */
void decoder_packets(struct decoder *d,
    bool (*each)(void *ctx, const void *data, size_t len), void *ctx);
/* For remux.c: the stream, and its packets one by one, valid until the next;
 * NULL at the end. */
const struct AVStream *decoder_stream(const struct decoder *d);
struct AVPacket *decoder_next(struct decoder *d);
void decoder_run(struct decoder *d, const struct decode_sink *sink,
    struct decoded *out);

#endif
