/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/job.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/fingerprinter.h"
#include "worker/decode/decode.h"
#include "worker/decode/identity.h"
#include "worker/sandbox.h"
#include "worker/analyzer.h"
#include "worker/decode/remux.h"
#include "worker/decode/stream_hash.h"
#include "worker/tags/tagger.h"
#include "worker/tags/tags.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/media.h"
#include "types/reason.h"

/* By how many bytes tagging may grow a file, besides the cover: TagLib leaves
 * room for later tags, and Ogg pages are renumbered. */
#define TAG_ROOM (16u << 20)

/* Half a second of silence sets up all tables and FFT plans. */
static void warm_up_analyzers(void)
{
	enum { RATE = 44100, FRAMES = RATE / 2 };
	float *silence = xcalloc(FRAMES * 2, sizeof(*silence));
	struct analyzer *l = analyzer_new(RATE, 2);
	struct fingerprinter *p = fingerprinter_new(RATE, 2);
	struct analysis a = { .bpm = 0 };
	struct fingerprint f;

	if (p != NULL)
		fingerprinter_feed(p, silence, FRAMES);
	fingerprinter_end(p, &f);
	fingerprint_free(&f);

	if (l != NULL) {
		analyzer_feed(l, silence, FRAMES);
		analyzer_end(l, &a);
		analysis_free(&a);
	}
	free(silence);
}

void job_warm_up(void)
{
	uint8_t digest[SHA256_LEN];

	decoder_setup();
	sha256_of("", 0, digest);	/* OpenSSL reads its configuration */
	warm_up_analyzers();
}

/* Writes the JSON for the agent and exits. */
static void __attribute__((noreturn)) answer(const struct job *w,
    struct json_writer *writer, enum job_exit end)
{
	size_t len;
	char *text = json_writer_end(writer, &len);

	if (file_write_all(w->answer, text, len) < 0)
		_exit(JOB_FAILED);
	_exit((int)end);
}

static void __attribute__((noreturn)) refuse(const struct job *w,
    const struct error *error)
{
	struct json_writer *j = json_writer_new(false);

	json_open_object(j, NULL);
	json_put_string(j, "why", error->text);
	json_put_string(j, "reason", reason_name(reason_of(error)));
	json_close(j);
	answer(w, j, JOB_REFUSED);
}

/* This worker's version and what its sandbox could not enforce. */
static void __attribute__((noreturn)) report_version(const struct job *w,
    const char *gaps)
{
	struct json_writer *j = json_writer_new(false);

	json_open_object(j, NULL);
	json_put_string(j, "version", LIKESYNC_VERSION);
	json_put_string(j, "gaps", gaps);
	json_close(j);
	answer(w, j, JOB_DONE);
}

static struct decoder *open_or_refuse(const struct job *w, int64_t size)
{
	struct error error;
	struct decoder *d = decoder_open(w->media, size, &error);

	if (d == NULL)
		refuse(w, &error);
	return d;
}

static void __attribute__((noreturn)) refuse_empty(const struct job *w)
{
	struct error error;

	reason_set(&error, REASON_NO_AUDIO, "has no audio in it");
	refuse(w, &error);
}

/* The two readers of a file's tags. */
struct tag_sources {
	struct decoder *decoder;
	struct tag_reader *reader;	/* NULL: the decoder reads all tags */
};

static const char *find_tag(void *ctx, const char *name)
{
	struct tag_sources *s = ctx;
	const char *value = NULL;

	if (s->reader != NULL)
		value = tag_reader_find(s->reader, name);
	return value != NULL ? value : decoder_tag(s->decoder, name);
}

/* Everything in m that needs no packet. m is zeroed. */
static void read_form_and_tags(const struct job *w, int64_t size,
    struct decoder *d, struct media *m)
{
	struct tag_sources s = { .decoder = d };

	decoder_form(d, m);
	s.reader = tag_reader_open(w->media, size, m->container);
	tags_read(&m->tags, find_tag, &s);
	tag_reader_free(s.reader);
}

static void __attribute__((noreturn)) probe(const struct job *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct identity *id = identity_new(decoder_codec(d),
	    decoder_exact_ms(d));
	struct media m = { .codec = "" };
	struct json_writer *j = json_writer_new(false);

	read_form_and_tags(w, size, d, &m);
	decoder_packets(d, identity_add, id);
	if (identity_end(id, m.identity) < 0)
		refuse_empty(w);
	media_to_json(&m, j, NULL);
	answer(w, j, JOB_DONE);
}

/* Hashes over the packets: for the identity and over the whole stream. */
struct hashes {
	struct identity *identity;
	struct sha256 *stream;
	bool identified;
};

static void hashes_begin(struct hashes *p, struct decoder *d)
{
	p->identity = identity_new(decoder_codec(d), decoder_exact_ms(d));
	p->stream = stream_hash_new(d);
	p->identified = false;
}

static bool hash_packet(void *ctx, const void *data, size_t len)
{
	struct hashes *p = ctx;

	if (!p->identified)
		p->identified = !identity_add(p->identity, data, len);
	return stream_hash_add(p->stream, data, len);
}

static void hashes_end(const struct job *w, struct hashes *p,
    struct media *m, char stream[STREAM_LEN + 1])
{
	stream_hash_end(p->stream, stream);
	if (identity_end(p->identity, m->identity) < 0)
		refuse_empty(w);
}

static void __attribute__((noreturn)) hash_stream(const struct job *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct media m = { .codec = "" };
	struct json_writer *j = json_writer_new(false);
	char stream[STREAM_LEN + 1];
	struct hashes p;

	read_form_and_tags(w, size, d, &m);
	hashes_begin(&p, d);
	decoder_packets(d, hash_packet, &p);
	hashes_end(w, &p, &m, stream);
	json_open_object(j, NULL);
	media_to_json(&m, j, "media");
	json_put_string(j, "stream", stream);
	json_close(j);
	answer(w, j, JOB_DONE);
}

/* All consumers of the one decode. */
struct consumers {
	struct hashes hashes;
	struct analyzer *analyzer;
	struct fingerprinter *fingerprinter;	/* NULL: unsupported rate */
	uint64_t bytes;			/* of the stream's packets */
};

static bool on_packet(void *ctx, const void *data, size_t len)
{
	struct consumers *e = ctx;

	e->bytes += len;
	return hash_packet(&e->hashes, data, len);
}

static bool on_begin(void *ctx, int rate, int channels)
{
	struct consumers *e = ctx;

	e->analyzer = analyzer_new(rate, channels);
	e->fingerprinter = fingerprinter_new(rate, channels);
	return e->analyzer != NULL;
}

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	struct consumers *e = ctx;

	analyzer_feed(e->analyzer, samples, frames);
	if (e->fingerprinter != NULL)
		fingerprinter_feed(e->fingerprinter, samples, frames);
}

static void __attribute__((noreturn)) examine(const struct job *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct consumers consumers = { .analyzer = NULL };
	const struct decode_sink sink = { .ctx = &consumers,
		.packet = on_packet,
		.begin = on_begin,
		.samples = on_samples };
	struct examination e = { .complete = false };
	struct decoded decoded;
	struct json_writer *j = json_writer_new(false);

	read_form_and_tags(w, size, d, &e.media);
	hashes_begin(&consumers.hashes, d);
	decoder_run(d, &sink, &decoded);
	hashes_end(w, &consumers.hashes, &e.media, e.stream);
	if (decoded.ms == 0)
		refuse(w, &decoded.fault);
	if (consumers.analyzer != NULL)
		analyzer_end(consumers.analyzer, &e.analysis);
	fingerprinter_end(consumers.fingerprinter, &e.fingerprint);
	e.analysis.duration = (double)decoded.ms / 1000;
	e.fingerprint.duration = e.analysis.duration;
	/* Measured, because containers state wrong bit rates. */
	if (decoded.complete)
		e.media.bitrate = (int64_t)(consumers.bytes * 8000 /
		    (uint64_t)decoded.ms);
	e.complete = decoded.complete;
	e.fault = decoded.fault;
	examination_to_json(&e, j, NULL);
	answer(w, j, JOB_DONE);
}

/* The bytes of the memfd, which the agent may have truncated. */
static void read_extra(const struct job *w, struct buf *out)
{
	char block[65536];
	ssize_t n;

	while (out->len < w->request.extra_len) {
		size_t want = w->request.extra_len - out->len;

		if (want > sizeof(block))
			want = sizeof(block);
		n = pread(w->extra, block, want, (off_t)out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(JOB_FAILED);
		buf_append(out, block, (size_t)n);
	}
}

/* The extra bytes are the tags as JSON, a NUL, and the cover if any. */
static void __attribute__((noreturn)) tag(const struct job *w, int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct buf extra = BUF_INIT;
	struct json_writer *j = json_writer_new(false);
	struct json *v;
	struct tags t;
	struct error error;
	size_t text_len;

	read_extra(w, &extra);
	text_len = strnlen(buf_str(&extra), extra.len);
	if ((v = json_parse(buf_str(&extra), text_len, &error)) == NULL)
		refuse(w, &error);
	tags_from_json(&t, v);
	size_t cover_at = text_len < extra.len ? text_len + 1 : extra.len;
	if (tagger_write(w->media, size, decoder_container(d),
	    decoder_codec(d), &t, extra.data + cover_at, extra.len - cover_at,
	    &error) < 0)
		refuse(w, &error);
	json_open_object(j, NULL);
	json_close(j);
	answer(w, j, JOB_DONE);
}

/* Copies the audio to the second descriptor if it needs another container. */
static void __attribute__((noreturn)) remux(const struct job *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	const char *target = remux_target(d, w->media);
	struct json_writer *j = json_writer_new(false);
	struct error error;

	json_open_object(j, NULL);
	json_put_bool(j, "moved", target != NULL);
	json_close(j);
	if (target != NULL && remux_write(d, target, w->extra, &error) < 0)
		refuse(w, &error);
	answer(w, j, JOB_DONE);
}

void job_run(const struct job *w, pid_t parent)
{
	struct worker_sandbox sandbox = { .media = w->media,
		.extra = w->extra, .answer = w->answer, .parent = parent,
		.memory = w->request.memory,
		.timeout_ms = w->request.timeout_ms };
	struct buf gaps = BUF_INIT;
	struct stat st = { .st_size = 0 };
	struct error error;

	if (w->media >= 0 && fstat(w->media, &st) < 0)
		_exit(JOB_FAILED);
	if (w->request.op == WORKER_TAG)
		sandbox.max_size = (uint64_t)st.st_size +
		    w->request.extra_len + TAG_ROOM;
	if (w->request.op == WORKER_REMUX) {
		sandbox.to_extra = true;
		sandbox.max_size = 2 * (uint64_t)st.st_size + TAG_ROOM;
	}
	worker_sandbox_enter(&sandbox, &gaps);
	switch ((enum worker_op)w->request.op) {
	case WORKER_VERSION:
		report_version(w, buf_str(&gaps));
	case WORKER_PROBE:
		probe(w, st.st_size);
	case WORKER_EXAMINE:
		examine(w, st.st_size);
	case WORKER_TAG:
		tag(w, st.st_size);
	case WORKER_REMUX:
		remux(w, st.st_size);
	case WORKER_PROVE:
		hash_stream(w, st.st_size);
	}
	error_set(&error, ITEM_FAILED, "can't be handled: unknown request %u",
	    w->request.op);
	refuse(w, &error);
}
