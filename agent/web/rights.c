/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/rights.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/mem.h"

#define BEARER "Bearer "

enum right rights_of_token(const struct web_access *a, const char *token)
{
	if (a->token != NULL && secrets_equal(a->token, token))
		return RIGHT_CHANGE;
	if (a->read_token != NULL && secrets_equal(a->read_token, token))
		return RIGHT_READ;
	return RIGHT_NONE;
}

static const char *token_for(const struct web_access *a, enum right right)
{
	return right == RIGHT_CHANGE ? a->token :
	    right == RIGHT_READ ? a->read_token : NULL;
}

char *rights_make_cookie(const struct web_access *a, enum right right,
    int64_t expires)
{
	const char *token = token_for(a, right);
	char signature[2 * SHA256_LEN + 1];
	uint8_t mac[SHA256_LEN];
	char *text;

	if (token == NULL)
		return NULL;
	text = xasprintf("likesync-web cookie %d %lld", (int)right,
	    (long long)expires);
	hmac_sha256(token, text, mac);
	hex_encode(mac, sizeof(mac), signature);
	free(text);
	return xasprintf("%lld.%s", (long long)expires, signature);
}

/* The value is made again from its date, and compared. */
static enum right rights_of_cookie(const struct web_access *a,
    const char *value, int64_t now)
{
	long long expires = strtoll(value, NULL, 10);
	enum right found = RIGHT_NONE;

	for (enum right r = RIGHT_READ; r <= RIGHT_CHANGE; r++) {
		char *valid = rights_make_cookie(a, r, expires);

		if (valid != NULL && expires > now &&
		    secrets_equal(valid, value))
			found = r;
		free(valid);
	}
	return found;
}

/* Of several cookies of our name, set for other paths, each is tried. */
static enum right rights_of_cookies(const struct web_access *a,
    const char *cookies, int64_t now)
{
	static const char name[] = WEB_COOKIE "=";
	enum right found = RIGHT_NONE;

	while (*cookies != '\0' && found == RIGHT_NONE) {
		size_t len = strcspn(cookies, ";");

		if (len >= strlen(name) &&
		    strncmp(cookies, name, strlen(name)) == 0) {
			char *value = xstrndup(cookies + strlen(name),
			    len - strlen(name));

			found = rights_of_cookie(a, value, now);
			free(value);
		}
		cookies += len;
		cookies += strspn(cookies, "; ");
	}
	return found;
}

static bool has_bearer(const struct web_request *r)
{
	return strncasecmp(r->authorization, BEARER, strlen(BEARER)) == 0;
}

enum right rights_of_request(const struct web_access *a,
    const struct web_request *r, int64_t now)
{
	if (a->origin == NULL)
		return RIGHT_NONE;
	if (has_bearer(r))
		return rights_of_token(a, r->authorization + strlen(BEARER));
	if (a->server_login && *r->user != '\0')
		return RIGHT_CHANGE;
	return rights_of_cookies(a, r->cookie, now);
}

/* ---- origins ---- */

#define ORIGIN_MAX 512

/* scheme://host[:port] of an address, in lower case and without the scheme's
 * usual port. False if it is none, or too long. */
static bool normalize_origin(const char *address, char out[ORIGIN_MAX])
{
	const char *host = strstr(address, "://");
	bool secure = strncasecmp(address, "https:", 6) == 0;
	const char *port = secure ? ":443" : ":80";
	size_t len = host != NULL ? (size_t)(host + 3 - address) +
	    strcspn(host + 3, "/") : ORIGIN_MAX;

	if (len >= ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)address[i]);
	out[len] = '\0';
	if (str_ends_with(out, port))
		out[len - strlen(port)] = '\0';
	return true;
}

/* Without its port; an IPv6 address has colons too, in brackets. */
static void cut_port(char *origin)
{
	char *colon = strrchr(origin, ':');

	if (colon != NULL && colon[1] != '/' &&
	    strchr(colon, ']') == NULL)
		*colon = '\0';
}

bool rights_is_secure(const struct web_access *a)
{
	return strncasecmp(a->origin, "https:", 6) == 0;
}

bool rights_host_is_ours(const struct web_access *a,
    const struct web_request *r)
{
	char ours[ORIGIN_MAX], theirs[ORIGIN_MAX], portless[ORIGIN_MAX];
	bool is_address;
	char *asked;

	if (a->origin == NULL || *r->host == '\0' ||
	    strchr(r->host, '/') != NULL)
		return false;
	asked = xasprintf("http%s://%s", rights_is_secure(a) ? "s" : "",
	    r->host);
	is_address = normalize_origin(a->origin, ours) &&
	    normalize_origin(asked, theirs);
	free(asked);
	if (!is_address)
		return false;
	if (strcmp(ours, theirs) == 0)
		return true;
	memcpy(portless, theirs, sizeof(portless));
	cut_port(portless);
	cut_port(ours);
	return strcmp(portless, theirs) == 0 && strcmp(ours, theirs) == 0;
}

bool rights_same_origin(const struct web_access *a,
    const struct web_request *r, bool changes)
{
	char ours[ORIGIN_MAX], theirs[ORIGIN_MAX];

	if (a->origin == NULL)
		return false;
	if (*r->fetch_site != '\0' &&
	    strcmp(r->fetch_site, "same-origin") != 0 &&
	    strcmp(r->fetch_site, "none") != 0)
		return false;
	if (*r->origin != '\0')
		return normalize_origin(a->origin, ours) &&
		    normalize_origin(r->origin, theirs) &&
		    strcmp(ours, theirs) == 0;
	return *r->fetch_site != '\0' || has_bearer(r) || !changes;
}
