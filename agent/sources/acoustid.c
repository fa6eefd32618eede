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

#define BETWEEN_MS 340		/* the service allows three requests a second */
#define TIMEOUT_MS 20000
#define MAX_ANSWER (4u << 20)	/* a recording is some 300 bytes */
#define MAX_NAMES 50		/* of one fingerprint */
#define SURE 0.8		/* the service's own score, 0..1 */
#define FAILURES_IN_A_ROW 3

struct acoustid {
	const char *url;
	char *key;
	pthread_mutex_t lock;	/* held during a request; guards the rest */
	struct http *http;
	int64_t next_ms;	/* no request before then; monotonic */
	int failures;		/* in a row */
	struct error last;	/* of these */
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
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void acoustid_free(struct acoustid *a)
{
	if (a == NULL)
		return;
	pthread_mutex_destroy(&a->lock);
	http_free(a->http);
	free(a->key);
	free(a);
}

static char *make_form(const struct acoustid *a, const struct fingerprint *f)
{
	char *key = url_encode(a->key), *code = url_encode(f->code);
	char *form = xasprintf("format=json&client=%s&clientversion="
	    LIKESYNC_VERSION "&meta=recordings&duration=%.0f&fingerprint=%s",
	    key, f->duration, code);

	free(code);
	free(key);
	return form;
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

static enum outcome read_answer(const struct http_response *r,
    struct candidates *out, struct error *error)
{
	struct json *v = json_parse(buf_str(&r->body), r->body.len, NULL);
	const char *status = json_get_string(v, "status");
	const struct json *results = json_get(v, "results");
	const char *reason = json_get_string(json_get(v, "error"), "message");
	enum outcome o = DONE;

	if (r->status != 200 || status == NULL || strcmp(status, "ok") != 0)
		o = error_set(error, SERVICE_FAILED, "acoustid: %s (status "
		    "%ld)", reason != NULL ? reason : "no reason given",
		    r->status);
	for (size_t i = 0; o == DONE && i < json_count(results); i++) {
		const struct json *result = json_at(results, i);

		if (json_get_double(result, "score", 0) >= SURE)
			add_recordings(result, out);
	}
	json_free(v);
	return o;
}

/* The caller has the lock. */
static enum outcome request(struct acoustid *a, const struct fingerprint *f,
    struct candidates *out, struct error *error)
{
	char *url = xasprintf("%s/lookup", a->url), *form = make_form(a, f);
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
			o = read_answer(&r, out, error);
		http_response_free(&r);
	}
	free(form);
	free(url);
	return o;
}

enum outcome acoustid_lookup(struct acoustid *a, const struct fingerprint *f,
    struct candidates *out, struct error *error)
{
	enum outcome o;

	if (f->code == NULL || f->duration < 1)
		return DONE;
	pthread_mutex_lock(&a->lock);
	if (a->failures >= FAILURES_IN_A_ROW) {
		o = SERVICE_FAILED;
		*error = a->last;
	} else {
		o = request(a, f, out, error);
		a->failures = o == SERVICE_FAILED ? a->failures + 1 : 0;
		if (o == SERVICE_FAILED)
			a->last = *error;
	}
	pthread_mutex_unlock(&a->lock);
	return o;
}
