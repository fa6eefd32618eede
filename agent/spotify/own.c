/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/own.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/secret.h"
#include "spotify/session.h"

#define PAGE 50
#define MAX_PAGES 240		/* 12,000; Spotify allows about 11,000 */

void own_playlists_free(struct own_playlists *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].id);
		free(l->items[i].name);
		free(l->items[i].snapshot);
	}
	free(l->items);
	memset(l, 0, sizeof(*l));
}

/* Older answers call the entries tracks. */
static int64_t count_of(const struct json *v)
{
	const struct json *entries = json_get(v, "items");

	if (entries == NULL)
		entries = json_get(v, "tracks");
	return json_get_int(entries, "total", -1);
}

static void take(struct own_playlists *out, struct map *met,
    const struct json *v, const char *user)
{
	const char *owner = json_get_string(json_get(v, "owner"), "id");
	const char *id = json_get_string(v, "id");
	bool own = owner != NULL && strcmp(owner, user) == 0;
	struct own_playlist *p;

	/* Pages shift when a playlist is added meanwhile. */
	if (id == NULL || *id == '\0' || map_has_str(met, id) ||
	    (!own && !json_get_bool(v, "collaborative", false)))
		return;
	map_put_str(met, id, out);
	out->items = grow(out->items, &out->cap, out->count,
	    sizeof(*out->items));
	p = &out->items[out->count++];
	p->id = xstrdup(id);
	p->name = secret_hide_copy(json_get_string(v, "name"));
	p->snapshot = xstrdup(json_get_string(v, "snapshot_id"));
	p->tracks = count_of(v);
}

/* Takes one page; *next: the offset of the next one, -1 at the end. */
static enum outcome take_page(struct session *s, const char *user,
    struct own_playlists *out, struct map *met, int64_t *next,
    struct error *error)
{
	const struct json *items;
	struct json *v;
	enum outcome o;
	char url[80];

	snprintf(url, sizeof(url), "me/playlists?limit=%d&offset=%lld", PAGE,
	    (long long)*next);
	o = session_get_json(s, url, &v, error);
	if (o != DONE)
		return o;
	items = json_get(v, "items");
	for (size_t i = 0; i < json_count(items); i++)
		take(out, met, json_at(items, i), user);
	*next += (int64_t)json_count(items);
	if (json_type(items) != JSON_ARRAY)
		o = error_set(error, RUN_LATER, "spotify: %s: the answer has "
		    "no playlists", url);
	else if (json_count(items) == 0 &&
	    *next < json_get_int(v, "total", 0))
		o = error_set(error, RUN_LATER, "spotify: %s: the answer is "
		    "not complete", url);
	else if (*next >= json_get_int(v, "total", 0))
		*next = -1;
	json_free(v);
	return o;
}

enum outcome own_playlists_read(struct session *s, struct own_playlists *out,
    struct error *error)
{
	struct map *met = map_new();
	struct json *me;
	const char *user;
	int64_t next = 0;
	enum outcome o = session_get_json(s, "me", &me, error);

	memset(out, 0, sizeof(*out));
	user = json_get_string(me, "id");
	if (o == DONE && user == NULL)
		o = error_set(error, RUN_LATER, "spotify: me: the answer has "
		    "no id");
	for (int n = 0; n < MAX_PAGES && o == DONE && next >= 0; n++)
		o = take_page(s, user, out, met, &next, error);
	json_free(me);
	map_free(met, NULL);
	if (o != DONE)
		own_playlists_free(out);
	return o;
}
