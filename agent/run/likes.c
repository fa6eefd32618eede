/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "base/stop.h"
#include "imports/list_file.h"
#include "spotify/authorization.h"
#include "spotify/liked.h"
#include "spotify/session.h"

#define NOTE_ROWS "liked.rows"		/* Spotify's total, last time */
#define NOTE_WALK "liked.full_walk"	/* when all pages were last read */
#define NOTE_LIST "liked.list"		/* the list file that is stored */
#define NOTE_RANK "liked.rank"		/* the highest rank given so far */

static bool is_known_like(void *ctx, const char *key)
{
	struct run_context *run = ctx;

	return index_has_liked(run->index, key);
}

enum outcome run_session(struct run_context *run, struct session **out,
    struct error *error)
{
	enum outcome o;

	*out = run->session;
	if (run->session != NULL)
		return DONE;
	run->session = session_new(run->cfg);
	o = session_refresh(run->session, error);
	if (o == DONE) {
		*out = run->session;
	} else {
		session_free(run->session);
		run->session = NULL;
	}
	return o;
}

static enum outcome read_spotify(struct run_context *run,
    struct track_list *liked, struct error *error)
{
	struct session *s;
	int64_t walked = index_get_note_int(run->index, NOTE_WALK, 0);
	const struct liked_query q = {
		.knows = is_known_like,
		.ctx = run,
		.known_rows = index_get_note_int(run->index, NOTE_ROWS, -1),
		/* A clock that was set back must not delay the walk. */
		.full_walk = walked > clock_wall() ||
		    clock_wall() - walked >= run->cfg->spotify.full_walk,
	};
	enum outcome o = run_session(run, &s, error);

	return o == DONE ? liked_pull(s, &q, liked, error) : o;
}

/* Has the index the same data of this track? */
static bool is_unchanged(const struct song *s, const struct track *t)
{
	const struct track *old = &s->track;

	return s->liked && old->duration_ms == t->duration_ms &&
	    old->n_artists == t->n_artists &&
	    (old->isrc != NULL) == (t->isrc != NULL) &&
	    (old->album_artist != NULL) == (t->album_artist != NULL) &&
	    strcmp(old->title, t->title) == 0;
}

static enum outcome store_like(struct run_context *run, const struct track *t,
    int64_t *rank, struct error *error)
{
	struct song s;
	enum outcome o = DONE;
	bool known = index_get_song(run->index, t->key, &s) == DONE;

	if (!known || !s.liked)
		run->sum->new_likes++;
	if (!known || !is_unchanged(&s, t)) {
		if (!known || !s.liked)
			s.rank = ++*rank;
		s.liked = true;
		track_free(&s.track);
		track_copy(&s.track, t);
		o = index_put_song(run->index, &s, error);
	}
	song_free(&s);
	return o;
}

struct unliking {
	struct map *liked;	/* keys that are liked now */
	char **keys;		/* of those that are not liked any more */
	size_t count, cap;
};

static int find_unliked(void *ctx, const struct song *s)
{
	struct unliking *u = ctx;

	if (!s->liked || map_has_str(u->liked, s->track.key))
		return 0;
	u->keys = grow(u->keys, &u->cap, u->count, sizeof(*u->keys));
	u->keys[u->count++] = xstrdup(s->track.key);
	return 0;
}

static enum outcome unlike(struct run_context *run, const char *key,
    struct error *error)
{
	struct song s;
	enum outcome o = index_get_song(run->index, key, &s);

	if (o == DONE) {
		s.liked = false;
		o = index_put_song(run->index, &s, error);
	}
	song_free(&s);
	return o;
}

/* Liked songs that a complete list does not have were unliked. */
static enum outcome remove_unliked(struct run_context *run,
    const struct track_list *liked, struct error *error)
{
	struct unliking u = { .liked = map_new() };
	enum outcome o = DONE;

	for (size_t i = 0; i < liked->tracks.count; i++)
		map_put_str(u.liked, liked->tracks.items[i].key, run);
	index_each_song(run->index, find_unliked, &u);
	for (size_t i = 0; i < u.count; i++) {
		if (o == DONE)
			o = unlike(run, u.keys[i], error);
		free(u.keys[i]);
	}
	run->sum->unliked = u.count;
	free(u.keys);
	map_free(u.liked, NULL);
	return o;
}

static enum outcome store_likes(struct run_context *run,
    const struct track_list *liked, struct error *error)
{
	int64_t rank = index_get_note_int(run->index, NOTE_RANK, 0);
	int64_t rank_before = rank;
	enum outcome o = index_begin(run->index, error);

	if (o != DONE)
		return o;
	/* From the oldest on, so that the newest gets the highest rank. */
	for (size_t i = liked->tracks.count; i > 0 && o == DONE; i--)
		o = store_like(run, &liked->tracks.items[i - 1], &rank, error);
	if (o == DONE && liked->complete)
		o = remove_unliked(run, liked, error);
	if (o == DONE && rank != rank_before)
		o = index_put_note_int(run->index, NOTE_RANK, rank, error);
	if (o == DONE && liked->rows !=
	    index_get_note_int(run->index, NOTE_ROWS, -1))
		o = index_put_note_int(run->index, NOTE_ROWS, liked->rows,
		    error);
	if (o == DONE && liked->complete)
		o = index_put_note_int(run->index, NOTE_WALK, clock_wall(),
		    error);
	if (o == DONE)
		return index_commit(run->index, error);
	index_abort(run->index);
	return o;
}

/* Only the user can renew the authorization, which ends after six months: warn
 * in every run, from a month before. */
static void warn_of_expiry(struct run_context *run)
{
	struct authorization g;
	int64_t left;

	if (authorization_load(run->cfg->spotify.token_file, &g, NULL) != DONE)
		return;
	left = authorization_expires_at(&g) - clock_wall();
	if (left < AUTHORIZATION_WARN_DAYS * 86400LL)
		log_act("Spotify's authorization ends in %lld days: run "
		    "`likesync auth login` before then",
		    (long long)(left > 0 ? left / 86400 : 0));
	authorization_free(&g);
}

/* A run that ends before it has read the likes has done no work, so it does not
 * count as a success. Reaching the deadline is a failure; a signal is not. */
static enum outcome report_cut_short(struct run_context *run)
{
	const char *reason = stop_reason();
	struct error error;

	run->sum->cut_short = true;
	if (reason != NULL && strcmp(reason, "deadline") == 0) {
		error_set(&error, RUN_LATER, "Liked Songs: not read before the "
		    "deadline: the next run tries again; if this repeats, "
		    "raise [run] max_runtime");
		note_outcome(run, RUN_LATER, &error);
	}
	return STOPPED;
}

/* What identifies the content of the list file; caller frees; NULL: it can't be
 * known. */
static char *describe_list(const struct config *cfg)
{
	const char *path = cfg->spotify.liked;
	struct stat st;
	struct stamp s;

	if (stat(path, &st) != 0)
		return NULL;
	s = stamp_of(&st);
	return xasprintf("%llu %lld %lld %lld %s %s",
	    (unsigned long long)s.inode, (long long)s.size,
	    (long long)s.mtime_ns, (long long)s.ctime_ns,
	    cfg->spotify.liked_list, path);
}

/* What came by API replaces what came from a file. */
static enum outcome forget_list(struct run_context *run, struct error *error)
{
	char *stored = index_get_note(run->index, NOTE_LIST);
	enum outcome o = stored != NULL && *stored != '\0' ?
	    index_put_note(run->index, NOTE_LIST, "", error) : DONE;

	free(stored);
	return o;
}

/* A list that is as it was when it was last stored is not read again. */
static enum outcome pull_list(struct run_context *run,
    struct track_list *liked, struct error *error)
{
	const char *path = run->cfg->spotify.liked;
	char *now = describe_list(run->cfg);
	char *stored = index_get_note(run->index, NOTE_LIST);
	enum outcome o = DONE;

	if (now == NULL || stored == NULL || strcmp(now, stored) != 0) {
		o = list_file_read(path, run->cfg->spotify.liked_list, liked,
		    error);
		if (o == DONE)
			o = store_likes(run, liked, error);
		if (o == DONE && now != NULL)
			o = index_put_note(run->index, NOTE_LIST, now, error);
	}
	free(stored);
	free(now);
	return o;
}

enum outcome pull_likes(struct run_context *run)
{
	bool api = strcmp(run->cfg->spotify.liked, "api") == 0;
	struct track_list liked = { .rows = 0 };
	struct error error;
	enum outcome o;

	if (run->opt->scan_only)
		return DONE;
	if (api) {
		o = read_spotify(run, &liked, &error);
		if (o == DONE)
			o = store_likes(run, &liked, &error);
		if (o == DONE)
			o = forget_list(run, &error);
	} else {
		o = pull_list(run, &liked, &error);
	}
	if (o == DONE && liked.unusable > 0)
		log_info("liked songs: %u entries without a track skipped",
		    liked.unusable);
	run->lists_read = o == DONE;
	track_list_free(&liked);
	if (api && !run->opt->dry_run)
		warn_of_expiry(run);
	if (o == STOPPED)
		return report_cut_short(run);
	return note_outcome(run, o, &error) ? DONE : o;
}
