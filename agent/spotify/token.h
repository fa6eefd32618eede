/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token: requests to the accounts service. Private to spotify/. */
#ifndef SPOTIFY_TOKEN_H
#define SPOTIFY_TOKEN_H

#include "base/http.h"
#include "base/outcome.h"

struct config;
struct json;

/* POSTs form to accounts_url/api/token by send. DONE: *answer holds an
 * access_token; the caller frees it. RUN_AUTH, RUN_CONFIG, RUN_LATER with
 * error, as the service answered. */
enum outcome token_request(const struct config *cfg, const char *form,
    enum outcome (*send)(void *ctx, const struct http_request *q,
    struct http_response *r, struct error *error), void *ctx,
    struct json **answer, struct error *error);

#endif
