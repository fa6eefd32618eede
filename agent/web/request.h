/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request: what a web server hands to a CGI program (RFC 3875): variables of
 * the environment, and the body on standard input. All of it comes from
 * outside.
 *
 * Order: request_parse, request_read_body, request_free.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"

#define REQUEST_MAX_BODY (1024 * 1024)
#define REQUEST_MAX_VALUE 8192	/* bytes of a path or header */
#define REQUEST_BODY_MS 20000	/* for the whole body */

/* Strings are borrowed from the environment and never NULL: "" is absent. They
 * are UTF-8 without control characters. */
struct web_request {
	const char *method;		/* "GET", "POST", ... */
	const char *script;		/* the address of this program: "/x" */
	const char *path;		/* below it: "/api/runs"; "" or "/..." */
	const char *query;		/* after "?", as it was sent */
	const char *type;		/* Content-Type */
	const char *accept, *range;
	const char *authorization, *cookie;
	const char *host, *origin, *fetch_site;
	const char *none_match;		/* If-None-Match */
	const char *user;		/* REMOTE_USER */
	size_t length;			/* of the body; also of a refused one */
	struct buf body;
};

/* Fills r from env (NULL-ended). 0, or the HTTP status that it must be refused
 * with, and error. */
int request_parse(char *const *env, struct web_request *r,
    struct error *error);

/* Reads exactly r->length bytes from fd, within timeout_ms. Returns as above:
 * 400 if fewer come, 408 if they come too slowly. */
int request_read_body(int fd, int timeout_ms, struct web_request *r,
    struct error *error);
/* Reads what is left of the body, after the answer: a server that can't pass it
 * on may take this for a failure of ours. Bounded in size and time. */
void request_discard_body(int fd, const struct web_request *r);
void request_free(struct web_request *r);

/* Would the sender rather read a page than JSON? */
bool request_is_of_browser(const struct web_request *r);

/* Is the body's media type this one? Parameters and case are ignored. */
bool request_has_type(const struct web_request *r, const char *type);

#endif
