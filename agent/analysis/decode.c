/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/decode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>

#include "base/mem.h"
#include "model/media.h"

#define IO_BUFFER (32 << 10)
#define PROBE_BYTES (1 << 20)		/* what decides which container it is */
#define ANALYZE_US (5 * 1000000)	/* and how its streams look */
#define MAX_STREAMS 32			/* audio, cover, chapters; not more */
#define MAX_ERRORS 1000			/* a stream that is only noise */

/* What audio files come in. Playlists, network and image formats, which can
 * make a demuxer open something else, are not among them. */
#define CONTAINERS "mp3,mov,matroska,webm,ogg,flac,wav,aiff,aac,wv,ape,asf," \
	"w64,caf,tta,mpc,mpc8"

struct io {
	int fd;
	int64_t at, size;
};

/* The descriptor is shared with others: a position of our own. */
static int read_packet(void *opaque, uint8_t *data, int size)
{
	struct io *io = opaque;
	ssize_t n = pread(io->fd, data, (size_t)size, io->at);

	if (n < 0)
		return AVERROR(EIO);
	if (n == 0)
		return AVERROR_EOF;
	io->at += n;
	return (int)n;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
	struct io *io = opaque;

	switch (whence & ~AVSEEK_FORCE) {
	case AVSEEK_SIZE:
		return io->size;
	case SEEK_SET:
		break;
	case SEEK_CUR:
		offset += io->at;
		break;
	case SEEK_END:
		offset += io->size;
		break;
	default:
		return AVERROR(EINVAL);
	}
	if (offset < 0)
		return AVERROR(EINVAL);
	io->at = offset;
	return offset;
}

void decode_warm_up(void)
{
	av_log_set_level(AV_LOG_QUIET);
	avformat_network_deinit();
	/* The first look-ups build tables. */
	av_find_input_format("mp3");
	avcodec_find_decoder(AV_CODEC_ID_AAC);
}

static AVIOContext *open_io(int fd)
{
	struct io *io = xcalloc(1, sizeof(*io));
	unsigned char *buffer = av_malloc(IO_BUFFER);
	AVIOContext *pb = NULL;
	struct stat st;

	io->fd = fd;
	io->size = fstat(fd, &st) == 0 ? st.st_size : 0;
	if (buffer != NULL)
		pb = avio_alloc_context(buffer, IO_BUFFER, 0, io, read_packet,
		    NULL, seek);
	if (pb == NULL) {
		av_free(buffer);
		free(io);
	}
	return pb;
}

static void close_io(AVIOContext *pb)
{
	if (pb == NULL)
		return;
	free(pb->opaque);
	av_freep(&pb->buffer);
	avio_context_free(&pb);
}

static enum outcome no_media(int error, struct why *why)
{
	char text[128];

	if (error == AVERROR_INVALIDDATA)
		return why_set(why, TRACK_FAILED, "is no audio file, or one "
		    "that is damaged at its beginning");
	av_strerror(error, text, sizeof(text));
	return why_set(why, TRACK_FAILED, "can't be read as audio: %s", text);
}

static int open_input(struct media_file *m, AVIOContext *pb)
{
	AVDictionary *options = NULL;
	int rc;

	m->format = avformat_alloc_context();
	if (m->format == NULL)
		return AVERROR(ENOMEM);
	m->format->pb = pb;
	m->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	m->format->probesize = PROBE_BYTES;
	m->format->max_analyze_duration = ANALYZE_US;
	m->format->max_streams = MAX_STREAMS;
	av_dict_set(&options, "format_whitelist", CONTAINERS, 0);
	av_dict_set(&options, "protocol_whitelist", "none", 0);
	/* Frees the context when it fails. */
	rc = avformat_open_input(&m->format, NULL, NULL, &options);
	av_dict_free(&options);
	return rc;
}

enum outcome media_file_open(struct media_file *m, int fd, struct why *why)
{
	AVIOContext *pb = open_io(fd);
	int rc, i;

	memset(m, 0, sizeof(*m));
	m->fd = fd;
	if (pb == NULL)
		return why_set(why, TRACK_FAILED, "out of memory");
	rc = open_input(m, pb);
	if (rc < 0) {
		close_io(pb);
		m->format = NULL;
		return no_media(rc, why);
	}
	rc = avformat_find_stream_info(m->format, NULL);
	i = av_find_best_stream(m->format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL,
	    0);
	if (rc < 0 || i < 0) {
		media_file_close(m);
		if (rc < 0)
			return no_media(rc, why);
		return why_set(why, TRACK_FAILED, "has no audio in it");
	}
	m->stream = m->format->streams[i];
	m->exact_length = m->format->duration_estimation_method !=
	    AVFMT_DURATION_FROM_BITRATE;
	for (unsigned s = 0; s < m->format->nb_streams; s++)
		if (m->format->streams[s] != m->stream)
			m->format->streams[s]->discard = AVDISCARD_ALL;
	return DONE;
}

void media_file_close(struct media_file *m)
{
	AVIOContext *pb = m->format != NULL ? m->format->pb : NULL;

	avformat_close_input(&m->format);
	close_io(pb);
	m->stream = NULL;
}

int media_file_rewind(struct media_file *m)
{
	int64_t start = m->stream->start_time != AV_NOPTS_VALUE ?
	    m->stream->start_time : 0;

	if (avformat_seek_file(m->format, m->stream->index, INT64_MIN, start,
	    start, 0) >= 0)
		return 0;
	return av_seek_frame(m->format, m->stream->index, 0,
	    AVSEEK_FLAG_BYTE) >= 0 ? 0 : -1;
}

static bool is_lossless(enum AVCodecID id)
{
	const AVCodecDescriptor *d = avcodec_descriptor_get(id);

	return d != NULL && (d->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
	    (d->props & AV_CODEC_PROP_LOSSY) == 0;
}

static int64_t declared_ms(const struct media_file *m)
{
	const AVStream *s = m->stream;

	if (s->duration != AV_NOPTS_VALUE && s->duration > 0)
		return av_rescale_q(s->duration, s->time_base,
		    (AVRational){ 1, 1000 });
	if (m->format->duration != AV_NOPTS_VALUE && m->format->duration > 0)
		return m->format->duration / (AV_TIME_BASE / 1000);
	return 0;
}

void media_file_describe(const struct media_file *m, struct media *out)
{
	const AVCodecParameters *p = m->stream->codecpar;
	struct stat st;

	memset(out, 0, sizeof(*out));
	snprintf(out->codec, sizeof(out->codec), "%s",
	    avcodec_get_name(p->codec_id));
	snprintf(out->container, sizeof(out->container), "%.*s",
	    (int)strcspn(m->format->iformat->name, ","),
	    m->format->iformat->name);
	out->duration_ms = declared_ms(m);
	out->bitrate = p->bit_rate > 0 ? p->bit_rate : m->format->bit_rate;
	if (out->bitrate <= 0 && out->duration_ms > 0 &&
	    fstat(m->fd, &st) == 0)
		out->bitrate = st.st_size * 8000 / out->duration_ms;
	out->sample_rate = p->sample_rate;
	out->channels = p->ch_layout.nb_channels;
	out->lossless = is_lossless(p->codec_id);
	for (unsigned i = 0; i < m->format->nb_streams; i++)
		if (m->format->streams[i]->disposition &
		    AV_DISPOSITION_ATTACHED_PIC)
			out->has_cover = true;
}

/* ---- samples ---- */

struct decoding {
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;
	float *block;		/* interleaved */
	size_t block_cap;	/* floats */
	int rate, channels;
	int64_t frames;
	int errors;
	int refused;
};

/* One sample of frame f, as a float, by the format's own scale. */
static float sample_at(const AVFrame *f, int channel, int i, int channels)
{
	enum AVSampleFormat packed =
	    av_get_packed_sample_fmt((enum AVSampleFormat)f->format);
	bool planar = av_sample_fmt_is_planar((enum AVSampleFormat)f->format);
	const uint8_t *data = planar ? f->extended_data[channel] :
	    f->extended_data[0];
	int at = planar ? i : i * channels + channel;

	switch (packed) {
	case AV_SAMPLE_FMT_U8:
		return ((float)data[at] - 128) / 128;
	case AV_SAMPLE_FMT_S16:
		return (float)((const int16_t *)(const void *)data)[at] /
		    32768;
	case AV_SAMPLE_FMT_S32:
		return (float)((const int32_t *)(const void *)data)[at] /
		    2147483648.0f;
	case AV_SAMPLE_FMT_FLT:
		return ((const float *)(const void *)data)[at];
	case AV_SAMPLE_FMT_DBL:
		return (float)((const double *)(const void *)data)[at];
	case AV_SAMPLE_FMT_S64:
		return (float)((double)((const int64_t *)(const void *)data)
		    [at] / 9223372036854775808.0);
	default:
		return 0;
	}
}

/* The usual one, without a look at the format for each sample. */
static void interleave_planar_float(const AVFrame *f, float *to, int channels)
{
	for (int c = 0; c < channels; c++) {
		const float *from = (const float *)(const void *)
		    f->extended_data[c];

		for (int i = 0; i < f->nb_samples; i++)
			to[i * channels + c] = from[i];
	}
}

static void interleave(const AVFrame *f, float *to, int channels)
{
	if (f->format == AV_SAMPLE_FMT_FLTP) {
		interleave_planar_float(f, to, channels);
		return;
	}
	for (int i = 0; i < f->nb_samples; i++)
		for (int c = 0; c < channels; c++)
			to[i * channels + c] = sample_at(f, c, i, channels);
}

/* A stream that changes its form on the way is cut where it does. */
static void take_frame(struct decoding *d, const struct decode_sink *sink)
{
	const AVFrame *f = d->frame;
	int channels = f->ch_layout.nb_channels;
	size_t need = (size_t)f->nb_samples * (size_t)channels;

	if (d->rate == 0 && channels > 0 && channels <= MAX_CHANNELS) {
		d->rate = f->sample_rate;
		d->channels = channels;
		d->refused = sink->start(sink->ctx, d->rate, channels);
	}
	if (d->refused || channels != d->channels ||
	    f->sample_rate != d->rate) {
		d->errors++;
		return;
	}
	if (need > d->block_cap) {
		d->block = xrealloc(d->block, need * sizeof(*d->block));
		d->block_cap = need;
	}
	interleave(f, d->block, channels);
	sink->samples(sink->ctx, d->block, (size_t)f->nb_samples);
	d->frames += f->nb_samples;
}

static void take_frames(struct decoding *d, const struct decode_sink *sink)
{
	int rc;

	while ((rc = avcodec_receive_frame(d->codec, d->frame)) == 0) {
		take_frame(d, sink);
		av_frame_unref(d->frame);
	}
	if (rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
		d->errors++;
}

static void run_decoder(struct media_file *m, struct decoding *d,
    const struct decode_sink *sink)
{
	int rc = 0;

	while (d->errors < MAX_ERRORS && !d->refused &&
	    (rc = av_read_frame(m->format, d->packet)) >= 0) {
		if (d->packet->stream_index == m->stream->index) {
			if (d->packet->flags & AV_PKT_FLAG_CORRUPT)
				d->errors++;
			if (avcodec_send_packet(d->codec, d->packet) < 0)
				d->errors++;
			take_frames(d, sink);
		}
		av_packet_unref(d->packet);
	}
	if (rc < 0 && rc != AVERROR_EOF)
		d->errors++;
	avcodec_send_packet(d->codec, NULL);
	take_frames(d, sink);
}

static enum outcome open_decoder(struct media_file *m, struct decoding *d,
    struct why *why)
{
	const AVCodecParameters *p = m->stream->codecpar;
	const AVCodec *codec = avcodec_find_decoder(p->codec_id);

	if (codec == NULL)
		return why_set(why, TRACK_FAILED, "has audio of a kind that "
		    "can't be decoded (%s)", avcodec_get_name(p->codec_id));
	d->codec = avcodec_alloc_context3(codec);
	d->packet = av_packet_alloc();
	d->frame = av_frame_alloc();
	if (d->codec == NULL || d->packet == NULL || d->frame == NULL)
		return why_set(why, TRACK_FAILED, "out of memory");
	if (avcodec_parameters_to_context(d->codec, p) < 0)
		return why_set(why, TRACK_FAILED, "has parameters that its "
		    "codec does not take");
	d->codec->thread_count = 1;	/* the box has no threads */
	d->codec->pkt_timebase = m->stream->time_base;
	if (avcodec_open2(d->codec, codec, NULL) < 0)
		return why_set(why, TRACK_FAILED, "has audio that its codec "
		    "(%s) does not take", codec->name);
	return DONE;
}

/* Did all come that was promised? */
static void judge(const struct media_file *m, const struct decoding *d,
    struct decoded *out)
{
	double declared = (double)declared_ms(m) / 1000;
	double slack = declared * 0.01 > 1 ? declared * 0.01 : 1;

	out->rate = d->rate;
	out->channels = d->channels;
	out->seconds = (double)d->frames / d->rate;
	out->complete = false;
	if (d->errors > 0)
		why_set(&out->fault, TRACK_FAILED, "%d errors in its audio",
		    d->errors);
	else if (m->exact_length && out->seconds < declared - slack)
		why_set(&out->fault, TRACK_FAILED, "is cut short: %.1f of "
		    "%.1f seconds are there", out->seconds, declared);
	else
		out->complete = true;
}

enum outcome decode_all(struct media_file *m, const struct decode_sink *sink,
    struct decoded *out, struct why *why)
{
	struct decoding d = { .frames = 0 };
	enum outcome o = open_decoder(m, &d, why);

	memset(out, 0, sizeof(*out));
	if (o == DONE) {
		run_decoder(m, &d, sink);
		if (d.frames > 0)
			judge(m, &d, out);
		else
			o = why_set(why, TRACK_FAILED, "has no audio that can "
			    "be decoded");
	}
	avcodec_free_context(&d.codec);
	av_packet_free(&d.packet);
	av_frame_free(&d.frame);
	free(d.block);
	return o;
}
