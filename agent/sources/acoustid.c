/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/acoustid.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"

#define BETWEEN_MS 340		/* three a second, and a little less */
#define MAX_BATCH 10		/* the service takes 20, and says that it will
				   take 10 */
#define TIMEOUT_MS 20000
#define MAX_ANSWER (4u << 20)	/* a recording is some 300 bytes */
#define MAX_NAMES 50		/* of one fingerprint */
#define SURE 0.8		/* the service's own score, 0..1 */
#define FAILURES_IN_A_ROW 3

/* One thread's question. */
struct query {
	const struct fingerprint *sound;
	struct candidates *out;
	enum outcome outcome;
	struct error error;
	bool done;
	struct query *next;
};

struct acoustid {
	const char *url;
	char *key;
	struct http *http;	/* whoever asks uses it alone */
	int64_t next_ms;	/* monotonic; likewise */
	int failures;		/* in a row; likewise */
	struct error last;	/* of these */
	pthread_mutex_t lock;	/* of the rest */
	pthread_cond_t answered;
	bool asking;		/* a thread is at it */
	struct query *first, **last_query;
};

struct acoustid *acoustid_new(const char *url, const char *key_file,
    struct error *error)
{
	char *key = secret_read(key_file, "[acoustid] key_file", error);
	struct acoustid *a;

	if (key == NULL)
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->url = url;
	a->key = key;
	a->http = http_new();
	a->last_query = &a->first;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->answered, NULL);
	return a;
}

void acoustid_free(struct acoustid *a)
{
	if (a == NULL)
		return;
	pthread_cond_destroy(&a->answered);
	pthread_mutex_destroy(&a->lock);
	http_free(a->http);
	free(a->key);
	free(a);
}

/* ---- one request ---- */

static char *make_form(const struct acoustid *a, struct query *const *batch,
    size_t count)
{
	struct buf form = BUF_INIT;
	char *key = url_encode(a->key);

	buf_printf(&form, "format=json&client=%s&clientversion="
	    LIKESYNC_VERSION "&meta=recordings&batch=1", key);
	for (size_t i = 0; i < count; i++) {
		char *code = url_encode(batch[i]->sound->code);

		buf_printf(&form, "&duration.%zu=%.0f&fingerprint.%zu=%s", i,
		    batch[i]->sound->duration, i, code);
		free(code);
	}
	free(key);
	return buf_take(&form);
}

static char *artists_of(const struct json *recording)
{
	const struct json *artists = json_get(recording, "artists");
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < json_count(artists); i++) {
		const struct json *v = json_at(artists, i);
		const char *name = json_get_string(v, "name");
		const char *join = json_get_string(v, "joinphrase");
		bool last = i + 1 == json_count(artists);

		buf_printf(&names, "%s%s", name != NULL ? name : "",
		    join != NULL ? join : last ? "" : ", ");
	}
	return buf_take(&names);
}

static void add_recordings(const struct json *result,
    struct candidates *out)
{
	const struct json *list = json_get(result, "recordings");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *title = json_get_string(v, "title");
		struct candidate *c;

		if (title == NULL || *title == '\0' || out->count >= MAX_NAMES)
			continue;
		c = candidates_add(out);
		c->ref = xstrdup("acoustid");
		c->title = xstrdup(title);
		c->artist = artists_of(v);
	}
}

/* One of the answer's "fingerprints": which question it answers, and how. */
static void take_answer(const struct json *v, struct query *const *batch,
    size_t count)
{
	const struct json *results = json_get(v, "results");
	const char *text = json_get_string(v, "index");
	int64_t index = text != NULL ? strtoll(text, NULL, 10) :
	    json_get_int(v, "index", count == 1 ? 0 : -1);

	if (index < 0 || (size_t)index >= count)
		return;
	for (size_t i = 0; i < json_count(results); i++)
		if (json_get_double(json_at(results, i), "score", 0) >= SURE)
			add_recordings(json_at(results, i),
			    batch[index]->out);
}

static enum outcome read_answer(const struct http_response *r,
    struct query *const *batch, size_t count, struct error *error)
{
	struct json *v = json_parse(buf_str(&r->body), r->body.len, NULL);
	const char *status = json_get_string(v, "status");
	const struct json *list = json_get(v, "fingerprints");
	const char *said = json_get_string(json_get(v, "error"), "message");
	enum outcome o = DONE;

	if (r->status != 200 || status == NULL || strcmp(status, "ok") != 0)
		o = error_set(error, SERVICE_FAILED, "acoustid: %s (status "
		    "%ld)", said != NULL ? said : "no reason given",
		    r->status);
	for (size_t i = 0; o == DONE && i < json_count(list); i++)
		take_answer(json_at(list, i), batch, count);
	json_free(v);
	return o;
}

static enum outcome ask(struct acoustid *a, struct query *const *batch,
    size_t count, struct error *error)
{
	char *url = xasprintf("%s/lookup", a->url);
	char *form = make_form(a, batch, count);
	const struct http_request q = { .url = url, .form = form,
		.max_body = MAX_ANSWER, .timeout_ms = TIMEOUT_MS };
	struct http_response r;
	enum outcome o;

	if (clock_sleep_ms(a->next_ms - clock_mono_ms()) != 0) {
		o = error_set(error, STOPPED, "the run was stopped");
	} else {
		a->next_ms = clock_mono_ms() + BETWEEN_MS;
		o = http_perform(a->http, &q, &r, error);
		if (o == DONE)
			o = read_answer(&r, batch, count, error);
		http_response_free(&r);
	}
	free(form);
	free(url);
	return o;
}

/* ---- many threads ---- */

/* Under the lock: takes what waits, asks without the lock, hands out. */
static void serve(struct acoustid *a)
{
	struct query *batch[MAX_BATCH];
	struct error error = { .text = "" };
	size_t count = 0;
	enum outcome o;

	a->asking = true;
	while (a->first != NULL && count < MAX_BATCH) {
		batch[count++] = a->first;
		a->first = a->first->next;
	}
	if (a->first == NULL)
		a->last_query = &a->first;
	pthread_mutex_unlock(&a->lock);
	if (a->failures >= FAILURES_IN_A_ROW) {
		o = SERVICE_FAILED;
		error = a->last;
	} else {
		o = ask(a, batch, count, &error);
		a->failures = o == SERVICE_FAILED ? a->failures + 1 : 0;
		a->last = error;
	}
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < count; i++) {
		batch[i]->outcome = o;
		batch[i]->error = error;
		batch[i]->done = true;
	}
	a->asking = false;
	pthread_cond_broadcast(&a->answered);
}

enum outcome acoustid_lookup(struct acoustid *a, const struct fingerprint *f,
    struct candidates *out, struct error *error)
{
	struct query *q;
	enum outcome o;

	if (f->code == NULL || f->duration < 1)
		return DONE;
	q = xcalloc(1, sizeof(*q));
	q->sound = f;
	q->out = out;
	pthread_mutex_lock(&a->lock);
	*a->last_query = q;
	a->last_query = &q->next;
	while (!q->done) {
		if (a->asking)
			pthread_cond_wait(&a->answered, &a->lock);
		else
			serve(a);
	}
	pthread_mutex_unlock(&a->lock);
	*error = q->error;
	o = q->outcome;
	free(q);
	return o;
}
