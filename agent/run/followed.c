/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * followed: the playlists of [spotify] playlists, in a run. The index keeps
 * each of them; their tracks are marked as listed, which makes them wanted as
 * likes are. The marks are made anew when a list, or which lists are followed,
 * has changed: NOTE_MARKED says whether they are up to date.
 */
#include "run/followed.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "index/lists.h"
#include "run/context.h"
#include "spotify/own.h"
#include "spotify/playlist.h"

#define NOTE_FOLLOWED "lists.followed"	/* their ids, each with a newline */
#define SEPARATORS ", \t"

/* ---- the setting ---- */

static enum outcome add_link(const char *word, struct followed *out,
    struct error *error)
{
	struct spotify_link link;

	if (strcmp(word, "own") == 0) {
		out->own = true;
		return DONE;
	}
	spotify_link_parse(word, &link);
	if (link.kind == LINK_NONE || link.kind == LINK_OTHER) {
		spotify_link_free(&link);
		return error_set(error, RUN_CONFIG, "[spotify] playlists: "
		    "%.200s is no link of a playlist, album or track, and not "
		    "own", word);
	}
	out->links = grow(out->links, &out->cap, out->count,
	    sizeof(*out->links));
	out->links[out->count++] = link;
	return DONE;
}

enum outcome followed_parse(const char *setting, struct followed *out,
    struct error *error)
{
	char *text = xstrdup(setting), *rest = text, *word;
	enum outcome o = DONE;

	memset(out, 0, sizeof(*out));
	while (o == DONE && (word = strsep(&rest, SEPARATORS)) != NULL)
		if (*word != '\0')
			o = add_link(word, out, error);
	free(text);
	return o;
}

void followed_free(struct followed *f)
{
	for (size_t i = 0; i < f->count; i++)
		spotify_link_free(&f->links[i]);
	free(f->links);
	memset(f, 0, sizeof(*f));
}

void followed_each(struct index *x, void (*each)(void *ctx,
    const struct track_list *l), void *ctx)
{
	char *ids = index_get_note(x, NOTE_FOLLOWED), *rest = ids, *id;
	struct track_list l;

	while ((id = strsep(&rest, "\n")) != NULL)
		if (*id != '\0' && index_get_list(x, id, &l) == DONE) {
			each(ctx, &l);
			track_list_free(&l);
		}
	free(ids);
}

/* ---- reading ---- */

struct pull {
	struct run_context *run;
	struct session *session;
	struct map *ids;	/* of the lists that are followed */
	char *before;		/* the ids of the last run, as in the note */
	bool refused;		/* a list could not be read */
	enum outcome outage;	/* not DONE: nothing more is read now */
	struct error error;	/* of that */
};

static void follow(struct pull *p, const char *id, size_t len)
{
	map_put(p->ids, id, len, p);
}

/* Adds what was followed before: of all lists, or of one id. */
static void follow_as_before(struct pull *p, const char *id)
{
	const char *at = p->before;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, "\n");

		if (id == NULL || (strlen(id) == len &&
		    strncmp(at, id, len) == 0))
			follow(p, at, len);
		at += len + (at[len] == '\n');
	}
}

/* Albums have no snapshot: compare what they contain. */
static bool is_stored(struct index *x, const struct track_list *l)
{
	struct track_list old;
	bool same;

	if (index_get_list(x, l->id, &old) != DONE)
		return false;
	same = old.tracks.count == l->tracks.count;
	for (size_t i = 0; same && i < l->tracks.count; i++)
		same = strcmp(old.tracks.items[i].key,
		    l->tracks.items[i].key) == 0;
	track_list_free(&old);
	return same;
}

static enum outcome store(struct run_context *run, const struct track_list *l,
    struct error *error)
{
	enum outcome o;

	/* One that changes all the time is read again by the next run. */
	if (!l->complete || (l->snapshot == NULL && is_stored(run->index, l)))
		return DONE;
	o = index_begin(run->index, error);
	if (o != DONE)
		return o;
	o = index_put_list(run->index, l, error);
	if (o == DONE)
		o = index_put_note_int(run->index, NOTE_MARKED, 0, error);
	if (o == DONE)
		return index_commit(run->index, error);
	index_abort(run->index);
	return o;
}

/* Reads the list if it has changed. One that Spotify refuses now stays as it was
 * last read. */
static enum outcome pull_list(struct pull *p, const struct spotify_link *link)
{
	char *snapshot = index_list_snapshot(p->run->index, link->id);
	struct track_list l;
	bool unchanged = false;
	enum outcome o = playlist_read(p->session, link, snapshot, &l,
	    &unchanged, &p->error);

	free(snapshot);
	if (o == ITEM_FAILED) {
		log_warning("%s", p->error.text);
		p->refused = true;
		follow_as_before(p, link->id);
		return DONE;
	}
	if (o != DONE)
		return o;
	if (!unchanged)
		o = store(p->run, &l, &p->error);
	track_list_free(&l);
	follow(p, link->id, strlen(link->id));
	return o;
}

static enum outcome pull_link(struct pull *p, struct spotify_link *link)
{
	enum outcome o = spotify_link_follow(link, &p->error);

	if (o == DONE && link->kind == LINK_OTHER)
		o = error_set(&p->error, ITEM_FAILED, "[spotify] playlists: a "
		    "short link leads to no playlist, album or track (%s)",
		    link->id);
	if (o == ITEM_FAILED) {
		log_warning("%s", p->error.text);
		p->refused = true;
		return DONE;
	}
	return o == DONE ? pull_list(p, link) : o;
}

static enum outcome pull_own(struct pull *p)
{
	struct own_playlists own;
	enum outcome o = own_playlists_read(p->session, &own, &p->error);

	for (size_t i = 0; i < own.count && o == DONE; i++) {
		struct spotify_link link = { LINK_PLAYLIST, own.items[i].id };
		const char *now = own.items[i].snapshot;
		char *known = index_list_snapshot(p->run->index, link.id);

		if (known != NULL && now != NULL && strcmp(known, now) == 0)
			follow(p, link.id, strlen(link.id));
		else
			o = pull_list(p, &link);
		free(known);
	}
	own_playlists_free(&own);
	return o;
}

/* RUN_CONFIG: the setting is wrong. What keeps lists from being read now is in
 * p->outage. */
static enum outcome pull_all(struct pull *p, const char *setting)
{
	struct followed f;
	enum outcome o = followed_parse(setting, &f, &p->error);

	if (o == DONE) {
		p->outage = run_session(p->run, &p->session, &p->error);
		for (size_t i = 0; i < f.count && p->outage == DONE; i++)
			p->outage = pull_link(p, &f.links[i]);
		if (f.own && p->outage == DONE)
			p->outage = pull_own(p);
		if (p->outage != DONE)
			follow_as_before(p, NULL);
	}
	followed_free(&f);
	return o;
}

/* ---- marking ---- */

struct marks {
	struct run_context *run;
	struct map *keys;	/* of all tracks of followed lists */
	struct songs outdated;	/* listed before */
	struct error *error;
	size_t added;
};

static enum outcome mark(struct marks *m, const struct track *t)
{
	struct index *x = m->run->index;
	struct song s;
	enum outcome o = DONE;

	if (map_has_str(m->keys, t->key))
		return DONE;
	map_put_str(m->keys, t->key, m);
	if (index_get_song(x, t->key, &s) != DONE)
		track_copy(&s.track, t);
	if (!s.listed) {
		s.listed = true;
		m->added++;
		o = index_put_song(x, &s, m->error);
	}
	song_free(&s);
	return o;
}

static int mark_list(void *ctx, const void *id, size_t len, void *value)
{
	struct marks *m = ctx;
	char *name = xstrndup(id, len);
	struct track_list l;
	enum outcome o = DONE;

	(void)value;
	if (index_get_list(m->run->index, name, &l) == DONE) {
		for (size_t i = 0; i < l.tracks.count && o == DONE; i++)
			o = mark(m, &l.tracks.items[i]);
		track_list_free(&l);
	}
	free(name);
	return (int)o;
}

static int find_outdated(void *ctx, const struct song *s)
{
	struct marks *m = ctx;
	struct songs *list = &m->outdated;

	if (!s->listed || map_has_str(m->keys, s->track.key))
		return 0;
	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	song_init(&list->items[list->count]);
	list->items[list->count++].track.key = xstrdup(s->track.key);
	return 0;
}

static enum outcome unmark_outdated(struct marks *m)
{
	struct index *x = m->run->index;
	enum outcome o = DONE;

	index_each_song(x, find_outdated, m);
	for (size_t i = 0; i < m->outdated.count && o == DONE; i++) {
		struct song s;

		if (index_get_song(x, m->outdated.items[i].track.key, &s) ==
		    DONE) {
			s.listed = false;
			o = index_put_song(x, &s, m->error);
		}
		song_free(&s);
	}
	songs_free(&m->outdated);
	return o;
}

static enum outcome mark_all(struct pull *p, const char *ids,
    struct error *error)
{
	struct marks m = { .run = p->run, .keys = map_new(), .error = error };
	struct index *x = p->run->index;
	enum outcome o = index_begin(x, error);

	if (o == DONE) {
		o = (enum outcome)map_each(p->ids, mark_list, &m);
		if (o == DONE)
			o = unmark_outdated(&m);
		if (o == DONE)
			o = index_put_note(x, NOTE_FOLLOWED, ids, error);
		if (o == DONE)
			o = index_put_note_int(x, NOTE_MARKED, 1, error);
		if (o == DONE)
			o = index_commit(x, error);
		else
			index_abort(x);
	}
	if (o == DONE)
		log_info("playlists: %zu followed, %zu tracks, new=%zu",
		    map_count(p->ids), map_count(m.keys), m.added);
	map_free(m.keys, NULL);
	return o;
}

static int append_id(void *ctx, const void *id, size_t len, void *value)
{
	(void)value;
	buf_append(ctx, id, len);
	buf_putc(ctx, '\n');
	return 0;
}

static enum outcome update_marks(struct pull *p, struct error *error)
{
	struct index *x = p->run->index;
	struct buf ids = BUF_INIT;
	enum outcome o = DONE;

	map_each(p->ids, append_id, &ids);
	p->run->sum->playlists = map_count(p->ids);
	if (index_get_note_int(x, NOTE_MARKED, 0) == 0 ||
	    strcmp(p->before != NULL ? p->before : "", buf_str(&ids)) != 0)
		o = mark_all(p, buf_str(&ids), error);
	buf_free(&ids);
	return o;
}

/* ---- the step ---- */

enum outcome pull_playlists(struct run_context *run)
{
	const char *setting = run->cfg->spotify.playlists;
	struct pull p = { .run = run,
		.before = index_get_note(run->index, NOTE_FOLLOWED) };
	struct error error;
	enum outcome o = DONE;

	if (run->opt->scan_only || (setting == NULL &&
	    (p.before == NULL || *p.before == '\0'))) {
		free(p.before);
		return DONE;
	}
	p.ids = map_new();
	if (setting != NULL)
		o = pull_all(&p, setting);
	error = p.error;
	if (o == DONE)
		o = update_marks(&p, &error);
	if (o == DONE && p.outage != DONE) {
		o = p.outage;
		error = p.error;
	}
	run->lists_read = run->lists_read && o == DONE && !p.refused;
	map_free(p.ids, NULL);
	free(p.before);
	return note_outcome(run, o, &error) ? DONE : o;
}
