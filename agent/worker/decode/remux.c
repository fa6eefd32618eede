/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/remux.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>

#include "worker/decode/decode.h"
#include "types/reason.h"

#define IO_BUFFER (32 * 1024)
#define MAX_BOXES 64		/* before the first fragment there are few */
#define BOX_HEAD 16

/* The target's name in struct media, and its muxer in libavformat. */
static const struct {
	const char *container, *codec, *target, *muxer;
} targets[] = {
	{ "matroska", "opus", "ogg", "ogg" },
	{ "matroska", "vorbis", "ogg", "ogg" },
	{ "matroska", "aac", "mp4", "ipod" },
	{ "mp4", "aac", "mp4", "ipod" },	/* if it is fragmented */
};

/* Whether there is a moof at the top level, as in files made for streaming. */
static bool is_fragmented(int fd)
{
	uint64_t at = 0;

	for (int i = 0; i < MAX_BOXES; i++) {
		uint8_t head[BOX_HEAD];
		uint64_t size;

		if (pread(fd, head, BOX_HEAD, (off_t)at) != BOX_HEAD)
			return false;
		if (memcmp(head + 4, "moof", 4) == 0)
			return true;
		size = AV_RB32(head);
		if (size == 1)
			size = AV_RB64(head + 8);
		if (size < 8 || size > INT64_MAX / 2 - at)
			return false;
		at += size;
	}
	return false;
}

const char *remux_target(const struct decoder *d, int fd)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (strcmp(targets[i].container, decoder_container(d)) == 0 &&
		    strcmp(targets[i].codec, decoder_codec(d)) == 0 &&
		    (strcmp(targets[i].container, targets[i].target) != 0 ||
		    is_fragmented(fd)))
			return targets[i].target;
	return NULL;
}

/* ---- output ---- */

struct output {
	int fd;
	int64_t at, end;
};

static int on_write(void *ctx, uint8_t *data, int len)
{
	struct output *b = ctx;

	for (int done = 0; done < len;) {
		ssize_t n = pwrite(b->fd, data + done, (size_t)(len - done),
		    b->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return AVERROR(n < 0 ? errno : EIO);
		done += (int)n;
		b->at += n;
	}
	if (b->at > b->end)
		b->end = b->at;
	return len;
}

static int64_t on_seek(void *ctx, int64_t offset, int whence)
{
	struct output *b = ctx;

	whence &= ~AVSEEK_FORCE;
	if (whence == AVSEEK_SIZE)
		return b->end;
	if (whence == SEEK_CUR)
		offset += b->at;
	else if (whence == SEEK_END)
		offset += b->end;
	if (offset < 0)
		return AVERROR(EINVAL);
	return b->at = offset;
}

/* ---- remuxing ---- */

/* AVFMT_FLAG_BITEXACT: without times, random numbers and the muxer's name the
 * same input gives the same bytes. */
static int open_output(AVFormatContext **out, const char *target,
    struct output *b, const AVStream *in)
{
	uint8_t *buffer;
	AVStream *s;
	size_t i = 0;
	int rc;

	while (strcmp(targets[i].target, target) != 0)
		i++;
	rc = avformat_alloc_output_context2(out, NULL, targets[i].muxer, NULL);
	if (rc < 0)
		return rc;
	buffer = av_malloc(IO_BUFFER);
	if (buffer != NULL)
		(*out)->pb = avio_alloc_context(buffer, IO_BUFFER, 1, b, NULL,
		    on_write, on_seek);
	if ((*out)->pb == NULL) {
		av_free(buffer);
		return AVERROR(ENOMEM);
	}
	(*out)->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
	s = avformat_new_stream(*out, NULL);
	if (s == NULL)
		return AVERROR(ENOMEM);
	rc = avcodec_parameters_copy(s->codecpar, in->codecpar);
	s->codecpar->codec_tag = 0;
	s->time_base = in->time_base;
	return rc;
}

static int copy_packets(struct decoder *d, const AVStream *in,
    AVFormatContext *out)
{
	AVPacket *p;
	int rc = avformat_write_header(out, NULL);

	while (rc >= 0 && (p = decoder_next(d)) != NULL) {
		av_packet_rescale_ts(p, in->time_base,
		    out->streams[0]->time_base);
		p->stream_index = 0;
		p->pos = -1;
		rc = av_interleaved_write_frame(out, p);
	}
	return rc >= 0 ? av_write_trailer(out) : rc;
}

int remux_write(struct decoder *d, const char *target, int to,
    struct error *error)
{
	struct output b = { .fd = to };
	const AVStream *in = decoder_stream(d);
	AVFormatContext *out = NULL;
	char text[AV_ERROR_MAX_STRING_SIZE];
	int rc = open_output(&out, target, &b, in);

	if (rc >= 0)
		rc = copy_packets(d, in, out);
	if (out != NULL && out->pb != NULL) {
		avio_flush(out->pb);
		if (rc >= 0 && out->pb->error < 0)
			rc = out->pb->error;
		av_freep(&out->pb->buffer);
		avio_context_free(&out->pb);
	}
	avformat_free_context(out);
	if (rc >= 0)
		return 0;
	av_strerror(rc, text, sizeof(text));
	reason_set(error, rc == AVERROR(ENOMEM) ? REASON_MEMORY :
	    REASON_DAMAGED, "can't be remuxed into %s: %s", target, text);
	return -1;
}
