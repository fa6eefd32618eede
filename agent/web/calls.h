/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calls: how an answer is made of what likesync prints. Each function starts
 * likesync once; where that fails, the failure is the answer, in the words of
 * likesync and with the status of HTTP that fits. */
#ifndef WEB_CALLS_H
#define WEB_CALLS_H

#include <stdbool.h>

#include "config/config.h"
#include "web/answer.h"
#include "web/request.h"
#include "web/rights.h"

struct json;

struct web {
	const struct config *cfg;
	struct web_access access;
	struct web_request *request;	/* parsed; the body is not read */
	int body_fd;
	enum right right;		/* of the sender; set before an
					   endpoint answers */
	struct answer *answer;		/* filled by endpoints_answer */
};

/* Runs `likesync -q ARGS` (NULL-ended) with input (may be NULL) to its end. The
 * object that it prints, which the caller frees; NULL after an answer. */
struct json *call_likesync(struct web *w, const char *const *args,
    const char *input);
/* Answers 200 with what it prints. False: it failed, and that is answered. */
bool call_pass_on(struct web *w, const char *const *args, const char *type);

/* Answers with v, and frees it. NULL: there is an answer already. */
void call_answer(struct web *w, int status, struct json *v);

#endif
