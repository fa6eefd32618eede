/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diff: compares the liked songs with the library. A song that is pinned to a
 * file counts as that file only. Any other is linked to the file that it was
 * linked to before, else the file that we placed for it, else a file with its
 * Spotify id, its ISRC or, by the matcher, its name; never to a file that the
 * user rejected. The index keeps links, and that none was found, so that a
 * usual run compares nothing again.
 */
#include "run/context.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "library/place.h"
#include "records/overrides.h"
#include "match/catalog.h"

#define ISRC_SLACK_MS 5000	/* an ISRC is evidence, not proof: remasters
				   and edits share one more often than not */

#define ISRC_SCORE 0.49		/* of a file with the ISRC and another length:
				   more than any rejected name scores */

/* The library by its files' tags and names; built on first use. */
struct library_lookup {
	struct files files;
	struct map *by_id, *by_isrc;	/* -> struct file */
	struct catalog *names;
	bool made;
};

static int collect_file(void *ctx, const struct file *f)
{
	struct files *list = ctx;
	struct file *copy;

	if (f->media.identity[0] == '\0')
		return 0;
	copy = files_add(list);
	*copy = *f;
	copy->path = xstrdup(f->path);
	copy->doc_id = xstrdup(f->doc_id);
	media_copy(&copy->media, &f->media);
	return 0;
}

static void build_lookup(struct run_context *run, struct library_lookup *s)
{
	s->made = true;
	s->by_id = map_new();
	s->by_isrc = map_new();
	s->names = catalog_new();
	index_each_file(run->index, collect_file, &s->files);
	for (size_t i = 0; i < s->files.count; i++) {
		struct file *f = &s->files.items[i];
		const struct tags *t = &f->media.tags;
		const struct library_name name = {
			.path = f->path, .artist = t->artist,
			.title = t->title, .isrc = t->isrc,
			.duration_s = (double)f->media.duration_ms / 1000,
		};

		if (t->spotify_id != NULL)
			map_put_str(s->by_id, t->spotify_id, f);
		if (t->isrc != NULL)
			map_put_str(s->by_isrc, t->isrc, f);
		catalog_add(s->names, &name, i);
	}
}

static void free_lookup(struct library_lookup *s)
{
	if (!s->made)
		return;
	map_free(s->by_id, NULL);
	map_free(s->by_isrc, NULL);
	catalog_free(s->names);
	files_free(&s->files);
}

static bool lengths_agree(const struct track *t, const struct file *f)
{
	int64_t apart = t->duration_ms - f->media.duration_ms;

	return t->duration_ms == 0 || f->media.duration_ms == 0 ||
	    (apart < ISRC_SLACK_MS && apart > -ISRC_SLACK_MS);
}

static bool is_allowed(const struct run_context *run, const struct track *t,
    const char *identity)
{
	return overrides_allow(run->pins, run->provenance, t->key, identity);
}

struct catalog_query {
	const struct run_context *run;
	const struct library_lookup *lookup;
	const struct track *track;
};

static bool is_excluded(void *ctx, size_t i)
{
	const struct catalog_query *a = ctx;

	return !is_allowed(a->run, a->track,
	    a->lookup->files.items[i].media.identity);
}

static void set_best_rejected(struct best_rejected *near, const struct file *f,
    double score, const char *error)
{
	const struct tags *t = &f->media.tags;
	const char *title = t->title != NULL ? t->title : path_base(f->path);
	struct candidate c = { .ref = f->path,
		.title = (char *)(uintptr_t)title, .artist = t->artist,
		.duration_s = (double)f->media.duration_ms / 1000 };

	best_rejected_note(near, &c, score, error);
}

static const struct file *find_file(const struct run_context *run,
    struct library_lookup *s, const struct track *t, enum evidence *how)
{
	const struct file *f = t->id != NULL ? map_get_str(s->by_id, t->id) :
	    NULL;
	struct catalog_query query = { .run = run, .lookup = s, .track = t };
	struct match_result j;
	size_t i;

	*how = EVIDENCE_ID;
	if (f != NULL && is_allowed(run, t, f->media.identity))
		return f;
	*how = EVIDENCE_ISRC;
	f = t->isrc != NULL ? map_get_str(s->by_isrc, t->isrc) : NULL;
	if (f != NULL && lengths_agree(t, f) &&
	    is_allowed(run, t, f->media.identity))
		return f;
	*how = EVIDENCE_NAME;
	i = catalog_find(s->names, t, is_excluded, &query, &j);
	return i != SIZE_MAX ? &s->files.items[i] : NULL;
}

/* The file that is most like the track but does not match, and why. */
static void note_best_rejected_file(const struct run_context *run,
    struct library_lookup *s, const struct track *t, struct best_rejected *near)
{
	struct catalog_query query = { .run = run, .lookup = s, .track = t };
	const struct file *f = t->isrc != NULL ?
	    map_get_str(s->by_isrc, t->isrc) : NULL;
	struct match_result j;
	size_t i;

	best_rejected_free(near);
	if (f != NULL && is_allowed(run, t, f->media.identity)) {
		snprintf(j.error, sizeof(j.error), "same ISRC, but %lld s long "
		    "instead of %lld s", (long long)f->media.duration_ms / 1000,
		    (long long)t->duration_ms / 1000);
		set_best_rejected(near, f, ISRC_SCORE, j.error);
		return;
	}
	i = catalog_best_rejected(s->names, t, is_excluded, &query, &j);
	if (i != SIZE_MAX)
		set_best_rejected(near, &s->files.items[i], j.score, j.error);
}

static bool is_in_library(struct run_context *run, const char *identity)
{
	struct file f;
	bool found;

	if (identity[0] == '\0')
		return false;
	found = index_find_identity(run->index, identity, &f) == DONE;
	file_free(&f);
	return found;
}

/* Returns whether the link changed. */
static bool set_link(struct song *s, const char *identity,
    enum evidence how)
{
	size_t len = strlen(identity);

	if (strcmp(s->identity, identity) == 0 && s->how == how)
		return false;
	memset(s->identity, 0, sizeof(s->identity));
	memcpy(s->identity, identity,
	    len <= IDENTITY_LEN ? len : IDENTITY_LEN);
	s->how = how;
	return true;
}

/* After a kill between placing and recording it. Otherwise the song would be
 * fetched again once the user removes its file. */
static void confirm_placed(struct run_context *run, const struct origin *o)
{
	if (!o->placed && !run->opt->dry_run)
		provenance_placed(run->provenance, o->key, o->identity, NULL);
}

/* The origin of the file that we last placed for the song, if that is in the
 * library and not rejected; else NULL. */
static const struct origin *placed_file(struct run_context *run,
    const struct song *s)
{
	const struct origin *o = provenance_of_track(run->provenance,
	    s->track.key);

	if (o == NULL || !is_in_library(run, o->identity) ||
	    !is_allowed(run, &s->track, o->identity))
		return NULL;
	confirm_placed(run, o);
	return o;
}

static bool link_pinned(struct run_context *run, struct song *s,
    const struct pin *pin)
{
	const struct origin *o = placed_file(run, s);

	if (o != NULL)
		return set_link(s, o->identity, EVIDENCE_PINNED);
	if (pin->identity != NULL && is_in_library(run, pin->identity))
		return set_link(s, pin->identity, EVIDENCE_PINNED);
	return set_link(s, "", EVIDENCE_NONE);
}

/* A hash of everything that the search for the track's file depends on: the
 * library, the track and the matcher's version. Never 0. */
static int64_t lookup_hash(struct run_context *run, const struct track *t)
{
	char *label = track_label(t);
	char *text = xasprintf("%d %lld %lld %s %s", CATALOG_EDITION,
	    (long long)index_files_state(run->index), (long long)t->duration_ms,
	    t->isrc != NULL ? t->isrc : "", label);
	uint8_t digest[SHA256_LEN];
	uint64_t n;

	sha256_of(text, strlen(text), digest);
	memcpy(&n, digest, sizeof(n));
	free(text);
	free(label);
	return (int64_t)(n >> 16) + 1;	/* as JSON holds it without loss */
}

/* Was the file searched for before, and not found? Pins and rejections may have
 * changed the result. */
static bool was_looked_up(struct run_context *run, const struct song *s, int64_t
    hash)
{
	return s->asked == hash && s->identity[0] == '\0' &&
	    pins_changed_at(run->pins, s->track.key) == 0;
}

/* Links the song to its file in the library; returns whether the song's record
 * changed. */
static bool update_link(struct run_context *run, struct library_lookup *lookup,
    struct song *s)
{
	const struct pin *pin = pins_of(run->pins, s->track.key);
	const struct origin *o = provenance_of_track(run->provenance,
	    s->track.key);
	const struct file *f;
	enum evidence how;
	int64_t hash;

	if (pin != NULL)
		return link_pinned(run, s, pin);
	/* A link by a pin ends with the pin. */
	if (s->how != EVIDENCE_PINNED && is_in_library(run, s->identity) &&
	    is_allowed(run, &s->track, s->identity)) {
		if (o != NULL && strcmp(o->identity, s->identity) == 0)
			confirm_placed(run, o);
		return false;
	}
	o = placed_file(run, s);
	if (o != NULL)
		return set_link(s, o->identity, EVIDENCE_PLACED);
	hash = lookup_hash(run, &s->track);
	if (was_looked_up(run, s, hash))
		return false;
	if (!lookup->made)
		build_lookup(run, lookup);
	f = find_file(run, lookup, &s->track, &how);
	s->asked = f == NULL ? hash : 0;
	best_rejected_free(&s->nearest_file);
	if (f == NULL)
		note_best_rejected_file(run, lookup, &s->track,
		    &s->nearest_file);
	set_link(s, f != NULL ? f->media.identity : "",
	    f != NULL ? how : EVIDENCE_NONE);
	return true;
}

static enum pinned pinned_state(const struct pin *pin)
{
	if (pin == NULL)
		return PINNED_NOT;
	if (pin->identity == NULL)
		return PINNED_LINK;
	return access(pin->ref, F_OK) == 0 ? PINNED_FILE : PINNED_GONE;
}

/* Was its file placed in a folder that has been replaced by a link? */
static bool is_behind_link(const struct run_context *run, const char *key)
{
	const struct origin *o = provenance_of_track(run->provenance, key);

	return o != NULL && place_is_behind_link(run->cfg->library.path,
	    o->path);
}

static void fill_track_state(struct run_context *run, const struct song *s,
    struct track_state *st)
{
	const char *key = s->track.key;

	st->in_library = s->identity[0] != '\0' ? s->how : EVIDENCE_NONE;
	if (st->in_library == EVIDENCE_NONE) {
		st->removed = overrides_deleted_by_user(run->pins,
		    run->provenance, key);
		st->behind_link = st->removed && is_behind_link(run, key);
		st->pinned = pinned_state(pins_of(run->pins, key));
	}
	st->attempts = s->attempts;
	/* Try at once after a new pin or rejection. */
	st->next_attempt = pins_changed_at(run->pins, key) >= s->last_try ? 0 :
	    s->next_attempt;
	memcpy(st->reason, s->reason, sizeof(st->reason));
}

static enum outcome link_songs(struct run_context *run, struct songs *songs,
    struct error *error)
{
	struct library_lookup lookup = { .made = false };
	enum outcome o = index_begin(run->index, error);

	for (size_t i = 0; i < songs->count && o == DONE; i++)
		if (update_link(run, &lookup, &songs->items[i]))
			o = index_put_song(run->index, &songs->items[i], error);
	free_lookup(&lookup);
	if (o == DONE)
		return index_commit(run->index, error);
	index_abort(run->index);
	return o;
}

/* ---- the sources ---- */

/* Did a source fail for the track in the last run? */
static bool failed_lately(const struct run_context *run,
    const struct availabilities *known, const char *key)
{
	for (char **name = run->cfg->fetch.sources; *name != NULL; name++)
		if (config_source_is_remote(run->cfg, *name) &&
		    availability_failed_for( availability_of(known, *name),
		    key))
			return true;
	return false;
}

/* Then nothing can be fetched; error says why. */
static bool all_are_cooling_down(const struct run_context *run,
    const struct availabilities *known, int64_t now, struct error *error)
{
	char text[WHY_MAX];
	bool any = false;

	for (char **name = run->cfg->fetch.sources; *name != NULL; name++) {
		const struct availability *a = availability_of(known, *name);

		if (!config_source_is_remote(run->cfg, *name))
			continue;
		if (availability_state(a, now) != SOURCE_COOLING)
			return false;
		availability_text(a, now, text, sizeof(text));
		if (!any)
			error_set(error, SERVICE_FAILED, "%s is %s", *name,
			    text);
		any = true;
	}
	return any;
}

static void read_caps(struct run_context *run, struct plan_input *in,
    struct ledger_remaining *left)
{
	ledger_remaining(run->ledger, left);
	in->caps_left = left->hour < left->day ? left->hour : left->day;
	in->caps_error = left->error[0] != '\0' ? left->error :
	    left->hour < left->day ? "over the hourly cap" :
	    "over the daily cap";
}

static void count_queue(struct run_context *run, int64_t now)
{
	struct summary *s = run->sum;

	for (size_t i = 0; i < run->plan.count; i++) {
		const struct plan_item *item = &run->plan.items[i];
		int64_t waited = now - item->track->added_at;

		if (item->verdict == PLAN_IN_LIBRARY ||
		    item->verdict == PLAN_SKIP)
			continue;
		s->queue++;
		if (item->track->added_at > 0 && waited > s->queue_wait_s)
			s->queue_wait_s = waited;
	}
	s->liked = run->plan.count;
	s->in_library = run->plan.in_library;
	s->to_fetch = run->plan.fetch + run->plan.place;
	s->waiting = run->plan.wait;
	s->skipped = run->plan.skip;
}

enum outcome make_diff(struct run_context *run)
{
	struct songs songs;
	struct plan_input in = { .now = clock_wall(),
		.limit = run->opt->limit };
	struct availabilities known;
	struct ledger_remaining left;
	struct error error, cooling;
	enum outcome o;

	if (run->opt->scan_only)
		return DONE;
	index_liked_songs(run->index, &songs);
	o = link_songs(run, &songs, &error);
	availability_load(run->cfg->state.dir, &known);
	run->state = xcalloc(songs.count, sizeof(*run->state));
	for (size_t i = 0; i < songs.count; i++) {
		fill_track_state(run, &songs.items[i], &run->state[i]);
		run->state[i].source_failed = failed_lately(run, &known,
		    songs.items[i].track.key);
		/* Takes ownership of the track. */
		*tracks_add(&run->wanted) = songs.items[i].track;
		best_rejected_free(&songs.items[i].best_rejected);
		best_rejected_free(&songs.items[i].nearest_file);
	}
	free(songs.items);
	in.liked = run->wanted.items;
	in.state = run->state;
	in.count = run->wanted.count;
	read_caps(run, &in, &left);
	if (all_are_cooling_down(run, &known, in.now, &cooling)) {
		in.caps_left = 0;
		in.caps_error = cooling.text;
	}
	availabilities_free(&known);
	plan_make(&in, &run->plan);
	count_queue(run, in.now);
	if (o == DONE && run->opt->on_plan != NULL)
		run->opt->on_plan(run->opt->ctx, &run->plan);
	return note_outcome(run, o, &error) ? DONE : o;
}
