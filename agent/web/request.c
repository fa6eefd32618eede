/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/request.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define MAX_DISCARDED (16 * 1024 * 1024)
#define DISCARD_MS 5000

static const char *variable(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return "";
}

/* No longer than a header needs, and nothing that could end a line of a log or
 * of the answer. */
static bool is_plain(const char *value)
{
	size_t len = strnlen(value, REQUEST_MAX_VALUE + 1);

	for (size_t i = 0; i < len;) {
		size_t n = utf8_printable(value + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return len <= REQUEST_MAX_VALUE;
}

/* Digits only: strtol would accept signs, spaces and hexadecimals. A longer
 * body than we can discard counts as one of that length. */
static int parse_length(const char *text, size_t *out)
{
	*out = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return 400;
		*out = *out * 10 + (size_t)(*p - '0');
		if (*out > MAX_DISCARDED)
			*out = MAX_DISCARDED;
	}
	return *out > REQUEST_MAX_BODY ? 413 : 0;
}

int request_parse(char *const *env, struct web_request *r,
    struct error *error)
{
	const struct {
		const char *name, **value;
	} values[] = {
		{ "REQUEST_METHOD", &r->method }, { "SCRIPT_NAME", &r->script },
		{ "PATH_INFO", &r->path }, { "QUERY_STRING", &r->query },
		{ "CONTENT_TYPE", &r->type }, { "HTTP_ACCEPT", &r->accept },
		{ "HTTP_RANGE", &r->range },
		{ "HTTP_AUTHORIZATION", &r->authorization },
		{ "HTTP_COOKIE", &r->cookie }, { "HTTP_HOST", &r->host },
		{ "HTTP_ORIGIN", &r->origin },
		{ "HTTP_SEC_FETCH_SITE", &r->fetch_site },
		{ "HTTP_IF_NONE_MATCH", &r->none_match },
		{ "REMOTE_USER", &r->user },
	};
	int status;

	*r = (struct web_request){ .length = 0 };
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		*values[i].value = variable(env, values[i].name);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (!is_plain(*values[i].value)) {
			error_set(error, ITEM_FAILED, "%s: too long, or not "
			    "printable", values[i].name);
			return 400;
		}
	if (*r->path != '\0' && *r->path != '/') {
		error_set(error, ITEM_FAILED, "PATH_INFO: it must begin with "
		    "a slash");
		return 400;
	}
	status = parse_length(variable(env, "CONTENT_LENGTH"), &r->length);
	if (status != 0)
		error_set(error, ITEM_FAILED, status == 413 ?
		    "the body is larger than 1 MB" :
		    "CONTENT_LENGTH: not a number");
	return status;
}

/* Reads at most size bytes before end. 0 with *got (0: no more will come), or
 * the status 408. */
static int read_some(int fd, char *to, size_t size, int64_t end, size_t *got)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	do {
		int64_t left = end - clock_mono_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return 408;
		n = read(fd, to, size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	*got = n > 0 ? (size_t)n : 0;
	return 0;
}

int request_read_body(int fd, int timeout_ms, struct web_request *r,
    struct error *error)
{
	int64_t end = clock_mono_ms() + timeout_ms;
	char chunk[16384];

	while (r->body.len < r->length) {
		size_t want = r->length - r->body.len, got;

		if (read_some(fd, chunk, want < sizeof(chunk) ? want :
		    sizeof(chunk), end, &got) != 0) {
			error_set(error, ITEM_FAILED, "the body took too long");
			return 408;
		}
		if (got == 0) {
			error_set(error, ITEM_FAILED, "the body is shorter "
			    "than it was announced");
			return 400;
		}
		buf_append(&r->body, chunk, got);
	}
	return 0;
}

void request_discard_body(int fd, const struct web_request *r)
{
	int64_t end = clock_mono_ms() + DISCARD_MS;
	size_t left = r->length - r->body.len, got = 1;
	char chunk[16384];

	while (left > 0 && got > 0 && read_some(fd, chunk, left <
	    sizeof(chunk) ? left : sizeof(chunk), end, &got) == 0)
		left -= got;
}

void request_free(struct web_request *r)
{
	buf_free(&r->body);
}

bool request_is_of_browser(const struct web_request *r)
{
	return strstr(r->accept, "text/html") != NULL;
}

bool request_has_type(const struct web_request *r, const char *type)
{
	size_t len = strlen(type);

	return strncasecmp(r->type, type, len) == 0 &&
	    strchr("; \t", r->type[len]) != NULL;
}
