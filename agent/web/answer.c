/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

#define RETRY_S 60		/* where nobody names a time */

/* Neither caches nor other pages get what it says. Without any referrer, a
 * browser would send forms of our own pages with "Origin: null". */
static const char safe_headers[] =
    "Cache-Control: private, no-cache\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

/* Nothing is allowed that a.policy does not name. */
static void put_policy(struct buf *out, const struct answer *a)
{
	buf_puts(out, "Content-Security-Policy: default-src 'none'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	buf_append(out, buf_str(&a->policy), a->policy.len);
	buf_puts(out, "\r\n");
}

static const char *status_name(int status)
{
	static const struct {
		int status;
		const char *name;
	} names[] = {
		{ 200, "OK" }, { 202, "Accepted" }, { 206, "Partial Content" },
		{ 303, "See Other" },
		{ 304, "Not Modified" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "Error";
}

void answer_header(struct answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&a->headers, fmt, ap);
	va_end(ap);
	buf_puts(&a->headers, "\r\n");
}

void answer_text(struct answer *a, int status, const char *type,
    const char *text, size_t len)
{
	a->status = status;
	a->type = type;
	buf_clear(&a->body);
	buf_append(&a->body, text, len);
}

void answer_json(struct answer *a, int status, struct json_writer *w)
{
	size_t len;
	char *text = json_writer_end(w, &len);

	answer_text(a, status, "application/json", text, len);
	free(text);
}

void answer_problem(struct answer *a, int status, const char *detail)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "type", "about:blank");
	json_put_string(w, "title", status_name(status));
	json_put_int(w, "status", status);
	json_put_string_if(w, "detail", detail);
	answer_json(a, status, w);
	a->type = "application/problem+json";
}

void answer_etag(struct answer *a, const char *none_match)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1], tag[20];

	sha256_of(buf_str(&a->body), a->body.len, digest);
	hex_encode(digest, sizeof(digest), hex);
	snprintf(tag, sizeof(tag), "\"%.16s\"", hex);
	answer_header(a, "ETag: %s", tag);
	if (strcmp(none_match, "*") == 0 || strstr(none_match, tag) != NULL) {
		a->status = 304;
		buf_clear(&a->body);
	}
}

/* A file that became shorter ends the answer early: the server notices by its
 * length. */
static int send_file(const struct answer *a, int fd)
{
	int64_t at = a->file.from, end = at + a->file.length;
	char chunk[65536];

	while (at < end) {
		ssize_t n = pread(a->file.fd, chunk, end - at <
		    (int64_t)sizeof(chunk) ? (size_t)(end - at) :
		    sizeof(chunk), at);

		if (n <= 0 || file_write_all(fd, chunk, (size_t)n) != 0)
			return -1;
		at += n;
	}
	return 0;
}

int answer_send(const struct answer *a, bool head, int fd)
{
	struct buf out = BUF_INIT;
	int rc;

	buf_printf(&out, "Status: %d %s\r\n", a->status,
	    status_name(a->status));
	if (a->type != NULL && a->status != 304)
		buf_printf(&out, "Content-Type: %s\r\n", a->type);
	buf_puts(&out, safe_headers);
	put_policy(&out, a);
	if (a->status == 503 || a->status == 504)
		buf_printf(&out, "Retry-After: %lld\r\n", (long long)
		    (a->retry_after > 0 ? a->retry_after : RETRY_S));
	buf_append(&out, buf_str(&a->headers), a->headers.len);
	buf_puts(&out, "\r\n");
	if (!head)
		buf_append(&out, buf_str(&a->body), a->body.len);
	rc = file_write_all(fd, out.data, out.len);
	buf_free(&out);
	return rc == 0 && a->file.open && !head ? send_file(a, fd) : rc;
}

void answer_free(struct answer *a)
{
	buf_free(&a->headers);
	buf_free(&a->policy);
	if (a->file.open)
		close(a->file.fd);
	buf_free(&a->body);
}
