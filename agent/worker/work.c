/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/work.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "analysis/decode.h"
#include "analysis/identity.h"
#include "analysis/listen.h"
#include "analysis/tags.h"
#include "base/file.h"
#include "base/json.h"
#include "model/media.h"

#define SHORT_S 0.5	/* a second heard makes libraries set up their tables */

/* Runs a little silence through the listener, so that plans and tables are
 * made once and not in every child. */
static void warm_up_listener(void)
{
	enum { RATE = 44100 };
	static float silence[RATE / 2 * 2];
	struct listener *l = listener_new(RATE, 2);
	struct analysis a;

	if (l == NULL)
		return;
	memset(&a, 0, sizeof(a));
	listener_feed(l, silence, (size_t)(RATE * SHORT_S));
	listener_end(l, &a);
}

void work_warm_up(void)
{
	decode_warm_up();
	tags_warm_up();
	warm_up_listener();
}

int work_read_extra(int fd, uint32_t len, struct buf *out)
{
	char block[65536];

	while (out->len < len) {
		size_t want = len - out->len < sizeof(block) ?
		    len - out->len : sizeof(block);
		ssize_t n = pread(fd, block, want, (off_t)out->len);

		if (n <= 0)
			return -1;
		buf_append(out, block, (size_t)n);
	}
	return 0;
}

static int answer(int fd, struct json_writer *w)
{
	size_t len;
	char *text = json_writer_end(w, &len);
	int failed = file_write_all(fd, text, len);

	free(text);
	return failed ? EX_IOERR : EX_OK;
}

static int refuse(int fd, const char *why)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "why", why);
	json_close(w);
	return answer(fd, w) == EX_OK ? EX_DATAERR : EX_IOERR;
}

/* Form, identity and tags: what needs no decoding. */
static enum outcome look(int fd, struct media_file *m, struct media *out,
    struct why *why)
{
	enum outcome o = media_file_open(m, fd, why);

	if (o != DONE)
		return o;
	media_file_describe(m, out);
	if (identity_of(m, out->identity) != 0) {
		media_file_close(m);
		return why_set(why, TRACK_FAILED, "has no audio packets");
	}
	if (tags_read(fd, &out->tags) != 0)
		memset(&out->tags, 0, sizeof(out->tags));
	return DONE;
}

static int do_probe(int fd, int answer_fd)
{
	struct media_file m;
	struct media media;
	struct json_writer *w;
	struct why why;

	if (look(fd, &m, &media, &why) != DONE)
		return refuse(answer_fd, why.text);
	media_file_close(&m);
	w = json_writer_new(false);
	media_to_json(&media, w, NULL);
	media_free(&media);
	return answer(answer_fd, w);
}

static int start_listening(void *ctx, int rate, int channels)
{
	struct listener **l = ctx;

	*l = listener_new(rate, channels);
	return *l == NULL;
}

static void listen_on(void *ctx, const float *samples, size_t frames)
{
	struct listener **l = ctx;

	listener_feed(*l, samples, frames);
}

static int do_examine(int fd, int answer_fd)
{
	struct listener *l = NULL;
	const struct decode_sink sink = { .start = start_listening,
		.samples = listen_on, .ctx = &l };
	struct examination e;
	struct media_file m;
	struct decoded d;
	struct json_writer *w;
	struct why why;
	enum outcome o;

	memset(&e, 0, sizeof(e));
	if (look(fd, &m, &e.media, &why) != DONE)
		return refuse(answer_fd, why.text);
	/* From the beginning again, with nothing left over of before. */
	media_file_close(&m);
	o = media_file_open(&m, fd, &why);
	if (o == DONE)
		o = decode_all(&m, &sink, &d, &why);
	media_file_close(&m);
	if (o != DONE || l == NULL) {
		listener_free(l);
		examination_free(&e);
		return refuse(answer_fd, o != DONE ? why.text :
		    "has a sample rate or channels that can't be analyzed");
	}
	listener_end(l, &e.analysis);
	e.analysis.duration = d.seconds;
	e.complete = d.complete;
	e.fault = d.fault;
	w = json_writer_new(false);
	examination_to_json(&e, w, NULL);
	examination_free(&e);
	return answer(answer_fd, w);
}

/* The extra bytes: the tags as JSON, a NUL, and the cover, if any. */
static int do_tag(int fd, const struct buf *extra, int answer_fd)
{
	size_t text_len = strlen(buf_str(extra));
	const char *cover = extra->len > text_len + 1 ?
	    extra->data + text_len + 1 : NULL;
	struct json *v = json_parse(buf_str(extra), text_len, NULL);
	struct json_writer *w;
	struct tags tags;
	const char *wrong;

	tags_from_json(&tags, v);
	wrong = tags_write(fd, &tags, cover,
	    cover != NULL ? extra->len - text_len - 1 : 0);
	tags_free(&tags);
	json_free(v);
	if (wrong != NULL)
		return refuse(answer_fd, wrong);
	w = json_writer_new(false);
	json_open_object(w, NULL);
	json_close(w);
	return answer(answer_fd, w);
}

int work_do(enum worker_op op, int fd, const struct buf *extra,
    int answer_fd)
{
	switch (op) {
	case WORKER_PROBE:
		return do_probe(fd, answer_fd);
	case WORKER_EXAMINE:
		return do_examine(fd, answer_fd);
	case WORKER_TAG:
		return do_tag(fd, extra, answer_fd);
	}
	return refuse(answer_fd, "this worker does not know how");
}
