/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/bandcamp.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sources/source.h"

#define SEARCH "/api/bcsearch_public_api/1/autocomplete_elastic"
#define TRACKS "t"		/* of all kinds of results */
#define MAX_ANSWER (1u << 20)	/* 50 results are 40 KB */
#define TIMEOUT_MS 30000
#define TOO_MANY 429
#define DAY_S 86400

struct bandcamp {
	pthread_mutex_t lock;	/* of http */
	struct http *http;
	char *url;
};

struct bandcamp *bandcamp_new(const char *site)
{
	struct bandcamp *b = xcalloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	b->http = http_new();
	b->url = xasprintf("%s" SEARCH, site);
	return b;
}

void bandcamp_free(struct bandcamp *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->lock);
	http_free(b->http);
	free(b->url);
	free(b);
}

/* ---- results ---- */

/* The page's link; NULL: none that can be fetched. Caller frees. */
static char *link_of(const struct json *v)
{
	const char *path = json_get_string(v, "item_url_path");
	const char *root = json_get_string(v, "item_url_root");
	char *link;

	if (path == NULL)
		return NULL;
	link = *path == '/' && root != NULL ? xasprintf("%s%s", root, path) :
	    xstrdup(path);
	if (url_is_allowed(link))
		return link;
	free(link);
	return NULL;
}

/* The band is the artist or a label, whose titles then name the artist: the
 * matcher reads a channel in this way. */
static void take_result(const struct json *v, struct candidates *out)
{
	const char *type = json_get_string(v, "type");
	const char *title = json_get_string(v, "name");
	struct candidate *c;
	char *link;

	if (type == NULL || strcmp(type, TRACKS) != 0 || title == NULL ||
	    *title == '\0' || out->count >= SOURCE_MAX_CANDIDATES)
		return;
	link = link_of(v);
	if (link == NULL)
		return;
	c = candidates_add(out);
	c->ref = link;
	c->title = secret_hide_copy(title);
	c->album = secret_hide_copy(json_get_string(v, "album_name"));
	c->channel = secret_hide_copy(json_get_string(v, "band_name"));
	c->views = -1;
}

int bandcamp_take_results(const struct buf *answer, struct candidates *out)
{
	struct json *v = json_parse(buf_str(answer), answer->len, NULL);
	const struct json *list = json_get(json_get(v, "auto"), "results");
	int failed = json_type(list) != JSON_ARRAY;

	for (size_t i = 0; !failed && i < json_count(list); i++)
		take_result(json_at(list, i), out);
	json_free(v);
	return failed ? -1 : 0;
}

/* ---- the request ---- */

static char *make_body(const char *query)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "search_text", query);
	json_put_string(w, "search_filter", TRACKS);
	json_put_bool(w, "full_page", false);
	json_put_null(w, "fan_id");
	json_close(w);
	return json_writer_end(w, NULL);
}

static enum outcome read_response(const struct http_response *r,
    struct candidates *out, struct error *error)
{
	if (r->status != 200) {
		error_set(error, SERVICE_FAILED, "bandcamp: the search failed "
		    "with status %ld", r->status);
		if (error != NULL && r->retry_after > 0)
			error->retry_after = (int)(r->retry_after < DAY_S ?
			    r->retry_after : DAY_S);
		if (error != NULL && (r->status == TOO_MANY ||
		    r->status == 403))
			error->reason = SOURCE_REFUSED;
		return SERVICE_FAILED;
	}
	if (bandcamp_take_results(&r->body, out) == 0)
		return DONE;
	error_set(error, SERVICE_FAILED, "bandcamp: the search results could "
	    "not be parsed; if this persists, update likesync");
	if (error != NULL)
		error->reason = SOURCE_STALE;
	return SERVICE_FAILED;
}

enum outcome bandcamp_search(struct bandcamp *b, const char *query,
    struct candidates *out, struct error *error)
{
	char *body = make_body(query);
	const struct http_request q = { .url = b->url, .json = body,
		.max_body = MAX_ANSWER, .timeout_ms = TIMEOUT_MS };
	struct http_response r;
	enum outcome o;

	pthread_mutex_lock(&b->lock);
	o = http_perform(b->http, &q, &r, error);
	pthread_mutex_unlock(&b->lock);
	if (o == DONE)
		o = read_response(&r, out, error);
	http_response_free(&r);
	free(body);
	return o;
}
