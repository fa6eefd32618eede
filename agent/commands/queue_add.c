/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue add: a job of tracks that another program names by artist and title,
 * and by Spotify's id. What it leaves out (length, album, ISRC) is looked up:
 * in the index, which has the tracks of playlists that were compared, then at
 * Spotify.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "commands/playlist_job.h"
#include "commands/queue.h"
#include "commands/state_reader.h"
#include "index/lists.h"
#include "spotify/link.h"
#include "spotify/playlist.h"
#include "spotify/session.h"
#include "types/track_list.h"

#define MAX_INPUT (4 * 1024 * 1024)
#define MAX_NAME 1000		/* bytes of an artist or a title */
#define MAX_LOOKUP_MS 20000	/* at Spotify, which answers once a second */
#define MAX_BY 32

/* ---- the input ---- */

static bool read_input(struct buf *text)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (!buf_append_limited(text, chunk, (size_t)n, MAX_INPUT))
			return false;
	return n == 0;
}

/* NULL also for a name that no track has. */
static const char *name_in(const struct json *v, const char *key)
{
	const char *name = json_whole_string(json_get(v, key));

	return name != NULL && *name != '\0' && strlen(name) <= MAX_NAME ?
	    name : NULL;
}

/* False: the object names no track. */
static bool read_track(const struct json *v, struct track *t)
{
	const char *title = name_in(v, "name"), *artist = name_in(v, "artist");
	const char *id = name_in(v, "spotifyId");
	char parsed[SPOTIFY_ID_LEN + 1];

	track_init(t);
	if (id != NULL && spotify_id_parse(id, parsed) != 0)
		return false;
	if (id != NULL)
		str_replace(&t->id, parsed);
	if (title != NULL)
		str_replace(&t->title, title);
	if (artist != NULL)
		track_add_artist(t, artist);
	track_set_key(t);
	return id != NULL || track_has_name(t);
}

static enum outcome read_tracks(const struct buf *text,
    struct track_list *out, struct error *error)
{
	struct json *v = json_parse(buf_str(text), text->len, error);
	const struct json *tracks = json_get(v, "tracks");
	struct map *met = map_new();
	enum outcome o = v != NULL ? DONE : ITEM_FAILED;
	struct track t;

	if (v != NULL && (json_count(tracks) == 0 ||
	    json_count(tracks) > JOB_MAX_TRACKS))
		o = error_set(error, ITEM_FAILED, "tracks: expected an array "
		    "of 1 to %d tracks", JOB_MAX_TRACKS);
	for (size_t i = 0; o == DONE && i < json_count(tracks); i++) {
		if (read_track(json_at(tracks, i), &t)) {
			track_list_take(out, met, &t);
			continue;
		}
		track_free(&t);
		o = error_set(error, ITEM_FAILED, "tracks[%zu]: expected a "
		    "name and an artist, or a spotifyId", i);
	}
	map_free(met, NULL);
	json_free(v);
	return o;
}

/* ---- what is left out ---- */

static bool lacks_details(const struct track *t)
{
	return t->id != NULL && t->duration_ms == 0;
}

static bool take_details(struct track *t, const struct track *from)
{
	if (from->duration_ms == 0 || !track_has_name(from))
		return false;
	track_free(t);
	track_init(t);
	track_copy(t, from);
	return true;
}

/* The tracks that lack details, by key. */
struct wanted {
	struct index *index;
	struct map *tracks;
	size_t count;
};

static int look_into_list(void *ctx, const char *id)
{
	struct wanted *w = ctx;
	struct track_list list;

	if (index_get_list(w->index, id, &list) != DONE)
		return 0;
	for (size_t i = 0; i < list.tracks.count; i++) {
		const struct track *from = &list.tracks.items[i];
		struct track *t = map_get_str(w->tracks, from->key);

		if (t != NULL && lacks_details(t) && take_details(t, from))
			w->count--;
	}
	track_list_free(&list);
	return w->count == 0;
}

/* Returns how many still lack them. */
static size_t look_into_index(struct index *x, struct tracks *tracks)
{
	struct wanted w = { .index = x, .tracks = map_new() };
	struct song song;

	for (size_t i = 0; i < tracks->count; i++) {
		struct track *t = &tracks->items[i];

		if (!lacks_details(t))
			continue;
		if (x != NULL && index_get_song(x, t->key, &song) == DONE) {
			bool found = take_details(t, &song.track);

			song_free(&song);
			if (found)
				continue;
		}
		map_put_str(w.tracks, t->key, t);
		w.count++;
	}
	if (w.count > 0 && x != NULL)
		index_each_list(x, look_into_list, &w);
	map_free(w.tracks, NULL);
	return w.count;
}

/* As many as the time allows; the others are searched for by name. */
static void ask_spotify(const struct config *cfg, struct tracks *tracks)
{
	int64_t end = clock_mono_ms() + MAX_LOOKUP_MS;
	struct session *s = session_new(cfg);
	struct error error = { .text = "" };
	enum outcome o = session_refresh(s, &error);

	for (size_t i = 0; i < tracks->count && clock_mono_ms() < end &&
	    (o == DONE || o == ITEM_FAILED); i++) {
		struct track *t = &tracks->items[i];
		const struct spotify_link link = { LINK_TRACK, t->id };
		struct track_list found;
		bool unchanged;

		if (!lacks_details(t))
			continue;
		o = playlist_read(s, &link, NULL, &found, &unchanged, &error);
		if (o != DONE)
			continue;
		if (found.tracks.count > 0 && strcmp(
		    found.tracks.items[0].key, t->key) == 0)
			take_details(t, &found.tracks.items[0]);
		track_list_free(&found);
	}
	if (o != DONE)
		log_debug("%s", error.text);
	session_free(s);
}

static enum outcome complete_tracks(const struct config *cfg,
    struct tracks *tracks, struct error *error)
{
	struct state_reader r;

	if (state_reader_open_index(cfg, &r) >= 0)
		return error_set(error, RUN_FAILED, "the index can't be read");
	if (look_into_index(r.index, tracks) > 0 &&
	    cfg->spotify.client_id != NULL)
		ask_spotify(cfg, tracks);
	state_reader_close(&r);
	for (size_t i = 0; i < tracks->count; i++)
		if (!track_has_name(&tracks->items[i]))
			return error_set(error, ITEM_FAILED, "%s: expected a "
			    "name and an artist: Spotify does not tell them",
			    tracks->items[i].id);
	return DONE;
}

/* ---- the command ---- */

static bool is_name(const char *by)
{
	return strlen(by) <= MAX_BY && by[strspn(by, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@")] == '\0';
}

static int add_input(const struct invocation *v, const char *by, bool json)
{
	struct job job = { .by = (char *)(uintptr_t)by };
	struct track_list list = { .rows = 0 };
	struct buf text = BUF_INIT;
	struct error error;
	enum outcome o;
	int status;

	o = read_input(&text) ? read_tracks(&text, &list, &error) :
	    error_set(&error, ITEM_FAILED, "standard input: can't be read, or "
	    "is larger than %d bytes", MAX_INPUT);
	buf_free(&text);
	if (o != DONE) {
		track_list_free(&list);
		return command_usage(v, "%s", error.text);
	}
	o = complete_tracks(v->cfg, &list.tracks, &error);
	if (o == DONE)
		o = queue_request(v->cfg, &list.tracks, false, &job, &error);
	status = o == DONE ? queue_print_added(&job, list.tracks.count) :
	    command_failed(v, o, &error, json);
	track_list_free(&list);
	return status;
}

int queue_add(const struct invocation *v, const char *by, bool json)
{
	char name[] = "queue";
	char *argv[] = { name, v->argc > 2 ? v->argv[2] : NULL, NULL };
	struct invocation list = *v;

	if (by != NULL && !is_name(by))
		return command_usage(v, "--by: expected at most %d letters, "
		    "digits, - _ . @", MAX_BY);
	if (v->argc < 3)
		return add_input(v, by != NULL ? by : "terminal", json);
	if (!spotify_link_is_address(argv[1]))
		return command_usage(v, "%s: not a link of Spotify", argv[1]);
	list.argc = 2;
	list.argv = argv;
	return playlist_queue(&list, by, json);
}
