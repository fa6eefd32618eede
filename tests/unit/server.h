/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * server: a web server on 127.0.0.1 in a thread of the test, which answers
 * each request with the bytes that a function of the test gives.
 *
 *	server_start(&s, answer, ctx);	s.url is http://127.0.0.1:PORT
 *	...
 *	server_stop(&s);		then s.count requests are in s.seen
 *
 * One connection at a time, and one request on each.
 */
#ifndef SERVER_H
#define SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_MAX_SEEN 64
#define SERVER_MAX_REQUEST (256u << 10)

struct server {
	char url[64];
	char *seen[SERVER_MAX_SEEN];	/* requests: head and body */
	int count;
	/* Writes the answer to fd. Called in the server's thread with the
	 * number of this request from 0 and its text. */
	void (*answer)(void *ctx, int fd, int n, const char *request);
	void *ctx;
	int analyzer, stop[2];
	pthread_t thread;
};

static inline size_t server_body_length(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");

	return at != NULL ? strtoul(at + 17, NULL, 10) : 0;
}

/* Reads a request to its end; NULL if none came. */
static inline char *server_read(int fd)
{
	char *text = calloc(1, SERVER_MAX_REQUEST + 1), *end = NULL;
	size_t len = 0;

	while (end == NULL || len < (size_t)(end + 4 - text) +
	    server_body_length(text)) {
		ssize_t n = read(fd, text + len, SERVER_MAX_REQUEST - len);

		if (n <= 0) {
			free(text);
			return NULL;
		}
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
	}
	return text;
}

static inline void *server_run(void *self)
{
	struct server *s = self;
	struct pollfd wait[2] = { { .fd = s->analyzer, .events = POLLIN },
		{ .fd = s->stop[0], .events = POLLIN } };

	while (poll(wait, 2, -1) > 0 && wait[1].revents == 0) {
		int fd = accept(s->analyzer, NULL, NULL);
		char *request = fd >= 0 ? server_read(fd) : NULL;

		if (request != NULL && s->count < SERVER_MAX_SEEN) {
			s->seen[s->count] = request;
			s->answer(s->ctx, fd, s->count++, request);
		} else {
			free(request);
		}
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static inline void server_start(struct server *s, void (*answer)(void *ctx,
    int fd, int n, const char *request), void *ctx)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	s->answer = answer;
	s->ctx = ctx;
	s->analyzer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->analyzer < 0 || pipe(s->stop) != 0 ||
	    bind(s->analyzer, (struct sockaddr *)&a, len) != 0 ||
	    listen(s->analyzer, 16) != 0 ||
	    getsockname(s->analyzer, (struct sockaddr *)&a, &len) != 0 ||
	    pthread_create(&s->thread, NULL, server_run, s) != 0) {
		perror("server");
		abort();
	}
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d",
	    ntohs(a.sin_port));
}

/* Ends the thread; what was seen stays until server_free. */
static inline void server_stop(struct server *s)
{
	if (write(s->stop[1], "x", 1) != 1)
		abort();
	pthread_join(s->thread, NULL);
	close(s->analyzer);
	close(s->stop[0]);
	close(s->stop[1]);
}

static inline void server_free(struct server *s)
{
	for (int i = 0; i < s->count; i++)
		free(s->seen[i]);
	s->count = 0;
}

/* ---- for answers ---- */

static inline void server_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	/* The other side may have had enough. */
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

/* headers: whole lines with \r\n, or "". */
static inline void server_reply(int fd, int status, const char *headers,
    const char *body)
{
	char head[1024];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Status\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n%s\r\n", status,
	    strlen(body), headers);

	server_write(fd, head, (size_t)n);
	server_write(fd, body, strlen(body));
}

#endif
