/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http: requests through libcurl, which only this file uses. One request at a
 * time on a kept connection; TLS verified; https only, or plain http to a
 * loopback address; redirects are not followed, so that a bearer token stays
 * with its host; bounded in time and size; ends early on a stop request.
 * Callers retry. Secrets in the body of a refusal are hidden (base/secret.h).
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

struct http;

struct http_request {
	const char *url;
	const char *label;	/* what errors call it, where the address is
				   a secret; NULL: the address, no query */
	const char *form;	/* POST this urlencoded body; NULL: GET */
	const char *json;	/* or this, as application/json; NULL */
	const char *bearer;	/* secret; NULL: none */
	const char *basic;	/* "id:secret"; NULL: none */
	size_t max_body;	/* limit; more is SERVICE_FAILED */
	int timeout_ms;		/* for the whole exchange */
	bool ignore_stop;	/* for what follows a run: let it finish */
	/* Streams a 2xx body instead of keeping it; non-zero ends the
	 * transfer with ITEM_FAILED. Other bodies are always kept. */
	int (*on_body)(void *ctx, const char *data, size_t len);
	void *ctx;
};

struct http_response {
	long status;		/* 100 .. 599 */
	int64_t retry_after;	/* seconds, or -1: absent or unreadable */
	char *location;		/* of a redirect, as it was sent; or NULL */
	struct buf body;	/* what was not streamed; http_response_free */
};

struct http *http_new(void);
void http_free(struct http *h);		/* NULL allowed */

/* DONE: a complete response, of any status. SERVICE_FAILED with error: none
 * (resolve, connect, TLS, reset, time-out, truncated, too large). ITEM_FAILED:
 * on_body refused. STOPPED. The response is reset first and must be freed. */
enum outcome http_perform(struct http *h, const struct http_request *q,
    struct http_response *r, struct error *error);
void http_response_free(struct http_response *r);

/* Percent-encodes for a query or a form; caller frees. */
char *url_encode(const char *text);
/* '+' is a space; caller frees. NULL: there is a NUL byte in it, and what is
 * before that byte is another value. */
char *url_decode(const char *text, size_t len);
/* The value of name in a query or form string; caller frees. NULL: absent, or
 * it has a NUL byte. */
char *url_query_get(const char *query, const char *name);
/* https, or http on 127.0.0.0/8, [::1] or "localhost". */
bool url_is_allowed(const char *url);

#endif
