/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "base/hash.h"
#include "base/http.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/stop.h"
#include "spotify/authorization.h"
#include "spotify/token.h"

#define SCOPE "user-library-read playlist-read-private " \
	"playlist-read-collaborative"
#define VERIFIER_BYTES 48	/* 64 characters; RFC 7636 wants 43 to 128 */
#define STATE_BYTES 16
#define MAX_REQUEST 8192	/* only the first line is used */
#define CLIENT_MS 5000		/* for a browser's request */

/* The secrets of one login, and its result. */
struct attempt {
	const struct login *l;
	char *verifier, *state, *redirect;
	char *code;		/* once a valid one was received */
	int listener;		/* -1: none */
	int paste_fd;		/* -1: none, or at its end */
	struct error *error;
};

static char *random_text(size_t bytes)
{
	uint8_t raw[64];

	random_bytes(raw, bytes);
	return base64url(raw, bytes);
}

/* On 127.0.0.1 only; sets *port to the port that it got. */
static int open_listener(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	/* Non-blocking: a browser may disconnect between poll and accept. */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static char *authorize_url(const struct attempt *a)
{
	char *id = url_encode(a->l->cfg->spotify.client_id);
	char *redirect = url_encode(a->redirect), *scope = url_encode(SCOPE);
	uint8_t digest[SHA256_LEN];
	char *challenge, *url;

	sha256_of(a->verifier, strlen(a->verifier), digest);
	challenge = base64url(digest, sizeof(digest));
	url = xasprintf("%s/authorize?client_id=%s&response_type=code"
	    "&redirect_uri=%s&state=%s&scope=%s&code_challenge_method=S256"
	    "&code_challenge=%s", a->l->cfg->spotify.accounts_url, id,
	    redirect, a->state, scope, challenge);
	free(id);
	free(redirect);
	free(scope);
	free(challenge);
	return url;
}

/* ---- the redirect ---- */

/* Reads the redirect's query. DONE: it has our code; ITEM_FAILED: it belongs to
 * another login; RUN_AUTH: the user refused. */
static enum outcome take_answer(struct attempt *a, const char *url)
{
	const char *mark = strchr(url, '?');
	const char *query = mark != NULL ? mark + 1 : url;
	char *state = url_query_get(query, "state");
	char *code = url_query_get(query, "code");
	char *refusal = url_query_get(query, "error");
	enum outcome o = DONE;

	secret_add(code);
	if (state == NULL || strcmp(state, a->state) != 0)
		o = error_set(a->error, ITEM_FAILED, "that address does "
		    "not belong to this login");
	else if (refusal != NULL)
		o = error_set(a->error, RUN_AUTH, "spotify: the login was "
		    "refused: %s", refusal);
	else if (code == NULL || *code == '\0')
		o = error_set(a->error, ITEM_FAILED, "that address contains no "
		    "code");
	if (o == DONE) {
		a->code = code;
		code = NULL;
	}
	free(state);
	free(code);
	free(refusal);
	return o;
}

static void reply(int fd, const char *status, const char *text)
{
	char *page = xasprintf("HTTP/1.1 %s\r\nContent-Type: text/html; "
	    "charset=utf-8\r\nConnection: close\r\n\r\n<!doctype html>"
	    "<title>likesync</title><p>%s</p>\n", status, text);

	if (send(fd, page, strlen(page), MSG_NOSIGNAL) < 0)
		errno = 0;	/* the browser has disconnected */
	free(page);
}

/* Reads a browser's request line; false if none arrives in time. */
static bool read_request(int fd, char *line, size_t size)
{
	int64_t ends = clock_mono_ms() + CLIENT_MS;
	size_t len = 0;

	while (len + 1 < size && memchr(line, '\n', len) == NULL) {
		struct pollfd p = { fd, POLLIN, 0 };
		int64_t left = ends - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		n = recv(fd, line + len, size - len - 1, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	line[len] = '\0';
	return true;
}

static enum outcome serve_browser(struct attempt *a)
{
	int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
	char line[MAX_REQUEST];
	enum outcome o = ITEM_FAILED;

	if (fd < 0)
		return ITEM_FAILED;
	if (!read_request(fd, line, sizeof(line))) {
		close(fd);
		return ITEM_FAILED;
	}
	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "GET /callback?", 14) != 0) {
		reply(fd, "404 Not Found", "Nothing here.");
	} else {
		line[4 + strcspn(line + 4, " ")] = '\0';
		o = take_answer(a, line + 4);
		reply(fd, o == DONE ? "200 OK" : "400 Bad Request",
		    o == DONE ? "likesync is authorized. You can close this "
		    "page." : "This does not belong to the login in progress.");
	}
	close(fd);
	return o;
}

/* The end of the input is no refusal while a browser may still connect: stdin
 * is /dev/null where there is no terminal. */
static enum outcome read_pasted(struct attempt *a)
{
	char line[MAX_REQUEST];
	ssize_t n = read(a->paste_fd, line, sizeof(line) - 1);
	enum outcome o;

	if (n <= 0) {
		a->paste_fd = -1;
		return error_set(a->error, a->listener < 0 ? RUN_AUTH :
		    ITEM_FAILED, "nothing was pasted");
	}
	line[n] = '\0';
	/* Some browsers show a fragment, "#_=_", after the query. */
	line[strcspn(line, "#\r\n")] = '\0';
	o = take_answer(a, line);
	if (o == ITEM_FAILED && a->listener < 0)
		return error_set(a->error, RUN_AUTH, "that address does "
		    "not belong to this login: run it again and paste the "
		    "whole address");
	if (o == ITEM_FAILED)
		log_warning("%s", a->error->text);
	return o;
}

/* Whichever comes first: a browser on this machine, or an address that is
 * pasted from another machine's. */
static enum outcome await_answer(struct attempt *a)
{
	for (;;) {
		struct pollfd p[] = { { a->listener, POLLIN, 0 },
			{ a->paste_fd, POLLIN, 0 },
			{ stop_fd(), POLLIN, 0 } };
		enum outcome o = ITEM_FAILED;

		if (poll(p, 3, stop_remaining_ms(60000)) < 0 &&
		    errno != EINTR)
			return error_set(a->error, RUN_FAILED, "poll: %s",
			    strerror(errno));
		if (stop_requested())
			return error_set(a->error, STOPPED, "the login was "
			    "cancelled");
		if (p[0].revents & POLLIN)
			o = serve_browser(a);
		else if (p[1].revents != 0)
			o = read_pasted(a);
		/* Ignore what does not belong to this login. */
		if (o != ITEM_FAILED)
			return o;
	}
}

/* ---- the token ---- */

static enum outcome send_once(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	enum outcome o = http_perform(ctx, q, r, error);

	return o == SERVICE_FAILED ? RUN_LATER : o;
}

static enum outcome exchange(struct attempt *a)
{
	const struct config *cfg = a->l->cfg;
	struct http *http = http_new();
	struct authorization g = { .authorized_at = clock_wall() };
	char *code = url_encode(a->code), *redirect = url_encode(a->redirect);
	char *id = url_encode(cfg->spotify.client_id);
	char *form = xasprintf("grant_type=authorization_code&code=%s"
	    "&redirect_uri=%s&client_id=%s&code_verifier=%s", code, redirect,
	    id, a->verifier);
	struct json *answer = NULL;
	enum outcome o = token_request(cfg, form, send_once, http, &answer,
	    a->error);

	g.refresh_token = xstrdup(json_get_string(answer, "refresh_token"));
	g.client_id = xstrdup(cfg->spotify.client_id);
	if (o == DONE && (g.refresh_token == NULL ||
	    *g.refresh_token == '\0'))
		o = error_set(a->error, RUN_AUTH, "spotify: sent no refresh "
		    "token");
	if (o == DONE)
		o = authorization_save(cfg->spotify.token_file, &g, a->error);
	authorization_free(&g);
	json_free(answer);
	free(form);
	free(id);
	free(code);
	free(redirect);
	http_free(http);
	return o;
}

enum outcome login_run(const struct login *l, struct error *error)
{
	struct attempt a = { .l = l, .listener = -1,
		.paste_fd = l->paste_fd, .error = error };
	int port = l->port;
	enum outcome o = DONE;
	char *url;

	if (l->cfg->spotify.client_id == NULL)
		return error_set(error, RUN_CONFIG, "[spotify] client_id is "
		    "not set: make an app at Spotify's developer pages");
	if (l->listen) {
		a.listener = open_listener(&port);
		if (a.listener < 0)
			return error_set(error, RUN_FAILED, "127.0.0.1 port "
			    "%d: %s", port, strerror(errno));
		a.redirect = xasprintf("http://127.0.0.1:%d/callback", port);
	} else {
		a.redirect = xstrdup("http://127.0.0.1/callback");
	}
	a.verifier = random_text(VERIFIER_BYTES);
	secret_add(a.verifier);
	a.state = random_text(STATE_BYTES);
	url = authorize_url(&a);
	l->on_url(l->ctx, url, l->listen);
	o = await_answer(&a);
	if (o == DONE)
		o = exchange(&a);
	if (a.listener >= 0)
		close(a.listener);
	free(url);
	free(a.redirect);
	free(a.verifier);
	free(a.state);
	free(a.code);
	return o;
}
