/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/integer.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/stop.h"

#define CONNECT_TIMEOUT_S 15L
#define STALL_BYTES 100L	/* slower than this for so long is dead */
#define STALL_S 30L
#define MAX_RETRY_AFTER (7 * 86400)
#define MAX_ERROR_BODY (64u << 10)

struct http {
	CURL *curl;
};

/* One exchange. */
struct transfer {
	const struct http_request *q;
	struct http_response *r;
	struct http *h;
	size_t received;
	bool too_large, refused;
};

struct http *http_new(void)
{
	struct http *h = xcalloc(1, sizeof(*h));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->curl = curl_easy_init();
	return h;
}

void http_free(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	free(h);
}

void http_response_free(struct http_response *r)
{
	buf_free(&r->body);
	free(r->location);
	r->location = NULL;
}

/* Loopback by its number, or by the one name that stands for it. */
static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "[::1]") == 0 || (inet_pton(AF_INET, host, &v4) == 1
	    && ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET);
}

/* Read by libcurl, which then sends the request: so both mean one host. */
bool url_is_allowed(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool allowed = false;

	if (u != NULL && strstr(url, "://") != NULL &&
	    curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	    CURLUE_OK && strcmp(port, "0") != 0)
		allowed = strcasecmp(scheme, "https") == 0 ||
		    (strcasecmp(scheme, "http") == 0 && is_loopback(host));
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return allowed;
}

/* What errors call a request: without its query, which may hold a code. */
static char *shown_name(const struct http_request *q)
{
	return q->label != NULL ? xstrdup(q->label) :
	    xstrndup(q->url, strcspn(q->url, "?#"));
}

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * count;
	long status = 0;

	t->received += len;
	curl_easy_getinfo(t->h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299) {
		/* Only the beginning of a refusal is of interest. */
		buf_append_limited(&t->r->body, data, len, MAX_ERROR_BODY);
		return len;
	}
	t->too_large = t->received > t->q->max_body;
	if (t->too_large)
		return 0;
	if (t->q->on_body == NULL)
		buf_append(&t->r->body, data, len);
	else
		t->refused = t->q->on_body(t->q->ctx, data, len) != 0;
	return t->refused ? 0 : len;
}

/* Seconds, or a date; -1: neither. */
static int64_t parse_retry_after(const char *value)
{
	const char *end = value;
	int64_t n;
	time_t date;

	if (int_prefix(&end, 0, MAX_RETRY_AFTER, &n) >= 0 &&
	    *end == '\0')
		return n;
	date = curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	n = (int64_t)date - clock_wall();
	return n < 0 ? 0 : n > MAX_RETRY_AFTER ? MAX_RETRY_AFTER : n;
}

/* What follows the name in a header line, without white space around; NULL: it
 * is another header. The caller frees it. */
static char *header_value(const char *data, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len < n || strncasecmp(data, name, n) != 0)
		return NULL;
	data += n;
	for (len -= n; len > 0 && isspace((unsigned char)*data); len--)
		data++;
	while (len > 0 && isspace((unsigned char)data[len - 1]))
		len--;
	return xstrndup(data, len);
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * count;
	char *wait = header_value(data, len, "Retry-After:");
	char *location = header_value(data, len, "Location:");

	if (wait != NULL)
		t->r->retry_after = parse_retry_after(wait);
	if (location != NULL)
		str_replace(&t->r->location, location);
	free(location);
	free(wait);
	return len;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now,
    curl_off_t up_total, curl_off_t up_now)
{
	const struct transfer *t = ctx;

	(void)total, (void)now, (void)up_total, (void)up_now;
	return !t->q->ignore_stop && stop_requested();
}

static struct curl_slist *set_request(struct http *h,
    const struct http_request *q, struct transfer *t)
{
	struct curl_slist *headers = NULL;
	CURL *c = h->curl;
	char *line;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "likesync/" LIKESYNC_VERSION);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	if (q->form != NULL)
		curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, q->form);
	if (q->json != NULL) {
		curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, q->json);
		headers = curl_slist_append(NULL,
		    "Content-Type: application/json");
	}
	if (q->basic != NULL) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERPWD, q->basic);
	}
	if (q->bearer != NULL) {
		line = xasprintf("Authorization: Bearer %s", q->bearer);
		headers = curl_slist_append(headers, line);
		secret_free(line);
	}
	if (headers != NULL)
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	return headers;
}

static enum outcome explain(const struct transfer *t, CURLcode rc,
    const char *name, struct error *error)
{
	if (rc == CURLE_OK)
		return DONE;
	if (t->refused)
		return ITEM_FAILED;
	if (!t->q->ignore_stop && stop_requested())
		return error_set(error, STOPPED, "the run ended");
	if (t->too_large)
		return error_set(error, SERVICE_FAILED, "%s: the answer is "
		    "larger than %zu bytes", name, t->q->max_body);
	return error_set(error, SERVICE_FAILED, "%s: %s", name,
	    curl_easy_strerror(rc));
}

enum outcome http_perform(struct http *h, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	struct transfer t = { .q = q, .r = r, .h = h };
	char *name = shown_name(q);
	enum outcome o;

	memset(r, 0, sizeof(*r));
	r->retry_after = -1;
	if (!url_is_allowed(q->url)) {
		o = error_set(error, SERVICE_FAILED, "%s: only https is "
		    "allowed, or http on this machine", name);
	} else {
		struct curl_slist *headers = set_request(h, q, &t);
		CURLcode rc = curl_easy_perform(h->curl);

		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE,
		    &r->status);
		curl_slist_free_all(headers);
		o = explain(&t, rc, name, error);
	}
	/* A refusal may repeat what it was asked with. */
	if (r->status < 200 || r->status > 299)
		secret_hide_buf(&r->body, r->body.len >= MAX_ERROR_BODY);
	free(name);
	return o;
}

char *url_encode(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = xstrdup(escaped != NULL ? escaped : "");

	curl_free(escaped);
	return copy;
}

char *url_decode(const char *text, size_t len)
{
	char *plain = xstrndup(text, len), *out, *copy;
	int n = 0;

	for (char *p = plain; *p != '\0'; p++)
		if (*p == '+')
			*p = ' ';
	out = curl_easy_unescape(NULL, plain, 0, &n);
	copy = out != NULL && memchr(out, '\0', (size_t)n) == NULL ?
	    xstrndup(out, (size_t)n) : NULL;
	curl_free(out);
	free(plain);
	return copy;
}

char *url_query_get(const char *query, const char *name)
{
	size_t len = strlen(name);

	while (*query != '\0') {
		size_t n = strcspn(query, "&");

		if (n > len && query[len] == '=' &&
		    strncmp(query, name, len) == 0)
			return url_decode(query + len + 1, n - len - 1);
		query += n;
		query += *query == '&';
	}
	return NULL;
}
