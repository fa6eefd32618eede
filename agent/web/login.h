/* SPDX-License-Identifier: GPL-3.0-or-later */
/* login: a form exchanges a token for a cookie, and another ends it. */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include "web/calls.h"

void login_show(struct web *w);		/* GET /login */
void login_begin(struct web *w);	/* POST /login */
void login_end(struct web *w);		/* POST /logout */

#endif
