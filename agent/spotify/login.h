/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * login: asks the user for the authorization: Authorization Code with PKCE (RFC
 * 7636, S256) on a loopback redirect (RFC 8252). The user opens a URL; the
 * answer reaches a listener on 127.0.0.1 or, if the browser is on another
 * machine, is pasted as the URL that the browser was redirected to.
 */
#ifndef SPOTIFY_LOGIN_H
#define SPOTIFY_LOGIN_H

#include <stdbool.h>

#include "base/outcome.h"

struct config;

struct login {
	const struct config *cfg;
	bool listen;		/* else only a pasted URL is taken */
	int port;		/* to listen on; 0: any that is free */
	int paste_fd;		/* where a URL may be pasted; -1: nowhere */
	/* Shows the user what to open. */
	void (*on_url)(void *ctx, const char *url, bool listening);
	void *ctx;
};

/* Returns when the authorization is saved. RUN_AUTH: the user refused, or what
 * was pasted does not belong to this login; RUN_LATER: the service can't be
 * reached; RUN_CONFIG: no client_id; STOPPED. */
enum outcome login_run(const struct login *l, struct error *error);

#endif
