/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as Spotify's answers about a playlist, an album, a track and the
 * user's own playlists: lists whose tracks stand once and in order, or a
 * reason. The first line is the object, the rest a page. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "spotify/own.h"
#include "spotify/playlist.h"
#include "spotify/session.h"

/* In place of the session. */
struct session {
	const char *object, *page;
	size_t object_len, page_len;
	int requests;
};

long session_status(const struct session *s)
{
	return s->requests % 3 == 0 ? 403 : 404;
}

enum outcome session_get(struct session *s, const char *url,
    const struct session_sink *sink, struct error *error)
{
	must(strstr(url, "limit=50&offset=") != NULL);
	sink->on_restart(sink->ctx);
	/* An endless list would only take long. */
	if (++s->requests > 12)
		return error_set(error, SERVICE_FAILED, "no more");
	return sink->on_body(sink->ctx, s->page, s->page_len) == 0 ? DONE :
	    ITEM_FAILED;
}

enum outcome session_get_json(struct session *s, const char *url,
    struct json **out, struct error *error)
{
	(void)url;
	*out = ++s->requests > 12 ? NULL :
	    json_parse(s->object, s->object_len, NULL);
	return *out != NULL ? DONE : error_set(error, RUN_LATER, "no JSON");
}

static void is_sound(const struct track_list *l)
{
	struct map *met = map_new();
	unsigned last = 0;

	must(l->id != NULL && l->kind != NULL);
	for (size_t i = 0; i < l->tracks.count; i++) {
		const struct track *t = &l->tracks.items[i];

		must(t->title != NULL && t->key != NULL && !t->is_local);
		must(!map_has_str(met, t->key));
		must(t->position > last);
		last = t->position;
		map_put_str(met, t->key, met);
	}
	must((int64_t)last <= l->rows);
	must((int64_t)(l->tracks.count + track_list_skipped(l)) <= l->rows);
	map_free(met, NULL);
}

static void read_all(struct session *s)
{
	static const enum link_kind kinds[] = { LINK_PLAYLIST, LINK_ALBUM,
		LINK_TRACK };
	char id[] = "a/b?c";

	for (size_t i = 0; i < 3; i++) {
		const struct spotify_link link = { kinds[i], id };
		struct track_list l;
		struct error error = { .text = "" };
		bool unchanged;

		s->requests = 0;
		if (playlist_read(s, &link, "s", &l, &unchanged, &error) ==
		    DONE) {
			must(!unchanged || l.tracks.count == 0);
			is_sound(&l);
			track_list_free(&l);
		} else {
			must(error.text[0] != '\0');
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t len = end != NULL ? (size_t)(end - text) : size;
	struct session s = { .object = text, .object_len = len,
		.page = text + len, .page_len = size - len };
	struct own_playlists own;
	struct error error;

	read_all(&s);
	s.requests = 0;
	if (own_playlists_read(&s, &own, &error) == DONE)
		for (size_t i = 0; i < own.count; i++)
			must(*own.items[i].id != '\0');
	own_playlists_free(&own);
	return 0;
}
