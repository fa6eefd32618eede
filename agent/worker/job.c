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

/* By how much tagging may let a file grow, beside the cover: TagLib leaves
 * room for later tags, and Ogg pages are numbered anew. */
#define TAG_ROOM (16u << 20)

/* Half a second of it sets the listener's tables and plans up. */
static void warm_up_listener(void)
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
	warm_up_listener();
}

/* Ends the child with a text for the agent. */
static void __attribute__((noreturn)) answer(const struct work *w,
    struct json_writer *writer, enum work_exit end)
{
	size_t len;
	char *text = json_writer_end(writer, &len);

	if (file_write_all(w->answer, text, len) < 0)
		_exit(WORK_FAILED);
	_exit((int)end);
}

static void __attribute__((noreturn)) refuse(const struct work *w,
    const struct error *error)
{
	struct json_writer *j = json_writer_new(false);

	json_open_object(j, NULL);
	json_put_string(j, "why", error->text);
	json_put_string(j, "reason", reason_name(reason_of(error)));
	json_close(j);
	answer(w, j, WORK_REFUSED);
}

/* What this worker is, and what of its box is missing. */
static void __attribute__((noreturn)) hello(const struct work *w,
    const char *gaps)
{
	struct json_writer *j = json_writer_new(false);

	json_open_object(j, NULL);
	json_put_string(j, "version", LIKESYNC_VERSION);
	json_put_string(j, "gaps", gaps);
	json_close(j);
	answer(w, j, WORK_DONE);
}

static struct decoder *open_or_refuse(const struct work *w, int64_t size)
{
	struct error error;
	struct decoder *d = decoder_open(w->media, size, &error);

	if (d == NULL)
		refuse(w, &error);
	return d;
}

static void __attribute__((noreturn)) refuse_empty(const struct work *w)
{
	struct error error;

	reason_set(&error, REASON_NO_AUDIO, "has no audio in it");
	refuse(w, &error);
}

/* Both ways to a file's tags. */
struct sources {
	struct decoder *decoder;
	struct tag_reader *reader;	/* NULL: the decoder has them all */
};

static const char *find_tag(void *ctx, const char *name)
{
	struct sources *s = ctx;
	const char *value = NULL;

	if (s->reader != NULL)
		value = tag_reader_find(s->reader, name);
	return value != NULL ? value : decoder_tag(s->decoder, name);
}

/* Form and tags: what needs no packet. m is zeroed. */
static void describe(const struct work *w, int64_t size, struct decoder *d,
    struct media *m)
{
	struct sources s = { .decoder = d };

	decoder_form(d, m);
	s.reader = tag_reader_open(w->media, size, m->container);
	tags_read(&m->tags, find_tag, &s);
	tag_reader_free(s.reader);
}

static void __attribute__((noreturn)) probe(const struct work *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct identity *id = identity_new(decoder_codec(d),
	    decoder_exact_ms(d));
	struct media m = { .codec = "" };
	struct json_writer *j = json_writer_new(false);

	describe(w, size, d, &m);
	decoder_packets(d, identity_add, id);
	if (identity_end(id, m.identity) < 0)
		refuse_empty(w);
	media_to_json(&m, j, NULL);
	answer(w, j, WORK_DONE);
}

/* Every packet, for the identity and for the whole stream. */
struct proof {
	struct identity *identity;
	struct sha256 *stream;
	bool identified;
};

static void begin_proof(struct proof *p, struct decoder *d)
{
	p->identity = identity_new(decoder_codec(d), decoder_exact_ms(d));
	p->stream = stream_hash_new(d);
	p->identified = false;
}

static bool prove_packet(void *ctx, const void *data, size_t len)
{
	struct proof *p = ctx;

	if (!p->identified)
		p->identified = !identity_add(p->identity, data, len);
	return stream_hash_add(p->stream, data, len);
}

static void end_proof(const struct work *w, struct proof *p,
    struct media *m, char stream[STREAM_LEN + 1])
{
	stream_hash_end(p->stream, stream);
	if (identity_end(p->identity, m->identity) < 0)
		refuse_empty(w);
}

static void __attribute__((noreturn)) prove(const struct work *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct media m = { .codec = "" };
	struct json_writer *j = json_writer_new(false);
	char stream[STREAM_LEN + 1];
	struct proof p;

	describe(w, size, d, &m);
	begin_proof(&p, d);
	decoder_packets(d, prove_packet, &p);
	end_proof(w, &p, &m, stream);
	json_open_object(j, NULL);
	media_to_json(&m, j, "media");
	json_put_string(j, "stream", stream);
	json_close(j);
	answer(w, j, WORK_DONE);
}

/* One decode feeds them all. */
struct ears {
	struct proof proof;
	struct analyzer *analyzer;
	struct fingerprinter *fingerprinter;	/* NULL: takes no fingerprint of it */
	uint64_t bytes;			/* of the stream's packets */
};

static bool on_packet(void *ctx, const void *data, size_t len)
{
	struct ears *e = ctx;

	e->bytes += len;
	return prove_packet(&e->proof, data, len);
}

static bool on_begin(void *ctx, int rate, int channels)
{
	struct ears *e = ctx;

	e->analyzer = analyzer_new(rate, channels);
	e->fingerprinter = fingerprinter_new(rate, channels);
	return e->analyzer != NULL;
}

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	struct ears *e = ctx;

	analyzer_feed(e->analyzer, samples, frames);
	if (e->fingerprinter != NULL)
		fingerprinter_feed(e->fingerprinter, samples, frames);
}

static void __attribute__((noreturn)) examine(const struct work *w,
    int64_t size)
{
	struct decoder *d = open_or_refuse(w, size);
	struct ears ears = { .analyzer = NULL };
	const struct decode_sink sink = { .ctx = &ears, .packet = on_packet,
		.begin = on_begin, .samples = on_samples };
	struct examination e = { .complete = false };
	struct decoded decoded;
	struct json_writer *j = json_writer_new(false);

	describe(w, size, d, &e.media);
	begin_proof(&ears.proof, d);
	decoder_run(d, &sink, &decoded);
	end_proof(w, &ears.proof, &e.media, e.stream);
	if (decoded.ms == 0)
		refuse(w, &decoded.fault);
	if (ears.analyzer != NULL)
		analyzer_end(ears.analyzer, &e.analysis);
	fingerprinter_end(ears.fingerprinter, &e.fingerprint);
	e.analysis.duration = (double)decoded.ms / 1000;
	e.fingerprint.duration = e.analysis.duration;
	/* What is there, rather than what the container claims. */
	if (decoded.complete)
		e.media.bitrate = (int64_t)(ears.bytes * 8000 /
		    (uint64_t)decoded.ms);
	e.complete = decoded.complete;
	e.fault = decoded.fault;
	examination_to_json(&e, j, NULL);
	answer(w, j, WORK_DONE);
}

/* The bytes behind the memfd; the agent wrote them, but it may be gone. */
static void read_extra(const struct work *w, struct buf *out)
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
			_exit(WORK_FAILED);
		buf_append(out, block, (size_t)n);
	}
}

/* Tags as JSON, a NUL, and the cover, if there is one. */
static void __attribute__((noreturn)) tag(const struct work *w, int64_t size)
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
	answer(w, j, WORK_DONE);
}

/* Into the second descriptor, if it is not fine as it is. */
static void __attribute__((noreturn)) remux(const struct work *w,
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
	answer(w, j, WORK_DONE);
}

void job_run(const struct work *w, pid_t parent)
{
	struct worker_sandbox worker_sandbox = { .media = w->media,
	    .extra = w->extra,
		.answer = w->answer, .parent = parent,
		.memory = w->request.memory,
		.timeout_ms = w->request.timeout_ms };
	struct buf gaps = BUF_INIT;
	struct stat st = { .st_size = 0 };
	struct error error;

	if (w->media >= 0 && fstat(w->media, &st) < 0)
		_exit(WORK_FAILED);
	if (w->request.op == WORKER_TAG)
		worker_sandbox.max_size = (uint64_t)st.st_size +
		    w->request.extra_len + TAG_ROOM;
	if (w->request.op == WORKER_REMUX) {
		worker_sandbox.to_extra = true;
		worker_sandbox.max_size = 2 * (uint64_t)st.st_size + TAG_ROOM;
	}
	worker_sandbox_enter(&worker_sandbox, &gaps);
	switch ((enum worker_op)w->request.op) {
	case WORKER_VERSION:
		hello(w, buf_str(&gaps));
	case WORKER_PROBE:
		probe(w, st.st_size);
	case WORKER_EXAMINE:
		examine(w, st.st_size);
	case WORKER_TAG:
		tag(w, st.st_size);
	case WORKER_REMUX:
		remux(w, st.st_size);
	case WORKER_PROVE:
		prove(w, st.st_size);
	}
	error_set(&error, ITEM_FAILED, "can't be handled: request %u is not "
	    "known", w->request.op);
	refuse(w, &error);
}
