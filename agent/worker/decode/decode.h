/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode: the door to libavformat and libavcodec. Opens audio behind a
 * descriptor, says what it is, and decodes its best audio stream once. Only
 * remux.c knows them too.
 *
 * Order: decoder_setup once in a process, then decoder_open, then either
 * decoder_packets or decoder_run, once, then decoder_free. Everything else may
 * be asked at any time between. Only pread is used on the descriptor, so that
 * whoever shares its position does not notice.
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

/* Where what is decoded goes. */
struct decode_sink {
	void *ctx;
	/* The stream's packets as they are in the file, until it returns
	 * false; decoding goes on. May be NULL. Also those that nobody wants
	 * decoded, after begin returned false. */
	bool (*packet)(void *ctx, const void *data, size_t len);
	/* Before the first samples: 1 .. DECODE_MAX_CHANNELS channels. False
	 * ends the decode without a fault. */
	bool (*begin)(void *ctx, int rate, int channels);
	/* Interleaved, nominally -1..1. */
	void (*samples)(void *ctx, const float *samples, size_t frames);
};

struct decoded {
	int64_t ms;		/* length that was really decoded */
	unsigned errors;	/* packets that were broken or missing */
	bool complete;		/* no errors, and all that was declared */
	struct error fault;	/* when it is not complete */
};

/* Silences the libraries and makes them build their tables, so that children
 * that are forked afterwards find them built. */
void decoder_setup(void);

/* size: the file's length. NULL with why filled: no audio that we know. fd is
 * borrowed. */
struct decoder *decoder_open(int fd, int64_t size, struct error *error);
void decoder_free(struct decoder *d);	/* NULL allowed */

/* Fills all of m but its identity and tags. */
void decoder_form(const struct decoder *d, struct media *m);
const char *decoder_container(const struct decoder *d);	/* as in media */
const char *decoder_codec(const struct decoder *d);
/* Declared length where it is stated in the file; 0 where it would only be
 * reckoned from size and bit rate. */
int64_t decoder_exact_ms(const struct decoder *d);
/* A tag by name, whatever its case, of the file or else of the stream; NULL.
 * struct decoder is passed as void so that this is a tag_finder (tags.h). */
const char *decoder_tag(void *decoder, const char *name);

/* What the codec needs before the first packet, in one or more pieces: all of
 * the stream's extradata but Vorbis' comments, which are tags. */
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
