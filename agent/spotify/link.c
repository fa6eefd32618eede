/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

#define MAX_REDIRECTS 8
#define MAX_PAGE (256u << 10)	/* a page in place of a redirect */
#define TIMEOUT_MS 20000

static const char *const list_hosts[] = { "open.spotify.com",
	"play.spotify.com", "embed.spotify.com", NULL };
static const char *const short_hosts[] = { "spotify.link",
	"spotify.app.link", "spoti.fi", "link.tospotify.com", NULL };

static const struct {
	const char *name;
	enum link_kind kind;
} kinds[] = {
	{ "playlist", LINK_PLAYLIST }, { "album", LINK_ALBUM },
	{ "track", LINK_TRACK }, { "artist", LINK_OTHER },
	{ "episode", LINK_OTHER }, { "show", LINK_OTHER },
	{ "audiobook", LINK_OTHER }, { "chapter", LINK_OTHER },
	{ "concert", LINK_OTHER }, { "user", LINK_OTHER },
	{ "local", LINK_OTHER }, { "collection", LINK_OTHER },
	{ "search", LINK_OTHER }, { "genre", LINK_OTHER },
	{ "prerelease", LINK_OTHER },
};

const char *link_kind_name(enum link_kind k)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == k)
			return kinds[i].name;
	return k == LINK_SHORT ? "short link" : "no link";
}

void spotify_link_free(struct spotify_link *l)
{
	free(l->id);
	memset(l, 0, sizeof(*l));
}

char *spotify_link_url(const struct spotify_link *l)
{
	char *id = url_encode(l->id);
	char *url = xasprintf("https://open.spotify.com/%s/%s",
	    link_kind_name(l->kind), id);

	free(id);
	return url;
}

/* ---- parsing ---- */

/* A word of an address: from at, len bytes. */
struct word {
	const char *at;
	size_t len;
};

static bool is_word(const struct word *w, const char *text)
{
	return w->len == strlen(text) && strncasecmp(w->at, text, w->len) == 0;
}

/* The next word, which ends before one of ends; skips empty ones. */
static struct word next_word(const char **rest, const char *separator,
    const char *ends)
{
	struct word w;

	*rest += strspn(*rest, separator);
	w = (struct word){ *rest, strcspn(*rest, ends) };
	*rest += w.len;
	return w;
}

/* KIND and ID of an address whose words are parted by the separator. "user:U",
 * "embed" and "intl-de" may stand before. "." and ".." are no id: in the path
 * of a request they would lead to something else. */
static enum link_kind take_words(const char *rest, const char *separator,
    struct spotify_link *l)
{
	char ends[12] = "?#& \t\r\n";
	struct word kind, id;

	strcat(ends, separator);
	kind = next_word(&rest, separator, ends);
	while (is_word(&kind, "embed") || is_word(&kind, "embed-podcast") ||
	    (kind.len > 5 && strncasecmp(kind.at, "intl-", 5) == 0))
		kind = next_word(&rest, separator, ends);
	id = next_word(&rest, separator, ends);
	if (is_word(&kind, "user") && rest[strspn(rest, separator)] != '\0') {
		struct word list = next_word(&rest, separator, ends);

		if (is_word(&list, "playlist") ||
		    is_word(&list, "collection")) {
			kind = list;
			id = next_word(&rest, separator, ends);
		}
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!is_word(&kind, kinds[i].name))
			continue;
		if (kinds[i].kind == LINK_OTHER)
			l->id = xstrdup(kinds[i].name);
		else if (id.len > 0 && !is_word(&id, ".") &&
		    !is_word(&id, ".."))
			l->id = xstrndup(id.at, id.len);
		if (l->id != NULL)
			l->kind = kinds[i].kind;
	}
	return l->kind;
}

static bool is_among(const char *const *hosts, const struct word *host)
{
	for (; *hosts != NULL; hosts++)
		if (is_word(host, *hosts))
			return true;
	return false;
}

/* What follows the scheme of a web address; text itself if it has none. */
static const char *after_scheme(const char *text)
{
	return strncasecmp(text, "https://", 8) == 0 ? text + 8 :
	    strncasecmp(text, "http://", 7) == 0 ? text + 7 : text;
}

/* The host that an address without its scheme begins with. A port is accepted
 * where it is the usual one. */
static struct word host_of(const char *text)
{
	struct word host = { text, strcspn(text, "/?# ") };

	if (host.len > 4 && strncmp(host.at + host.len - 4, ":443", 4) == 0)
		host.len -= 4;
	return host;
}

enum link_kind spotify_link_parse(const char *text, struct spotify_link *l)
{
	const char *rest;
	struct word host;
	char *uri;

	memset(l, 0, sizeof(*l));
	text += strspn(text, " \t\r\n");
	if (strncasecmp(text, "spotify:", 8) == 0)
		return take_words(text + 8, ":", l);
	rest = after_scheme(text);
	host = host_of(rest);
	rest += strcspn(rest, "/?#");
	if (is_among(short_hosts, &host) && strlen(rest) > 1) {
		l->id = xasprintf("https://%.*s%.*s", (int)host.len, host.at,
		    (int)strcspn(rest, "# \t\r\n"), rest);
		return l->kind = LINK_SHORT;
	}
	if (!is_among(list_hosts, &host))
		return LINK_NONE;
	if (take_words(rest, "/", l) != LINK_NONE || strchr(rest, '?') == NULL)
		return l->kind;
	/* embed?uri=spotify:album:ID, of old pages. */
	uri = url_query_get(strchr(rest, '?') + 1, "uri");
	if (uri != NULL && strncasecmp(uri, "spotify:", 8) == 0)
		take_words(uri + 8, ":", l);
	free(uri);
	return l->kind;
}

bool spotify_link_is_address(const char *text)
{
	struct spotify_link l;
	bool is_link = spotify_link_parse(text, &l) != LINK_NONE;

	spotify_link_free(&l);
	return is_link || strstr(text, "://") != NULL ||
	    strncasecmp(text, "spotify:", 8) == 0;
}

/* ---- short links ---- */

/* The first address of a list in a page, such as Branch (app.link) sends
 * instead of a redirect. */
static bool find_in_page(const char *page, struct spotify_link *found)
{
	const char *at = page;

	while ((at = strstr(at, "https://open.spotify.com/")) != NULL) {
		char *address = xstrndup(at, strcspn(at, "\"'<> \\\r\n\t"));
		enum link_kind k = spotify_link_parse(address, found);

		free(address);
		if (k == LINK_PLAYLIST || k == LINK_ALBUM || k == LINK_TRACK)
			return true;
		spotify_link_free(found);
		at++;
	}
	return false;
}

/* Where the answer to l leads. */
static enum outcome take_answer(const struct spotify_link *l,
    const struct http_response *r, struct spotify_link *next,
    struct error *error)
{
	struct word host = { "", 0 };
	char *absolute = NULL;

	if (r->location != NULL && r->status >= 300 && r->status < 400) {
		if (r->location[0] == '/' && r->location[1] != '/')
			absolute = xasprintf("%.*s%s", (int)(8 +
			    strcspn(l->id + 8, "/")), l->id, r->location);
		spotify_link_parse(absolute != NULL ? absolute : r->location,
		    next);
		host = host_of(after_scheme(absolute != NULL ? absolute :
		    r->location));
		if (next->kind == LINK_NONE)
			error_set(error, ITEM_FAILED, "%s: leads to %.*s, "
			    "which is no playlist, album or track of Spotify",
			    l->id, host.len > 0 ? (int)host.len : 7,
			    host.len > 0 ? host.at : "nowhere");
		free(absolute);
		return next->kind == LINK_NONE ? ITEM_FAILED : DONE;
	}
	if (r->status == 200 && find_in_page(buf_str(&r->body), next))
		return DONE;
	if (r->status >= 500 || r->status == 429)
		return error_set(error, RUN_LATER, "%s: status %ld", l->id,
		    r->status);
	return error_set(error, ITEM_FAILED, "%s: leads to no playlist, album "
	    "or track (status %ld): open it in a browser and give the address "
	    "that it ends at", l->id, r->status);
}

enum outcome spotify_link_follow_by(struct spotify_link *l,
    link_request *request, void *ctx, struct error *error)
{
	enum outcome o = DONE;

	for (int i = 0; l->kind == LINK_SHORT && o == DONE; i++) {
		const struct http_request q = { .url = l->id,
			.max_body = MAX_PAGE, .timeout_ms = TIMEOUT_MS };
		struct http_response r = { .status = 0 };
		struct spotify_link next = { .kind = LINK_NONE };

		if (i == MAX_REDIRECTS)
			return error_set(error, ITEM_FAILED, "%s: redirects "
			    "more than %d times", l->id, MAX_REDIRECTS);
		o = request(ctx, &q, &r, error);
		if (o == DONE)
			o = take_answer(l, &r, &next, error);
		else if (o == SERVICE_FAILED)
			o = RUN_LATER;
		http_response_free(&r);
		if (o == DONE) {
			spotify_link_free(l);
			*l = next;
		} else {
			spotify_link_free(&next);
		}
	}
	return o;
}

static enum outcome perform(void *http, const struct http_request *q,
    struct http_response *r, struct error *error)
{
	return http_perform(http, q, r, error);
}

enum outcome spotify_link_follow(struct spotify_link *l, struct error *error)
{
	struct http *http = http_new();
	enum outcome o = spotify_link_follow_by(l, perform, http, error);

	http_free(http);
	return o;
}
