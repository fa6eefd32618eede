/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/entries.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sources/source.h"

static bool is_web_link(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://", 7) == 0;
}

static bool is_live(const struct json *v)
{
	const char *status = json_get_string(v, "live_status");

	return status != NULL && (strcmp(status, "is_live") == 0 ||
	    strcmp(status, "is_upcoming") == 0);
}

/* A link is kept in records and can't be used with a part hidden. */
static bool has_secret(const char *url)
{
	char *copy = secret_hide_copy(url);
	bool has = strcmp(copy, url) != 0;

	free(copy);
	return has;
}

/* "artist", or the list that newer versions of yt-dlp print; NULL. Caller
 * frees. */
static char *artist_of(const struct json *v)
{
	const struct json *list = json_get(v, "artists");
	const char *artist = json_get_string(v, "artist");
	struct buf names = BUF_INIT;
	char *hidden;

	for (size_t i = 0; artist == NULL && i < json_count(list); i++) {
		const char *name = json_string(json_at(list, i));

		if (name != NULL)
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "",
			    name);
	}
	if (artist == NULL && names.len > 0)
		artist = buf_str(&names);
	hidden = secret_hide_copy(artist);
	buf_free(&names);
	return hidden;
}

static void take_entry(const char *line, size_t len, struct candidates *out)
{
	struct json *v = json_parse(line, len, NULL);
	const char *url = json_get_string(v, "url");
	const char *title = json_get_string(v, "title");
	const char *channel = json_get_string(v, "channel");
	struct candidate *c;

	/* Private entries have no title, broken ones no link. */
	if (url != NULL && title != NULL && is_web_link(url) && !is_live(v) &&
	    out->count < SOURCE_MAX_CANDIDATES && !has_secret(url)) {
		c = candidates_add(out);
		c->ref = xstrdup(url);
		c->title = secret_hide_copy(title);
		c->artist = artist_of(v);
		c->album = secret_hide_copy(json_get_string(v, "album"));
		c->channel = secret_hide_copy(channel != NULL ? channel :
		    json_get_string(v, "uploader"));
		c->duration_s = json_get_double(v, "duration", 0);
		c->views = json_get_int(v, "view_count", -1);
		c->verified = json_get_bool(v, "channel_is_verified", false);
	}
	json_free(v);
}

void ytdlp_take_entries(const struct buf *text, struct candidates *out)
{
	const char *line = buf_str(text), *end;

	while ((end = strchr(line, '\n')) != NULL) {
		if (end > line)
			take_entry(line, (size_t)(end - line), out);
		line = end + 1;
	}
}
