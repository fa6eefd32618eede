/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/http.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/state.h"
#include "spotify/authorization.h"
#include "spotify/token.h"

#define TIMEOUT_MS 60000
#define MAX_BODY (8u << 20)	/* a page of 50 entries is 150 KB */
#define GAP_MS 1000		/* between requests */
#define SHORT_WAIT_S 60		/* the longest Retry-After that is waited for */
#define MAX_WAITS 2		/* a session; one after a 429 without a time */
#define DEFAULT_WAIT_S 30	/* after a 429 without a time */
#define DEFAULT_LATER_S (30 * 60)	/* after a second one */
#define MARGIN_S 60		/* added to a stored Retry-After */
#define MAX_NOT_BEFORE_S (48 * 3600)	/* a longer one is a mistake */
#define MAX_TRIES 4		/* failed ones; waits are limited by
				   MAX_WAITS */
#define FIRST_PAUSE_MS 1000	/* doubled each time, with jitter */
#define LOCK_WAIT_MS 30000	/* for another process that refreshes */
#define LOOPBACK_SPEED 20	/* pauses are shorter for a service on this
				   machine */

struct session {
	const struct config *cfg;
	struct http *http;
	char *access_token;	/* secret; NULL: none yet */
	unsigned requests;
	long status;		/* of session_get's last answer; 0 */
	int64_t last_ms;	/* monotonic, of the last request */
	bool on_loopback;
	int waits;		/* for a Retry-After, in this session */
};

struct session *session_new(const struct config *cfg)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->cfg = cfg;
	s->http = http_new();
	s->on_loopback = strncmp(cfg->spotify.api_url, "http://", 7) == 0;
	return s;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	secret_free(s->access_token);
	http_free(s->http);
	free(s);
}

unsigned session_requests(const struct session *s)
{
	return s->requests;
}

long session_status(const struct session *s)
{
	return s->status;
}

/* ---- not before ---- */

int64_t session_not_before(const struct config *cfg)
{
	char *path = path_join(cfg->state.dir, STATE_SERVICE);
	struct json *v = json_read(path, 4096);
	int64_t t = json_get_int(v, "not_before", 0);

	/* Written while the clock was ahead. Twice the longest wait, so that a
	 * clock that is set back a little ends none. */
	if (t > clock_wall() + 2 * MAX_NOT_BEFORE_S)
		t = 0;
	json_free(v);
	free(path);
	return t > clock_wall() ? t : 0;
}

static enum outcome tell_wait(int64_t until, struct error *error)
{
	char wait[32];

	duration_to_text(until - clock_wall(), wait, sizeof(wait));
	return error_set(error, RUN_LATER, "spotify: rate limited; the next "
	    "request is in %s", wait);
}

static enum outcome put_off(struct session *s, int64_t seconds,
    struct error *error)
{
	char *path = path_join(s->cfg->state.dir, STATE_SERVICE);
	int64_t until;
	char *text;

	seconds += MARGIN_S;
	if (seconds > MAX_NOT_BEFORE_S)
		seconds = MAX_NOT_BEFORE_S;
	until = clock_wall() + seconds;
	text = xasprintf("{\"not_before\":%lld}\n", (long long)until);
	if (file_write(path, text, strlen(text), 0600) != 0)
		log_warning("%s: %s", path, strerror(errno));
	free(text);
	free(path);
	return tell_wait(until, error);
}

/* ---- one request ---- */

static int pause_ms(struct session *s, int64_t ms)
{
	return clock_sleep_ms(s->on_loopback ? ms / LOOPBACK_SPEED : ms);
}

/* Keeps the gap between requests, and counts them. */
static enum outcome request_once(struct session *s,
    const struct http_request *q, struct http_response *r,
    struct error *error)
{
	int64_t gap = s->on_loopback ? 0 : GAP_MS;
	int64_t wait = s->last_ms + gap - clock_mono_ms();

	if (s->requests > 0 && wait > 0 && clock_sleep_ms(wait) != 0)
		return error_set(error, STOPPED, "the run ended");
	s->requests++;
	s->last_ms = clock_mono_ms();
	return http_perform(s->http, q, r, error);
}

/* After a 429: DONE if the wait was short and is over. */
static enum outcome wait_as_told(struct session *s, int64_t retry_after,
    struct error *error)
{
	bool named = retry_after > 0;
	int64_t wait = named ? retry_after : DEFAULT_WAIT_S;

	if (wait > SHORT_WAIT_S)
		return put_off(s, wait, error);
	if (s->waits++ >= (named ? MAX_WAITS : 1))
		return put_off(s, named ? wait : DEFAULT_LATER_S, error);
	log_info("spotify: rate limited; waiting %lld s", (long long)wait);
	if (pause_ms(s, wait * 1000) != 0)
		return error_set(error, STOPPED, "the run ended");
	return DONE;
}

/* Requests until there is an answer: retries after transient failures, waits
 * when told to. Both are counted apart, so that both limits hold in whatever
 * order they come. */
static enum outcome request_with_retries(struct session *s,
    const struct http_request *q, struct http_response *r,
    void (*restart)(void *ctx), struct error *error)
{
	int64_t pause = FIRST_PAUSE_MS;
	enum outcome o = DONE;
	int failures = 0;

	for (;;) {
		if (restart != NULL)
			restart(q->ctx);
		o = request_once(s, q, r, error);
		if (o == DONE && r->status == 429) {
			o = wait_as_told(s, r->retry_after, error);
			http_response_free(r);
			if (o != DONE)
				return o;
			continue;
		}
		if (o == ITEM_FAILED || o == STOPPED ||
		    (o == DONE && r->status < 500))
			return o;
		if (o == DONE)
			error_set(error, SERVICE_FAILED, "spotify: answers "
			    "with status %ld", r->status);
		http_response_free(r);
		if (++failures >= MAX_TRIES)
			return RUN_LATER;
		if (pause_ms(s, pause + random_below((uint32_t)pause)) != 0)
			return error_set(error, STOPPED, "the run ended");
		pause *= 2;
	}
}

/* ---- refreshing ---- */

/* The errors are those of RFC 6749. Any other answer counts as transient: only
 * the user can renew an authorization that is given up. */
static enum outcome check_token_answer(const struct json *answer, long status,
    struct error *error)
{
	const char *token = json_get_string(answer, "access_token");
	const char *code = json_get_string(answer, "error");
	char *text;
	enum outcome o;

	if (status == 200 && token != NULL && *token != '\0')
		return DONE;
	text = secret_hide_copy(json_get_string(answer, "error_description"));
	if (code != NULL && strcmp(code, "invalid_grant") == 0)
		o = error_set(error, RUN_AUTH, "spotify: the authorization "
		    "ended (%.100s): run `likesync auth login`",
		    text != NULL ? text : code);
	else if (code != NULL && strcmp(code, "invalid_client") == 0)
		o = error_set(error, RUN_CONFIG, "spotify: does not know this "
		    "app: check [spotify] client_id and client_secret_file");
	else
		o = error_set(error, RUN_LATER, "spotify: the token could not "
		    "be refreshed (status %ld)", status);
	free(text);
	return o;
}

enum outcome token_request(const struct config *cfg, const char *form,
    enum outcome (*send)(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error), void *ctx,
    struct json **answer, struct error *error)
{
	char *url, *secret, *basic = NULL;
	struct http_request q = { .form = form, .max_body = MAX_BODY,
		.timeout_ms = TIMEOUT_MS };
	struct http_response r = { .status = 0 };
	enum outcome o;

	*answer = NULL;
	if (cfg->spotify.client_secret_file != NULL) {
		secret = secret_read(cfg->spotify.client_secret_file,
		    "[spotify] client_secret_file", error);
		if (secret == NULL)
			return RUN_CONFIG;
		q.basic = basic = xasprintf("%s:%s", cfg->spotify.client_id,
		    secret);
		secret_free(secret);
	}
	q.url = url = xasprintf("%s/api/token", cfg->spotify.accounts_url);
	o = send(ctx, &q, &r, error);
	if (o == DONE) {
		*answer = json_parse(buf_str(&r.body), r.body.len, NULL);
		secret_add(json_get_string(*answer, "access_token"));
		secret_add(json_get_string(*answer, "refresh_token"));
		o = check_token_answer(*answer, r.status, error);
	}
	secret_free_buf(&r.body);
	http_response_free(&r);
	secret_free(basic);
	free(url);
	return o;
}

static enum outcome send_with_retries(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	return request_with_retries(ctx, q, r, NULL, error);
}

/* With PKCE the form names the app. */
static char *refresh_form(const struct config *cfg,
    const struct authorization *g)
{
	bool pkce = cfg->spotify.client_secret_file == NULL;
	char *token = url_encode(g->refresh_token);
	char *id = url_encode(pkce ? cfg->spotify.client_id : "");
	char *form = xasprintf("grant_type=refresh_token&refresh_token=%s%s%s",
	    token, pkce ? "&client_id=" : "", id);

	secret_free(token);
	free(id);
	return form;
}

/* Has the user logged in again since g was loaded? A login takes no lock, and
 * its authorization must not be replaced or set aside. */
static bool was_replaced(const char *file, const struct authorization *g)
{
	struct authorization now;
	bool replaced;

	if (authorization_load(file, &now, NULL) != DONE)
		return false;
	replaced = strcmp(now.refresh_token, g->refresh_token) != 0;
	authorization_free(&now);
	return replaced;
}

/* A rotated token is on the disk before the access token that came with it is
 * used. */
static enum outcome take_token(struct session *s, struct authorization *g,
    const struct json *answer, struct error *error)
{
	const char *rotated = json_get_string(answer, "refresh_token");
	const char *file = s->cfg->spotify.token_file;

	if (rotated != NULL && *rotated != '\0' &&
	    strcmp(rotated, g->refresh_token) != 0 && !was_replaced(file, g)) {
		str_replace(&g->refresh_token, rotated);
		if (authorization_save(file, g, error) != DONE)
			return RUN_FAILED;
		log_debug("spotify: the refresh token was rotated");
	}
	secret_free(s->access_token);
	s->access_token = xstrdup(json_get_string(answer, "access_token"));
	return DONE;
}

static enum outcome refresh_locked(struct session *s, struct error *error)
{
	const char *file = s->cfg->spotify.token_file;
	struct json *answer = NULL;
	struct authorization g;
	enum outcome o = authorization_load(file, &g, error);
	char *form;

	if (o != DONE)
		return o;
	form = refresh_form(s->cfg, &g);
	o = token_request(s->cfg, form, send_with_retries, s, &answer, error);
	if (o == RUN_AUTH && was_replaced(file, &g))
		o = error_set(error, RUN_LATER, "spotify: the user logged in "
		    "meanwhile; the next run uses that");
	else if (o == RUN_AUTH && authorization_retire(file, NULL) != DONE)
		log_warning("%s: can't be set aside", file);
	if (o == DONE)
		o = take_token(s, &g, answer, error);
	secret_free(form);
	json_free(answer);
	authorization_free(&g);
	return o;
}

enum outcome session_refresh(struct session *s, struct error *error)
{
	int64_t until = session_not_before(s->cfg);
	char *path;
	enum outcome o;
	int lock;

	if (until > 0)
		return tell_wait(until, error);
	if (s->cfg->spotify.client_id == NULL)
		return error_set(error, RUN_CONFIG, "[spotify] client_id is "
		    "not set: make an app at Spotify's developer pages, or set "
		    "liked to an export file");
	path = path_join(s->cfg->state.dir, STATE_TOKEN_LOCK);
	lock = file_lock(path, LOCK_WAIT_MS, NULL);
	if (lock >= 0)
		o = refresh_locked(s, error);
	else if (errno == EWOULDBLOCK)
		o = error_set(error, RUN_LATER, "%s: another process holds the "
		    "token", path);
	else
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	if (lock >= 0)
		close(lock);
	free(path);
	return o;
}

/* ---- getting ---- */

static enum outcome explain_status(const struct session *s,
    const struct http_response *r, struct error *error)
{
	struct json *v = json_parse(buf_str(&r->body), r->body.len, NULL);
	const char *said = json_get_string(json_get(v, "error"), "message");
	/* Some refusals are plain text. */
	char *text = secret_hide_copy(said != NULL ? said :
	    buf_str(&r->body));
	bool premium;
	enum outcome o;

	premium = strcasestr(text, "premium") != NULL;
	if (r->status == 403 && premium && s->cfg->fetch.require_premium)
		o = error_set(error, RUN_AUTH, "spotify: %.200s", text);
	else if (r->status == 403 && strcasestr(text, "registered") != NULL)
		o = error_set(error, RUN_ACT, "spotify: %.200s: add the "
		    "account to the app's users at "
		    "https://developer.spotify.com/dashboard", text);
	else if (r->status == 401 || r->status == 403)
		o = error_set(error, RUN_LATER, "spotify: refuses (%ld): "
		    "%.200s", r->status, text);
	else
		o = error_set(error, SERVICE_FAILED, "spotify: status %ld: "
		    "%.200s", r->status, text);
	free(text);
	json_free(v);
	return o;
}

enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error)
{
	char *full = strstr(url, "://") != NULL ? xstrdup(url) :
	    xasprintf("%s/%s", s->cfg->spotify.api_url, url);
	struct http_response r = { .status = 0 };
	int64_t until = session_not_before(s->cfg);
	enum outcome o = until > 0 ? tell_wait(until, error) : DONE;

	for (int refreshed = 0; o == DONE; refreshed++) {
		struct http_request q = { .url = full,
			.bearer = s->access_token, .max_body = MAX_BODY,
			.timeout_ms = TIMEOUT_MS, .on_body = sink->on_body,
			.ctx = sink->ctx };

		o = request_with_retries(s, &q, &r, sink->on_restart, error);
		if (o != DONE || r.status != 401 || refreshed > 0)
			break;
		http_response_free(&r);
		o = session_refresh(s, error);
	}
	s->status = o == DONE ? r.status : 0;
	if (o == DONE && r.status != 200)
		o = explain_status(s, &r, error);
	http_response_free(&r);
	free(full);
	return o;
}

static int collect(void *ctx, const char *data, size_t len)
{
	buf_append(ctx, data, len);
	return 0;
}

static void start_over(void *ctx)
{
	buf_clear(ctx);
}

enum outcome session_get_json(struct session *s, const char *url,
    struct json **out, struct error *error)
{
	struct buf text = BUF_INIT;
	const struct session_sink sink = { collect, start_over, &text };
	enum outcome o = session_get(s, url, &sink, error);
	struct error fault = { .text = "it is no object" };

	*out = o == DONE ? json_parse(buf_str(&text), text.len, &fault) : NULL;
	if (o == DONE && json_type(*out) != JSON_OBJECT) {
		o = error_set(error, RUN_LATER, "spotify: %s: unexpected "
		    "answer: %s", url, fault.text);
		json_free(*out);
		*out = NULL;
	}
	buf_free(&text);
	return o;
}
