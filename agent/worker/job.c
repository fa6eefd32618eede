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

void job_warm_up(void)
{
	enum { RATE = 44100, FRAMES = RATE / 2 };
	float *silence = xcalloc(FRAMES * 2, sizeof(*silence));
	struct analyzer *l = analyzer_new(RATE, 2);
	struct fingerprinter *p = fingerprinter_new(RATE, 2);
	uint8_t digest[SHA256_LEN];
	struct analysis a;
	struct fingerprint f;

	decoder_setup();
	sha256_of("", 0, digest);	/* OpenSSL reads its configuration */
	if (p != NULL)
		fingerprinter_feed(p, silence, FRAMES);
	fingerprinter_end(p, &f);
	fingerprint_free(&f);
	analyzer_feed(l, silence, FRAMES);
	analyzer_end(l, &a);
	analysis_free(&a);
	free(silence);
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

/* A request in work. */
struct task {
	const struct job *job;
	int64_t size;			/* of the media */
	struct decoder *decoder;
	struct json_writer *json;	/* for the answer */
};

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
static void read_form_and_tags(const struct task *t, struct media *m)
{
	struct tag_sources s = { .decoder = t->decoder };

	decoder_form(t->decoder, m);
	s.reader = tag_reader_open(t->job->media, t->size, m->container);
	tags_read(&m->tags, find_tag, &s);
	tag_reader_free(s.reader);
}

static void end_identity(struct identity *id, const struct task *t,
    struct media *m)
{
	struct error error;

	if (identity_end(id, m->identity) == 0)
		return;
	reason_set(&error, REASON_NO_AUDIO, "has no audio in it");
	refuse(t->job, &error);
}

static void probe(const struct task *t)
{
	struct decoder *d = t->decoder;
	struct identity *id = identity_new(decoder_codec(d),
	    decoder_exact_ms(d));
	struct media m = { .codec = "" };

	read_form_and_tags(t, &m);
	decoder_packets(d, identity_add, id);
	end_identity(id, t, &m);
	media_to_json(&m, t->json, NULL);
}

/* All consumers of a file that is read once. */
struct consumers {
	struct identity *identity;
	struct sha256 *stream;
	bool identified;
	uint64_t bytes;			/* of the stream's packets */
	/* if it is decoded */
	struct analyzer *analyzer;
	struct fingerprinter *fingerprinter;	/* NULL: unsupported rate */
};

static struct consumers consumers_new(struct decoder *d)
{
	return (struct consumers){ .stream = stream_hash_new(d),
		.identity = identity_new(decoder_codec(d),
		    decoder_exact_ms(d)) };
}

static bool on_packet(void *ctx, const void *data, size_t len)
{
	struct consumers *c = ctx;

	c->bytes += len;
	if (!c->identified)
		c->identified = !identity_add(c->identity, data, len);
	return stream_hash_add(c->stream, data, len);
}

static void hash_stream(const struct task *t)
{
	struct media m = { .codec = "" };
	struct consumers c = consumers_new(t->decoder);
	char stream[STREAM_LEN + 1];

	read_form_and_tags(t, &m);
	decoder_packets(t->decoder, on_packet, &c);
	stream_hash_end(c.stream, stream);
	end_identity(c.identity, t, &m);
	json_open_object(t->json, NULL);
	media_to_json(&m, t->json, "media");
	json_put_string(t->json, "stream", stream);
	json_close(t->json);
}

static void on_begin(void *ctx, int rate, int channels)
{
	struct consumers *c = ctx;

	c->analyzer = analyzer_new(rate, channels);
	c->fingerprinter = fingerprinter_new(rate, channels);
}

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	struct consumers *c = ctx;

	analyzer_feed(c->analyzer, samples, frames);
	if (c->fingerprinter != NULL)
		fingerprinter_feed(c->fingerprinter, samples, frames);
}

static void decode(const struct task *t)
{
	struct consumers c = consumers_new(t->decoder);
	const struct decode_sink sink = { .ctx = &c, .packet = on_packet,
		.begin = on_begin, .samples = on_samples };
	struct decoded_media e = { .complete = false };
	struct decoded decoded;

	read_form_and_tags(t, &e.media);
	decoder_run(t->decoder, &sink, &decoded);
	stream_hash_end(c.stream, e.stream);
	end_identity(c.identity, t, &e.media);
	if (decoded.ms == 0)
		refuse(t->job, &decoded.fault);
	analyzer_end(c.analyzer, &e.analysis);
	fingerprinter_end(c.fingerprinter, &e.fingerprint);
	e.analysis.duration = (double)decoded.ms / 1000;
	e.fingerprint.duration = e.analysis.duration;
	/* Measured, because containers state wrong bit rates. */
	if (decoded.complete)
		e.media.bitrate = (int64_t)(c.bytes * 8000 /
		    (uint64_t)decoded.ms);
	e.complete = decoded.complete;
	e.fault = decoded.fault;
	decoded_media_to_json(&e, t->json, NULL);
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
static void tag(const struct task *t)
{
	struct decoder *d = t->decoder;
	struct buf extra = BUF_INIT;
	struct tags tags;
	struct json *v;
	struct error error;
	size_t text_len, cover_at;

	read_extra(t->job, &extra);
	text_len = strnlen(buf_str(&extra), extra.len);
	if ((v = json_parse(buf_str(&extra), text_len, &error)) == NULL)
		refuse(t->job, &error);
	tags_from_json(&tags, v);
	cover_at = text_len < extra.len ? text_len + 1 : extra.len;
	if (tagger_write(t->job->media, t->size, decoder_container(d),
	    decoder_codec(d), &tags, extra.data + cover_at,
	    extra.len - cover_at, &error) < 0)
		refuse(t->job, &error);
	json_open_object(t->json, NULL);
	json_close(t->json);
}

/* Copies the audio to the second descriptor if it needs another container. */
static void remux(const struct task *t)
{
	const char *target = remux_target(t->decoder, t->job->media);
	struct error error;

	json_open_object(t->json, NULL);
	json_put_bool(t->json, "moved", target != NULL);
	json_close(t->json);
	if (target != NULL && remux_write(t->decoder, target, t->job->extra,
	    &error) < 0)
		refuse(t->job, &error);
}

static void enter_sandbox(const struct job *w, pid_t parent, int64_t size,
    struct buf *gaps)
{
	struct worker_sandbox sandbox = { .media = w->media,
		.extra = w->extra, .answer = w->answer, .parent = parent,
		.memory = w->request.memory,
		.timeout_ms = w->request.timeout_ms };

	if (w->request.op == WORKER_TAG)
		sandbox.max_size = (uint64_t)size + w->request.extra_len +
		    TAG_ROOM;
	if (w->request.op == WORKER_REMUX) {
		sandbox.to_extra = true;
		sandbox.max_size = 2 * (uint64_t)size + TAG_ROOM;
	}
	worker_sandbox_enter(&sandbox, gaps);
}

void job_run(const struct job *w, pid_t parent)
{
	static void (*const handlers[])(const struct task *) = {
		[WORKER_PROBE] = probe, [WORKER_DECODE] = decode,
		[WORKER_TAG] = tag, [WORKER_PROVE] = hash_stream,
		[WORKER_REMUX] = remux,
	};
	const uint32_t op = w->request.op;
	struct task t = { .job = w, .json = json_writer_new(false) };
	struct buf gaps = BUF_INIT;
	struct stat st = { .st_size = 0 };
	struct error error;

	if (w->media >= 0 && fstat(w->media, &st) < 0)
		_exit(JOB_FAILED);
	enter_sandbox(w, parent, st.st_size, &gaps);
	t.size = st.st_size;
	if (op == WORKER_VERSION) {
		json_open_object(t.json, NULL);
		json_put_string(t.json, "version", LIKESYNC_VERSION);
		json_put_string(t.json, "gaps", buf_str(&gaps));
		json_close(t.json);
		answer(w, t.json, JOB_DONE);
	}
	if (op >= sizeof(handlers) / sizeof(*handlers) ||
	    handlers[op] == NULL) {
		error_set(&error, ITEM_FAILED,
		    "can't be handled: unknown request %u", op);
		refuse(w, &error);
	}
	t.decoder = decoder_open(w->media, t.size, &error);
	if (t.decoder == NULL)
		refuse(w, &error);
	handlers[op](&t);
	answer(w, t.json, JOB_DONE);
}
