/* SPDX-License-Identifier: GPL-3.0-or-later */
/* endpoints: the addresses that the web program answers, what each needs, and
 * how likesync's answers become those of HTTP. docs/api.md describes them. */
#ifndef WEB_ENDPOINTS_H
#define WEB_ENDPOINTS_H

#include "config/config.h"
#include "web/answer.h"
#include "web/request.h"
#include "web/rights.h"

struct web {
	const struct config *cfg;
	struct web_access access;
	struct web_request *request;	/* parsed; the body is not read */
	int body_fd;
	struct answer *answer;		/* filled by endpoints_answer */
};

/* Checks host, right, origin, address, method and type, in this order, reads
 * the body, and answers. A refused request starts no program. */
void endpoints_answer(struct web *w);

/* Is text an address that `likesync playlist` takes for a link and never for
 * the path of a file? */
bool endpoints_is_link(const char *text);

#endif
