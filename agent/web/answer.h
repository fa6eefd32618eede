/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer: what goes back to the web server, as CGI/1.1 says: headers, an empty
 * line, the body. */
#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json_writer;

/* Zeroed is one without anything; answer_free. */
struct answer {
	int status;		/* of HTTP */
	int64_t retry_after;	/* seconds, sent with 503 and 504; 0: not
				   known */
	const char *type;	/* of the body; static */
	struct buf headers;	/* further ones, each with its line end */
	struct buf policy;	/* what a page needs of Content-Security-Policy:
				   "; script-src ..." */
	struct buf body;
	struct {
		bool open;
		int fd;
		int64_t from, length;
	} file;			/* in place of body, if open; answer_free
				   closes it */
};

/* The text of a header must have no line break. */
void answer_header(struct answer *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Replaces the body. Closes and frees w. */
void answer_json(struct answer *a, int status, struct json_writer *w);
/* The same with a text that is JSON. */
void answer_text(struct answer *a, int status, const char *type,
    const char *text, size_t len);
/* An error as RFC 9457 (problem+json) spells it; detail is one sentence, or
 * NULL. */
void answer_problem(struct answer *a, int status, const char *detail);

/* Adds an ETag made of the body; if it is among those of none_match
 * (If-None-Match), the answer becomes 304 without a body. */
void answer_etag(struct answer *a, const char *none_match);

/* Writes all of it to fd; without the body for HEAD. 0, or -1 with errno. */
int answer_send(const struct answer *a, bool head, int fd);
void answer_free(struct answer *a);

#endif
