/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "worker/decode/input.h"
#include "worker/decode/mp3_header.h"
#include "worker/decode/samples.h"
#include "base/mem.h"
#include "types/media.h"
#include "types/reason.h"

#define IO_BUFFER (32 * 1024)
#define PROBE_FIRST (16 * 1024)		/* enough for nearly every file */
#define PROBE_MAX (1024 * 1024)	/* for one that begins with garbage */
#define MIN_RATE 4000
#define MAX_RATE 384000
#define MAX_FRAMES 4096			/* frames passed to the sink at once */
#define GAPS_PER_S 10			/* a tenth of a second is a gap */
#define MAX_GAP_S 10			/* more is a jump of the clock */

struct decoder {
	struct input in;
	AVIOContext *io;
	AVFormatContext *file;
	AVStream *stream;
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;
	enum mp3_header mp3;
	/* of decoder_run */
	const struct decode_sink *sink;
	int rate, channels;	/* of the first frame; 0: none yet */
	int64_t frames;
	unsigned errors;
	unsigned unconfirmed;	/* errors that no good frame followed yet */
	unsigned errors_seen;	/* errors when the last good frame came */
	int64_t offset;		/* of the last frame's time from frames */
	bool changed_form;
	float block[MAX_FRAMES * DECODE_MAX_CHANNELS];
};

/* The supported containers: libavformat's name and ours. */
static const struct {
	const char *lavf, *name;
} containers[] = {
	{ "mp3", "mp3" }, { "mov,mp4,m4a,3gp,3g2,mj2", "mp4" },
	{ "flac", "flac" }, { "ogg", "ogg" }, { "wav", "wav" },
	{ "aiff", "aiff" }, { "matroska,webm", "matroska" },
	{ "aac", "adts" }, { "w64", "w64" }, { "wv", "wavpack" },
	{ "ape", "ape" }, { "asf", "asf" }, { "ac3", "ac3" },
	{ "eac3", "eac3" }, { "tta", "tta" }, { "caf", "caf" },
	{ "mpc", "mpc" }, { "mpc8", "mpc" },
};

/* The same as an option: for a container within a container. */
#define FORMATS "mp3,mov,flac,ogg,wav,aiff,matroska,aac,w64,wv,ape,asf," \
	"ac3,eac3,tta,caf,mpc,mpc8"

/* libavcodec's own decoders by name; wrappers of other libraries are not
 * used. */
#define CODECS "mp3float,mp2float,mp1float,mp3,mp2,aac,flac,vorbis,opus," \
	"alac,ac3,eac3,wavpack,ape,tta,mpc7,mpc8,wmav1,wmav2,wmapro," \
	"wmalossless,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le," \
	"pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le," \
	"pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt"

/* Streams are audio, video, covers, chapters; a megabyte, or five seconds, is
 * read to find their form. */
#define OPTIONS "protocol_whitelist=none:codec_whitelist=" CODECS ":" \
	"format_whitelist=" FORMATS ":max_streams=64:probesize=1048576:" \
	"analyzeduration=5000000"

/* ---- input ---- */

static int on_read(void *ctx, uint8_t *out, int len)
{
	struct decoder *d = ctx;
	int got = input_read(&d->in, out, len);

	if (got < 0)
		return AVERROR(d->in.errnum);
	return got > 0 ? got : AVERROR_EOF;
}

static int64_t on_seek(void *ctx, int64_t offset, int whence)
{
	struct decoder *d = ctx;
	int64_t at;

	whence &= ~AVSEEK_FORCE;
	if (whence == AVSEEK_SIZE)
		return d->in.size;
	at = input_seek(&d->in, offset, whence);
	return at >= 0 ? at : AVERROR(EINVAL);
}

/* Files must not refer to other files. */
static int refuse_open(AVFormatContext *file, AVIOContext **io,
    const char *url, int flags, AVDictionary **options)
{
	(void)file, (void)io, (void)url, (void)flags, (void)options;
	return AVERROR(EPERM);
}

/* ---- opening ---- */

static const char *container_name(const AVInputFormat *f)
{
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		if (strcmp(f->name, containers[i].lavf) == 0)
			return containers[i].name;
	return NULL;
}

/* Finds the container by content alone; file names may be wrong. */
static const AVInputFormat *probe(struct decoder *d, int64_t at, int len)
{
	uint8_t *buf = xcalloc(1, (size_t)len + AVPROBE_PADDING_SIZE);
	AVProbeData data = { .filename = "", .buf = buf };
	const AVInputFormat *found = NULL;
	int score = 0;

	data.buf_size = input_read_at(&d->in, at, buf, len);
	if (data.buf_size > 0)
		found = av_probe_input_format3(&data, 1, &score);
	free(buf);
	if (found == NULL || container_name(found) == NULL ||
	    score < AVPROBE_SCORE_RETRY)
		return NULL;
	return found;
}

static int set_error(struct error *error, enum reason reason, const char *what,
    int errnum)
{
	char text[AV_ERROR_MAX_STRING_SIZE];

	av_strerror(errnum, text, sizeof(text));
	if (errnum == AVERROR(ENOMEM))
		reason = REASON_MEMORY;
	reason_set(error, reason, "%s: %s", what, text);
	return -1;
}

static int set_read_error(const struct decoder *d, struct error *error)
{
	reason_set(error, REASON_UNREADABLE, "can't be read: %s",
	    strerror(d->in.errnum));
	return -1;
}

/* libavformat expects it at the same place. */
static void read_mp3_header(struct decoder *d, int64_t at)
{
	uint8_t frame[MP3_HEADER_LEN];
	int got = input_read_at(&d->in, at, frame, sizeof(frame));

	if (got > 0)
		d->mp3 = mp3_header_parse(frame, (size_t)got);
}

static int open_container(struct decoder *d, struct error *error)
{
	int64_t at = input_after_id3(&d->in);
	const AVInputFormat *format = probe(d, at, PROBE_FIRST);
	AVDictionary *options = NULL;
	int rc;

	if (format == NULL)
		format = probe(d, at, PROBE_MAX);
	if (format == NULL && d->in.errnum != 0)
		return set_read_error(d, error);
	if (format == NULL) {
		reason_set(error, REASON_NOT_AUDIO,
		    "unsupported audio format");
		return -1;
	}
	d->file->pb = d->io;
	d->file->io_open = refuse_open;
	d->file->flags |= AVFMT_FLAG_CUSTOM_IO;
	rc = av_dict_parse_string(&options, OPTIONS, "=", ":", 0);
	if (rc >= 0)
		rc = avformat_open_input(&d->file, "", format, &options);
	av_dict_free(&options);
	if (rc < 0 && d->in.errnum != 0)
		return set_read_error(d, error);
	if (rc < 0)
		return set_error(error, REASON_DAMAGED,
		    strcmp(container_name(format), "mp4") == 0 ?
		    "can't be opened; perhaps cut off before its index (moov)" :
		    "can't be opened", rc);
	if (strcmp(container_name(format), "mp3") == 0)
		read_mp3_header(d, at);
	return 0;
}

static int check_form(const struct decoder *d, struct error *error)
{
	const AVCodecParameters *p = d->stream->codecpar;

	if (p->ch_layout.nb_channels > DECODE_MAX_CHANNELS) {
		reason_set(error, REASON_UNSUPPORTED, "has %d channels, more "
		    "than %d", p->ch_layout.nb_channels, DECODE_MAX_CHANNELS);
		return -1;
	}
	if (p->ch_layout.nb_channels < 1 || p->sample_rate <= 0) {
		reason_set(error, REASON_NO_AUDIO, "has no audio that can be "
		    "decoded");
		return -1;
	}
	if (p->sample_rate < MIN_RATE || p->sample_rate > MAX_RATE) {
		reason_set(error, REASON_UNSUPPORTED, "has an unsupported "
		    "sample rate: %d Hz", p->sample_rate);
		return -1;
	}
	return 0;
}

static int open_codec(struct decoder *d, const AVCodec *codec,
    struct error *error)
{
	AVDictionary *options = NULL;
	int rc;

	d->codec = avcodec_alloc_context3(codec);
	d->packet = av_packet_alloc();
	d->frame = av_frame_alloc();
	if (d->codec == NULL || d->packet == NULL || d->frame == NULL)
		return set_error(error, REASON_MEMORY, "can't be opened",
		    AVERROR(ENOMEM));
	rc = avcodec_parameters_to_context(d->codec, d->stream->codecpar);
	if (rc < 0)
		return set_error(error, REASON_DAMAGED,
		    "has invalid audio parameters", rc);
	d->codec->thread_count = 1;
	d->codec->pkt_timebase = d->stream->time_base;
	d->codec->err_recognition |= AV_EF_CRCCHECK;
	/* Otherwise a wrong checksum of a FLAC frame is only logged. */
	if (d->stream->codecpar->codec_id == AV_CODEC_ID_FLAC)
		d->codec->err_recognition |= AV_EF_EXPLODE;
	av_dict_set(&options, "codec_whitelist", CODECS, 0);
	rc = avcodec_open2(d->codec, codec, &options);
	av_dict_free(&options);
	if (rc < 0)
		return set_error(error, rc == AVERROR_INVALIDDATA ?
		    REASON_DAMAGED : REASON_UNSUPPORTED,
		    "has audio that its decoder rejects", rc);
	return 0;
}

/* Covers and video are ignored first: libavformat would otherwise read far into
 * the file for their form, since no decoder is allowed for them. */
static int choose_stream(struct decoder *d, struct error *error)
{
	const AVCodec *codec = NULL;
	int rc;

	for (unsigned i = 0; i < d->file->nb_streams; i++) {
		AVStream *s = d->file->streams[i];

		if (s->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
			continue;
		s->discard = AVDISCARD_ALL;
		s->codecpar->codec_type = AVMEDIA_TYPE_DATA;
		s->codecpar->codec_id = AV_CODEC_ID_NONE;
	}
	rc = avformat_find_stream_info(d->file, NULL);
	if (rc < 0)
		return set_error(error, REASON_DAMAGED, "can't be opened", rc);
	rc = av_find_best_stream(d->file, AVMEDIA_TYPE_AUDIO, -1, -1, &codec,
	    0);
	if (rc == AVERROR_DECODER_NOT_FOUND) {
		reason_set(error, REASON_UNSUPPORTED,
		    "has audio of an unsupported codec");
		return -1;
	}
	if (rc < 0) {
		reason_set(error, REASON_NO_AUDIO, "has no audio in it");
		return -1;
	}
	d->stream = d->file->streams[rc];
	for (unsigned i = 0; i < d->file->nb_streams; i++)
		if (d->file->streams[i] != d->stream)
			d->file->streams[i]->discard = AVDISCARD_ALL;
	if (check_form(d, error) < 0)
		return -1;
	return open_codec(d, codec, error);
}

struct decoder *decoder_open(int fd, int64_t size, struct error *error)
{
	struct decoder *d = xcalloc(1, sizeof(*d));
	uint8_t *buffer = av_malloc(IO_BUFFER);

	d->in = (struct input){ .fd = fd, .size = size };
	d->file = avformat_alloc_context();
	if (buffer != NULL)
		d->io = avio_alloc_context(buffer, IO_BUFFER, 0, d, on_read,
		    NULL, on_seek);
	if (d->file == NULL || d->io == NULL) {
		if (d->io == NULL)
			av_free(buffer);
		set_error(error, REASON_MEMORY, "can't be opened",
		    AVERROR(ENOMEM));
	} else if (open_container(d, error) == 0 &&
	    choose_stream(d, error) == 0) {
		return d;
	}
	decoder_free(d);
	return NULL;
}

void decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	avcodec_free_context(&d->codec);
	av_packet_free(&d->packet);
	av_frame_free(&d->frame);
	avformat_close_input(&d->file);
	if (d->io != NULL)
		av_freep(&d->io->buffer);
	avio_context_free(&d->io);
	free(d);
}

/* ---- properties ---- */

const char *decoder_container(const struct decoder *d)
{
	return container_name(d->file->iformat);
}

const char *decoder_codec(const struct decoder *d)
{
	return avcodec_get_name(d->stream->codecpar->codec_id);
}

static int64_t declared_ms(const struct decoder *d)
{
	const AVRational ms = { 1, 1000 };

	if (d->stream->duration > 0)
		return av_rescale_q(d->stream->duration, d->stream->time_base,
		    ms);
	if (d->file->duration > 0)
		return d->file->duration / (AV_TIME_BASE / 1000);
	return 0;
}

int64_t decoder_exact_ms(const struct decoder *d)
{
	if (d->file->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
		return 0;
	return declared_ms(d);
}

static bool is_lossless(enum AVCodecID id)
{
	const AVCodecDescriptor *c = avcodec_descriptor_get(id);

	/* WavPack can be either, and is nearly always lossless. */
	return c != NULL && (c->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
	    ((c->props & AV_CODEC_PROP_LOSSY) == 0 ||
	    id == AV_CODEC_ID_WAVPACK);
}

void decoder_form(const struct decoder *d, struct media *m)
{
	const AVCodecParameters *p = d->stream->codecpar;

	strncpy(m->codec, decoder_codec(d), sizeof(m->codec) - 1);
	strncpy(m->container, decoder_container(d), sizeof(m->container) - 1);
	m->duration_ms = declared_ms(d);
	m->sample_rate = p->sample_rate;
	m->channels = p->ch_layout.nb_channels;
	m->lossless = is_lossless(p->codec_id);
	if (p->bit_rate > 0)
		m->bitrate = p->bit_rate;
	else if (m->duration_ms > 0 && d->in.size < INT64_MAX / 8000)
		m->bitrate = d->in.size * 8000 / m->duration_ms;
	else
		m->bitrate = d->file->bit_rate > 0 ? d->file->bit_rate : 0;
	m->header = (int)d->mp3;
	/* libavformat has the stream begin after them. */
	if (strcmp(m->container, "mp3") == 0 && d->stream->start_time > 0)
		m->encoder_delay = (int)av_rescale_q(d->stream->start_time,
		    d->stream->time_base, (AVRational){ 1, p->sample_rate });
	m->has_cover = false;
	for (unsigned i = 0; i < d->file->nb_streams; i++)
		if (d->file->streams[i]->disposition &
		    AV_DISPOSITION_ATTACHED_PIC)
			m->has_cover = true;
}

const char *decoder_tag(void *decoder, const char *name)
{
	const struct decoder *d = decoder;
	const AVDictionaryEntry *e = av_dict_get(d->file->metadata, name,
	    NULL, 0);

	if (e == NULL || e->value[0] == '\0')
		e = av_dict_get(d->stream->metadata, name, NULL, 0);
	return e != NULL ? e->value : NULL;
}

/* ---- decoding ---- */

/* The first frame determines rate and channels, because headers may be wrong
 * (HE-AAC doubles its rate). */
static bool check_frame_form(struct decoder *d, const AVFrame *f)
{
	if (d->rate == 0) {
		d->rate = f->sample_rate;
		d->channels = f->ch_layout.nb_channels;
		if (d->channels > DECODE_MAX_CHANNELS || d->channels < 1 ||
		    d->rate < MIN_RATE || d->rate > MAX_RATE) {
			d->rate = 0;
			return false;
		}
		d->sink->begin(d->sink->ctx, d->rate, d->channels);
	}
	if (f->sample_rate == d->rate && f->ch_layout.nb_channels > 0)
		return true;
	d->changed_form = true;
	return false;
}

/*
 * How many samples are missing before f. Its timestamp has a constant offset
 * from the number of decoded frames except for a gap after an error; any other
 * change is drift of the clock. libavformat skips broken Ogg pages without an
 * error, so there a large gap counts as one.
 */
static int64_t missing_before(struct decoder *d, const AVFrame *f)
{
	int64_t offset, lost;

	if (f->pts == AV_NOPTS_VALUE)
		return 0;
	offset = av_rescale_q(f->pts, d->stream->time_base,
	    (AVRational){ 1, d->rate }) - d->frames;
	lost = d->frames > 0 ? offset - d->offset : 0;
	if (lost > d->rate / GAPS_PER_S &&
	    strcmp(decoder_container(d), "ogg") == 0)
		d->errors++;
	if (d->errors != d->errors_seen && lost > 0 &&
	    lost <= (int64_t)MAX_GAP_S * d->rate)
		offset = d->offset;
	else
		lost = 0;
	d->errors_seen = d->errors;
	d->offset = offset;
	return lost;
}

/* Silence in place of lost samples keeps the beats after them in time. */
static void output_frame(struct decoder *d, const AVFrame *f)
{
	int64_t missing;
	size_t total, n;

	d->errors += d->unconfirmed;
	d->unconfirmed = 0;
	if (f->decode_error_flags != 0 || (f->flags & AV_FRAME_FLAG_CORRUPT))
		d->errors++;
	if (!samples_supported(f) || !check_frame_form(d, f)) {
		d->errors++;
		return;
	}
	missing = missing_before(d, f);
	total = (size_t)f->nb_samples;
	d->frames += missing + f->nb_samples;
	if (missing > 0)
		memset(d->block, 0, sizeof(d->block));
	for (; missing > 0; missing -= MAX_FRAMES)
		d->sink->samples(d->sink->ctx, d->block,
		    missing < MAX_FRAMES ? (size_t)missing : MAX_FRAMES);
	for (size_t at = 0; at < total; at += n) {
		n = total - at < MAX_FRAMES ? total - at : MAX_FRAMES;
		samples_convert(f, at, n, (size_t)d->channels, d->block);
		d->sink->samples(d->sink->ctx, d->block, n);
	}
}

/* packet NULL: flushes the decoder. In files that consist of bare frames, tags,
 * lyrics and zeros after the audio look like broken packets: errors count only
 * if a good frame follows. */
static void decode_packet(struct decoder *d, const AVPacket *packet)
{
	const char *container = decoder_container(d);
	unsigned *errors = strcmp(container, "mp3") == 0 ||
	    strcmp(container, "adts") == 0 ? &d->unconfirmed : &d->errors;
	int rc = avcodec_send_packet(d->codec, packet);

	if (rc < 0 && rc != AVERROR_EOF)
		++*errors;
	else if (packet != NULL && (packet->flags & AV_PKT_FLAG_CORRUPT))
		d->errors++;
	while ((rc = avcodec_receive_frame(d->codec, d->frame)) >= 0) {
		output_frame(d, d->frame);
		av_frame_unref(d->frame);
	}
	if (rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
		++*errors;
}

/* The stream's next packet. False at the end or after an error. */
static bool next_packet(struct decoder *d)
{
	int rc;

	while ((rc = av_read_frame(d->file, d->packet)) >= 0) {
		if (d->packet->stream_index == d->stream->index)
			return true;
		av_packet_unref(d->packet);
	}
	if (rc != AVERROR_EOF)
		d->errors++;
	return false;
}

/* Splits Vorbis extradata: a byte 2, the sizes of the first two headers as sums
 * of bytes of which the last is below 255, then three headers. False: it has
 * another form. */
static bool vorbis_headers(const uint8_t *data, size_t len,
    size_t sizes[3], size_t *start)
{
	size_t at = 1;

	if (len < 3 || data[0] != 2)
		return false;
	for (int i = 0; i < 2; i++) {
		sizes[i] = 0;
		do {
			if (at == len)
				return false;
			sizes[i] += data[at];
		} while (data[at++] == 255);
	}
	if (sizes[0] > len - at || sizes[1] > len - at - sizes[0])
		return false;
	sizes[2] = len - at - sizes[0] - sizes[1];
	*start = at;
	return true;
}

void decoder_header(const struct decoder *d,
    bool (*each)(void *ctx, const void *data, size_t len), void *ctx)
{
	const AVCodecParameters *p = d->stream->codecpar;
	const uint8_t *data = p->extradata;
	size_t len = (size_t)p->extradata_size, sizes[3], at;

	if (len == 0)
		return;
	if (p->codec_id != AV_CODEC_ID_VORBIS ||
	    !vorbis_headers(data, len, sizes, &at)) {
		each(ctx, data, len);
		return;
	}
	each(ctx, data + at, sizes[0]);
	each(ctx, data + at + sizes[0] + sizes[1], sizes[2]);
}

void decoder_packets(struct decoder *d,
    bool (*each)(void *ctx, const void *data, size_t len), void *ctx)
{
	bool more = true;

	while (more && next_packet(d)) {
		more = each(ctx, d->packet->data, (size_t)d->packet->size);
		av_packet_unref(d->packet);
	}
}

const AVStream *decoder_stream(const struct decoder *d)
{
	return d->stream;
}

AVPacket *decoder_next(struct decoder *d)
{
	av_packet_unref(d->packet);
	return next_packet(d) ? d->packet : NULL;
}

/* A file may end up to a second, or a hundredth, early: encoders pad, and
 * headers are rounded. */
static void check_complete(struct decoder *d, struct decoded *out)
{
	int64_t declared = decoder_exact_ms(d);
	int64_t slack = declared / 100 > 1000 ? declared / 100 : 1000;

	if (d->in.errnum != 0)
		set_read_error(d, &out->fault);
	else if (d->frames == 0)
		reason_set(&out->fault, REASON_NO_AUDIO,
		    "has no audio that can be decoded");
	else if (out->ms < declared - slack)
		reason_set(&out->fault, REASON_TRUNCATED, "ends after %" PRId64
		    ".%" PRId64 " s of %" PRId64 ".%" PRId64 " s",
		    out->ms / 1000, out->ms / 100 % 10,
		    declared / 1000, declared / 100 % 10);
	else if (strcmp(decoder_container(d), "ogg") == 0 &&
	    !input_end_ogg(&d->in))
		reason_set(&out->fault, REASON_TRUNCATED,
		    "ends before its last page");
	else if (d->changed_form)
		reason_set(&out->fault, REASON_MIXED,
		    "changes its sample rate in the middle");
	else if (d->errors > 0)
		reason_set(&out->fault, REASON_ERRORS,
		    "has %u error%s in its audio", d->errors,
		    d->errors == 1 ? "" : "s");
	else
		out->complete = true;
	out->errors = d->errors;
}

void decoder_run(struct decoder *d, const struct decode_sink *sink,
    struct decoded *out)
{
	bool wants_packets = sink->packet != NULL;

	memset(out, 0, sizeof(*out));
	d->sink = sink;
	while (next_packet(d)) {
		if (wants_packets)
			wants_packets = sink->packet(sink->ctx,
			    d->packet->data, (size_t)d->packet->size);
		decode_packet(d, d->packet);
		av_packet_unref(d->packet);
	}
	decode_packet(d, NULL);
	if (d->rate > 0)
		out->ms = d->frames * 1000 / d->rate;
	check_complete(d, out);
}

/* ---- set-up ---- */

/* Codecs build their tables when first opened. Some open only with a stream's
 * extradata; these do so in each child. */
void decoder_setup(void)
{
	static const enum AVCodecID usual[] = {
		AV_CODEC_ID_MP3, AV_CODEC_ID_AAC, AV_CODEC_ID_OPUS,
		AV_CODEC_ID_FLAC, AV_CODEC_ID_PCM_S16LE,
	};

	av_log_set_level(AV_LOG_QUIET);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		const AVCodec *codec = avcodec_find_decoder(usual[i]);
		AVCodecContext *c = avcodec_alloc_context3(codec);

		if (codec != NULL && c != NULL) {
			c->sample_rate = 48000;
			av_channel_layout_default(&c->ch_layout, 2);
			(void)avcodec_open2(c, codec, NULL);
		}
		avcodec_free_context(&c);
	}
}
