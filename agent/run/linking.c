/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/linking.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "library/place.h"
#include "match/catalog.h"
#include "records/overrides.h"

#define ISRC_SLACK_MS 5000	/* an ISRC is evidence, not proof: remasters
				   and edits share one more often than not */

#define ISRC_SCORE 0.49		/* of a file with the ISRC and another length:
				   more than any rejected name scores */

struct linking {
	struct linking_input in;
	/* The library by its files' tags and names; built on first use. */
	struct files files;
	struct map *by_id, *by_isrc;	/* -> struct file */
	struct catalog *names;		/* NULL: not built yet */
};

struct linking *linking_new(const struct linking_input *in)
{
	struct linking *l = xcalloc(1, sizeof(*l));

	l->in = *in;
	return l;
}

void linking_free(struct linking *l)
{
	if (l == NULL)
		return;
	if (l->names != NULL) {
		map_free(l->by_id, NULL);
		map_free(l->by_isrc, NULL);
		catalog_free(l->names);
		files_free(&l->files);
	}
	free(l);
}

/* ---- the library by tags and names ---- */

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

static void read_library(struct linking *l)
{
	l->by_id = map_new();
	l->by_isrc = map_new();
	l->names = catalog_new();
	index_each_file(l->in.index, collect_file, &l->files);
	for (size_t i = 0; i < l->files.count; i++) {
		struct file *f = &l->files.items[i];
		const struct tags *t = &f->media.tags;
		const struct library_name name = {
			.path = f->path, .artist = t->artist,
			.title = t->title, .isrc = t->isrc,
			.duration_s = (double)f->media.duration_ms / 1000,
		};

		if (t->spotify_id != NULL)
			map_put_str(l->by_id, t->spotify_id, f);
		if (t->isrc != NULL)
			map_put_str(l->by_isrc, t->isrc, f);
		catalog_add(l->names, &name, i);
	}
}

static bool is_allowed(const struct linking *l, const struct track *t,
    const char *identity)
{
	return overrides_allow(l->in.pins, l->in.provenance, t->key, identity);
}

static bool lengths_agree(const struct track *t, const struct file *f)
{
	int64_t apart = t->duration_ms - f->media.duration_ms;

	return t->duration_ms == 0 || f->media.duration_ms == 0 ||
	    (apart < ISRC_SLACK_MS && apart > -ISRC_SLACK_MS);
}

/* The file with that id or ISRC in its tags, if it may be the track's; NULL. */
static const struct file *find_tagged(const struct linking *l,
    const struct map *by_tag, const char *tag, const struct track *t)
{
	const struct file *f = tag != NULL ? map_get_str(by_tag, tag) : NULL;

	return f != NULL && is_allowed(l, t, f->media.identity) ? f : NULL;
}

struct catalog_query {
	const struct linking *linking;
	const struct track *track;
};

static bool is_excluded(void *ctx, size_t i)
{
	const struct catalog_query *q = ctx;

	return !is_allowed(q->linking, q->track,
	    q->linking->files.items[i].media.identity);
}

static const struct file *find_file(const struct linking *l,
    const struct track *t, enum evidence *how)
{
	struct catalog_query query = { .linking = l, .track = t };
	const struct file *f = find_tagged(l, l->by_id, t->id, t);
	struct match_result result;
	size_t i;

	*how = EVIDENCE_ID;
	if (f != NULL)
		return f;
	*how = EVIDENCE_ISRC;
	f = find_tagged(l, l->by_isrc, t->isrc, t);
	if (f != NULL && lengths_agree(t, f))
		return f;
	*how = EVIDENCE_NAME;
	i = catalog_find(l->names, t, is_excluded, &query, &result);
	return i != SIZE_MAX ? &l->files.items[i] : NULL;
}

/* ---- the best rejected file ---- */

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

/* The file that is most like the track but does not match, and why. */
static void note_best_rejected(const struct linking *l, const struct track *t,
    struct best_rejected *near)
{
	struct catalog_query query = { .linking = l, .track = t };
	const struct file *f = find_tagged(l, l->by_isrc, t->isrc, t);
	struct match_result result;
	char error[ERROR_MAX];
	size_t i;

	best_rejected_free(near);
	if (f != NULL) {
		snprintf(error, sizeof(error), "same ISRC, but %lld s long "
		    "instead of %lld s", (long long)f->media.duration_ms / 1000,
		    (long long)t->duration_ms / 1000);
		set_best_rejected(near, f, ISRC_SCORE, error);
		return;
	}
	i = catalog_best_rejected(l->names, t, is_excluded, &query, &result);
	if (i != SIZE_MAX)
		set_best_rejected(near, &l->files.items[i], result.score,
		    result.reason);
}

/* ---- links ---- */

static bool is_in_library(const struct linking *l, const char *identity)
{
	struct file f;
	bool found;

	if (identity == NULL || identity[0] == '\0')
		return false;
	found = index_find_identity(l->in.index, identity, &f) == DONE;
	file_free(&f);
	return found;
}

static const struct pin *pin_of(const struct linking *l, const char *key)
{
	return l->in.pins != NULL ? pins_of(l->in.pins, key) : NULL;
}

static int64_t override_changed_at(const struct linking *l, const char *key)
{
	return l->in.pins != NULL ? pins_changed_at(l->in.pins, key) : 0;
}

static const struct origin *origin_of(const struct linking *l,
    const char *key)
{
	return l->in.provenance != NULL ?
	    provenance_of_track(l->in.provenance, key) : NULL;
}

/* The identity of the file that we last placed for the track, if that is in
 * the library and not rejected; else NULL. */
static const char *placed_file(const struct linking *l, const struct track *t)
{
	const struct origin *o = origin_of(l, t->key);

	return o != NULL && is_in_library(l, o->identity) &&
	    is_allowed(l, t, o->identity) ? o->identity : NULL;
}

/* Returns whether the link changed. */
static bool set_link(struct song *s, const char *identity, enum evidence how)
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

static bool link_pinned(const struct linking *l, struct song *s,
    const struct pin *pin)
{
	const char *identity = placed_file(l, &s->track);

	if (identity == NULL && is_in_library(l, pin->identity))
		identity = pin->identity;
	return identity != NULL ? set_link(s, identity, EVIDENCE_PINNED) :
	    set_link(s, "", EVIDENCE_NONE);
}

/* A hash of everything that the search for the track's file depends on: the
 * library, the track and the matcher's version. Never 0. */
static int64_t lookup_hash(const struct linking *l, const struct track *t)
{
	char *label = track_label(t);
	char *text = xasprintf("%d %lld %lld %s %s", CATALOG_EDITION,
	    (long long)index_files_state(l->in.index),
	    (long long)t->duration_ms, t->isrc != NULL ? t->isrc : "", label);
	uint8_t digest[SHA256_LEN];
	uint64_t n;

	sha256_of(text, strlen(text), digest);
	memcpy(&n, digest, sizeof(n));
	free(text);
	free(label);
	return (int64_t)(n >> 16) + 1;	/* as JSON holds it without loss */
}

/* Searches the whole library, unless the same search has found nothing; pins
 * and rejections may have changed its result. */
static bool search_library(struct linking *l, struct song *s)
{
	int64_t hash = lookup_hash(l, &s->track);
	const struct file *f;
	enum evidence how;

	if (s->asked == hash && s->identity[0] == '\0' &&
	    override_changed_at(l, s->track.key) == 0)
		return false;
	if (l->names == NULL)
		read_library(l);
	f = find_file(l, &s->track, &how);
	s->asked = f == NULL ? hash : 0;
	best_rejected_free(&s->nearest_file);
	if (f == NULL)
		note_best_rejected(l, &s->track, &s->nearest_file);
	set_link(s, f != NULL ? f->media.identity : "",
	    f != NULL ? how : EVIDENCE_NONE);
	return true;
}

bool linking_update(struct linking *l, struct song *s)
{
	const struct pin *pin = pin_of(l, s->track.key);
	const char *placed;

	if (pin != NULL)
		return link_pinned(l, s, pin);
	/* A link by a pin ends with the pin. */
	if (s->how != EVIDENCE_PINNED && is_in_library(l, s->identity) &&
	    is_allowed(l, &s->track, s->identity))
		return false;
	placed = placed_file(l, &s->track);
	if (placed != NULL)
		return set_link(s, placed, EVIDENCE_PLACED);
	return search_library(l, s);
}

/* ---- states ---- */

static enum pinned pinned_state(const struct pin *pin)
{
	if (pin == NULL)
		return PINNED_NOT;
	if (pin->identity == NULL)
		return PINNED_LINK;
	return access(pin->ref, F_OK) == 0 ? PINNED_FILE : PINNED_GONE;
}

/* Was its file placed in a folder that has been replaced by a link? */
static bool is_behind_link(const struct linking *l, const char *key)
{
	const struct origin *o = origin_of(l, key);

	return o != NULL && place_is_behind_link(l->in.library, o->path);
}

void linking_state(const struct linking *l, const struct song *s,
    struct track_state *out)
{
	const char *key = s->track.key;

	memset(out, 0, sizeof(*out));
	out->in_library = s->identity[0] != '\0' ? s->how : EVIDENCE_NONE;
	if (out->in_library == EVIDENCE_NONE) {
		out->removed = overrides_deleted_by_user(l->in.pins,
		    l->in.provenance, key);
		out->behind_link = out->removed && is_behind_link(l, key);
		out->pinned = pinned_state(pin_of(l, key));
	}
	out->attempts = s->attempts;
	/* Try at once after a new pin or rejection. */
	out->next_attempt = override_changed_at(l, key) >= s->last_try ? 0 :
	    s->next_attempt;
	memcpy(out->reason, s->reason, sizeof(out->reason));
}
