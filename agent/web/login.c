/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "web/pages.h"

void login_show(struct web *w)
{
	pages_login(w, 200, NULL);
}

/* The path covers this program only; script is "" at the root. */
static void set_cookie(struct web *w, const char *value, int days)
{
	const char *script = w->request->script;

	answer_header(w->answer, "Set-Cookie: " WEB_COOKIE "=%s; Path=%s; "
	    "Max-Age=%d; HttpOnly; SameSite=Strict%s", value,
	    *script != '\0' && strpbrk(script, "; ,") == NULL ? script : "/",
	    days * 86400, rights_is_secure(&w->access) ? "; Secure" : "");
	answer_text(w->answer, 303, NULL, "", 0);
}

void login_begin(struct web *w)
{
	char *token = url_query_get(buf_str(&w->request->body), "token");
	enum right right = token != NULL ? rights_of_token(&w->access, token) :
	    RIGHT_NONE;
	char *cookie = rights_make_cookie(&w->access, right, clock_wall() +
	    WEB_COOKIE_DAYS * 86400);

	if (cookie != NULL) {
		set_cookie(w, cookie, WEB_COOKIE_DAYS);
		answer_header(w->answer, "Location: ./");
	} else if (request_is_of_browser(w->request)) {
		pages_login(w, 401, "This is not the token.");
	} else {
		answer_problem(w->answer, 401, "this is not the token");
	}
	if (w->answer->status == 401)
		answer_header(w->answer, "WWW-Authenticate: Bearer");
	free(cookie);
	free(token);
}

void login_end(struct web *w)
{
	set_cookie(w, "", 0);
	answer_header(w->answer, "Location: login");
}
