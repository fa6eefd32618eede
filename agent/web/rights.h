/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rights: who may do what over the web. Pure functions of a request and of what
 * the configuration allows.
 *
 * A client shows a token (Authorization: Bearer), or a cookie that it got for
 * the token, or the web server has asked its user for a password. A cookie is
 * a date of expiry, signed with the token: without the token nobody can make
 * one, and with another token none is valid any more.
 */
#ifndef WEB_RIGHTS_H
#define WEB_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "web/request.h"

#define WEB_COOKIE "likesync"
#define WEB_COOKIE_DAYS 30

enum right { RIGHT_NONE, RIGHT_READ, RIGHT_CHANGE };

struct web_access {
	const char *origin;		/* as configured, with or without a
					   path; NULL: nobody may */
	const char *token, *read_token;	/* NULL: none */
	bool server_login;		/* REMOTE_USER counts */
};

/* What a token allows. */
enum right rights_of_token(const struct web_access *a, const char *token);

/* What the request's sender may at the time now (Unix time). */
enum right rights_of_request(const struct web_access *a,
    const struct web_request *r, int64_t now);

/* The value of a cookie that allows as much until expires; NULL for
 * RIGHT_NONE. Caller frees. */
char *rights_make_cookie(const struct web_access *a, enum right right,
    int64_t expires);

/* Is the request for the configured host? A page that had its name point here
 * is of another. A host without a port counts with any, as Debian's
 * fastcgi_params passes it on so. */
bool rights_host_is_ours(const struct web_access *a,
    const struct web_request *r);

/* May the request be answered as far as the page that sent it is concerned? One
 * of another origin is refused. A request without Sec-Fetch-Site and Origin
 * comes from no browser, or is not to be told from one of another page: it is
 * accepted with a bearer token, which no page of others knows, and if it
 * changes nothing. */
bool rights_same_origin(const struct web_access *a,
    const struct web_request *r, bool changes);

/* Is the configured origin reached by https? */
bool rights_is_secure(const struct web_access *a);

#endif
