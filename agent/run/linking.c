/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/linking.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "library/place.h"
#include "match/catalog.h"
#include "records/overrides.h"

#define ISRC_SLACK_MS 5000	/* an ISRC is evidence, not proof: remasters
				   and edits share one more often than not */

#define ISRC_SCORE 0.49		/* of a file with the ISRC and another length:
				   more than any rejected name scores */

/* What the words of Spotify ids and ISRCs begin with, which no word of a name
 * does. */
#define WORD_ID "\x01"
#define WORD_ISRC "\x02"

struct linking {
	struct linking_input in;
	const struct track *track;	/* that is being searched for */
	struct files files;		/* that may be it */
};

struct linking *linking_new(const struct linking_input *in)
{
	struct linking *l = xcalloc(1, sizeof(*l));

	l->in = *in;
	return l;
}

void linking_free(struct linking *l)
{
	free(l);
}

/* ---- the library by tags and names ---- */

static struct library_name name_of(const struct file *f)
{
	const struct tags *t = &f->media.tags;

	return (struct library_name){ .path = f->path, .artist = t->artist,
		.title = t->title, .isrc = t->isrc,
		.duration_s = (double)f->media.duration_ms / 1000 };
}

static void add_tag(const char *kind, const char *tag, index_add_word *add,
    void *ctx)
{
	char *word = tag != NULL ? xasprintf("%s%s", kind, tag) : NULL;

	if (word != NULL)
		add(ctx, word);
	free(word);
}

static void words_of(const struct file *f, index_add_word *add, void *ctx)
{
	const struct library_name name = name_of(f);

	add_tag(WORD_ID, f->media.tags.spotify_id, add, ctx);
	add_tag(WORD_ISRC, f->media.tags.isrc, add, ctx);
	catalog_words(&name, add, ctx);
}

enum outcome linking_prepare(struct index *x, struct error *error)
{
	return index_use_words(x, words_of, CATALOG_EDITION, error);
}

static bool is_allowed(const struct linking *l, const struct track *t,
    const char *identity)
{
	return overrides_allow(l->in.pins, l->in.provenance, t->key, identity);
}

/* The file with that number, if it may be the track's; owned by l->files. */
static struct file *get_allowed(struct linking *l, uint32_t number)
{
	struct file f, *kept;

	if (index_get_numbered(l->in.index, number, &f) != DONE)
		return NULL;
	if (f.media.identity[0] == '\0' ||
	    !is_allowed(l, l->track, f.media.identity)) {
		file_free(&f);
		return NULL;
	}
	kept = files_add(&l->files);
	*kept = f;
	return kept;
}

static bool lengths_agree(const struct track *t, const struct file *f)
{
	int64_t apart = t->duration_ms - f->media.duration_ms;

	return t->duration_ms == 0 || f->media.duration_ms == 0 ||
	    (apart < ISRC_SLACK_MS && apart > -ISRC_SLACK_MS);
}

/* The first file with that id or ISRC in its tags that may be the track's;
 * NULL. */
static const struct file *find_tagged(struct linking *l, const char *kind,
    const char *tag)
{
	char *word = tag != NULL ? xasprintf("%s%s", kind, tag) : NULL;
	const struct file *found = NULL;
	uint32_t *files = NULL;
	size_t count = word != NULL ?
	    index_files_with_word(l->in.index, word, &files) : 0;

	for (size_t i = 0; i < count && found == NULL; i++)
		found = get_allowed(l, files[i]);
	free(files);
	free(word);
	return found;
}

static size_t list_files(void *ctx, const char *word, uint32_t **files)
{
	struct linking *l = ctx;

	return index_files_with_word(l->in.index, word, files);
}

static size_t count_files(void *ctx, const char *word)
{
	struct linking *l = ctx;

	return index_count_with_word(l->in.index, word);
}

static bool has_word(void *ctx, const char *word, uint32_t file)
{
	struct linking *l = ctx;

	return index_file_has_word(l->in.index, word, file);
}

static bool get_name(void *ctx, uint32_t number, struct library_name *out)
{
	const struct file *f = get_allowed(ctx, number);

	if (f != NULL)
		*out = name_of(f);
	return f != NULL;
}

static struct catalog catalog_of(struct linking *l)
{
	return (struct catalog){ .ctx = l, .count = count_files,
		.has = has_word, .list = list_files, .name = get_name };
}

/* ---- the best rejected file ---- */

static void set_best_rejected(struct best_rejected *near, const struct file *f,
    double score, const char *reason)
{
	const struct tags *t = &f->media.tags;
	const char *title = t->title != NULL ? t->title : path_base(f->path);
	struct candidate c = { .ref = f->path,
		.title = (char *)(uintptr_t)title, .artist = t->artist,
		.duration_s = (double)f->media.duration_ms / 1000 };

	best_rejected_note(near, &c, score, reason);
}

/* The file that is most like the track but does not match, and why: one with
 * its ISRC, else the one that the catalog found. */
static void note_best_rejected(struct linking *l, uint32_t number,
    const struct match_result *result, struct best_rejected *near)
{
	const struct track *t = l->track;
	const struct file *f = find_tagged(l, WORD_ISRC, t->isrc);
	char reason[ERROR_MAX];
	struct file best;

	if (f != NULL) {
		snprintf(reason, sizeof(reason), "same ISRC, but %lld s long "
		    "instead of %lld s", (long long)f->media.duration_ms / 1000,
		    (long long)t->duration_ms / 1000);
		set_best_rejected(near, f, ISRC_SCORE, reason);
		return;
	}
	if (number == CATALOG_NONE)
		return;
	if (index_get_numbered(l->in.index, number, &best) == DONE)
		set_best_rejected(near, &best, result->score, result->reason);
	file_free(&best);
}

/* The file by id, ISRC or name, into out; false: there is none, and near is the
 * best rejected one. */
static bool find_file(struct linking *l, enum evidence *how, struct file *out,
    struct best_rejected *near)
{
	const struct catalog names = catalog_of(l);
	const struct track *t = l->track;
	const struct file *f = find_tagged(l, WORD_ID, t->id);
	struct match_result result;
	uint32_t number, rejected;

	*how = EVIDENCE_ID;
	if (f == NULL) {
		*how = EVIDENCE_ISRC;
		f = find_tagged(l, WORD_ISRC, t->isrc);
	}
	if (f != NULL && (*how == EVIDENCE_ID || lengths_agree(t, f)))
		return index_get_file(l->in.index, f->path, out) == DONE;
	*how = EVIDENCE_NAME;
	number = catalog_find(&names, t, &rejected, &result);
	if (number != CATALOG_NONE &&
	    index_get_numbered(l->in.index, number, out) == DONE)
		return true;
	note_best_rejected(l, rejected, &result, near);
	return false;
}

/* ---- links ---- */

static bool is_in_library(const struct linking *l, const char *identity)
{
	return identity != NULL && index_has_identity(l->in.index, identity);
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
	enum evidence how;
	struct file f;

	if (s->asked == hash && s->identity[0] == '\0' &&
	    override_changed_at(l, s->track.key) == 0)
		return false;
	l->track = &s->track;
	best_rejected_free(&s->nearest_file);
	file_init(&f);
	if (find_file(l, &how, &f, &s->nearest_file)) {
		set_link(s, f.media.identity, how);
		s->asked = 0;
	} else {
		set_link(s, "", EVIDENCE_NONE);
		s->asked = hash;
	}
	file_free(&f);
	files_free(&l->files);
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
		out->forgotten = takedowns_forbid(l->in.takedowns, key);
		/* The cold file that is gone was taken out by likesync. */
		out->removed = !takedowns_is_cold(l->in.takedowns, key) &&
		    overrides_deleted_by_user(l->in.pins,
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
