/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Songs by key; the wanted ones, newest first, with what an idle run asks of
 * each; and the songs of a file.
 */
#include "index/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/fast_hash.h"
#include "base/hash.h"
#include "base/mem.h"
#include "index/changes.h"
#include "index/fields.h"
#include "index/track_fields.h"

enum { TAG_ARTIST = 14, TAG_LIKED = 20, TAG_HOW = 23, TAG_LISTED = 29 };

static const struct record_field track_members[] = {
	RECORD_FIELD(1, AS_TEXT, track, key),
	RECORD_FIELD(2, AS_TEXT, track, id),
	RECORD_FIELD(3, AS_TEXT, track, isrc),
	RECORD_FIELD(4, AS_TEXT, track, title),
	RECORD_FIELD(5, AS_TEXT, track, album),
	RECORD_FIELD(6, AS_TEXT, track, release_date),
	RECORD_FIELD(7, AS_TEXT, track, cover_url),
	RECORD_FIELD(8, AS_INT64, track, duration_ms),
	RECORD_FIELD(9, AS_INT, track, disc_number),
	RECORD_FIELD(10, AS_INT, track, track_number),
	RECORD_FIELD(11, AS_BOOL, track, is_explicit),
	RECORD_FIELD(12, AS_BOOL, track, is_local),
	RECORD_FIELD(13, AS_INT64, track, added_at),
	RECORD_FIELD(15, AS_TEXT, track, album_artist),
};
#define N_TRACK_MEMBERS (sizeof(track_members) / sizeof(*track_members))

static const struct record_field members[] = {
	RECORD_FIELD(TAG_LIKED, AS_BOOL, song, liked),
	RECORD_FIELD(21, AS_INT64, song, rank),
	RECORD_FIELD(22, AS_HEX, song, identity),
	RECORD_FIELD(24, AS_INT, song, attempts),
	RECORD_FIELD(25, AS_INT64, song, last_try),
	RECORD_FIELD(26, AS_INT64, song, next_attempt),
	RECORD_FIELD(27, AS_CHARS, song, reason),
	RECORD_FIELD(28, AS_INT64, song, asked),
	RECORD_FIELD(TAG_LISTED, AS_BOOL, song, listed),
	RECORD_FIELD(31, AS_TEXT, song, best_rejected.ref),
	RECORD_FIELD(32, AS_TEXT, song, best_rejected.name),
	RECORD_FIELD(33, AS_TEXT, song, best_rejected.reason),
	RECORD_FIELD(34, AS_DOUBLE, song, best_rejected.score),
	RECORD_FIELD(41, AS_TEXT, song, nearest_file.ref),
	RECORD_FIELD(42, AS_TEXT, song, nearest_file.name),
	RECORD_FIELD(43, AS_TEXT, song, nearest_file.reason),
	RECORD_FIELD(44, AS_DOUBLE, song, nearest_file.score),
	RECORD_FIELD(45, AS_INT64, song, unwanted_since),
};
#define N_MEMBERS (sizeof(members) / sizeof(*members))

void song_init(struct song *s)
{
	memset(s, 0, sizeof(*s));
}

void song_free(struct song *s)
{
	track_free(&s->track);
	best_rejected_free(&s->best_rejected);
	best_rejected_free(&s->nearest_file);
	song_init(s);
}

/* ---- the record ---- */

void track_put_fields(const struct track *t, struct buf *b)
{
	record_put(b, track_members, N_TRACK_MEMBERS, t);
	for (size_t i = 0; i < t->n_artists; i++)
		field_put_text(b, TAG_ARTIST, t->artists[i]);
}

bool track_take_field(struct track *t, const struct field *f)
{
	char *name;

	if (f->tag != TAG_ARTIST || f->type != FIELD_BYTES)
		return record_set(track_members, N_TRACK_MEMBERS, f, t);
	name = xstrndup((const char *)f->bytes, f->len);
	track_add_artist(t, name);
	free(name);
	return true;
}

void track_complete(struct track *t)
{
	if (t->key == NULL)
		t->key = xstrdup("");
	if (t->title == NULL)
		t->title = xstrdup("");
}

static void song_to_record(const struct song *s, struct buf *b)
{
	size_t begin = record_begin(b);

	track_put_fields(&s->track, b);
	record_put(b, members, N_MEMBERS, s);
	field_put_number(b, TAG_HOW, s->how);
	record_end(b, begin);
}

static bool is_wanted(const struct song *s)
{
	return s->liked || s->listed;
}

/* -1 if it is damaged. s is initialized in any case. */
static int song_from_record(struct song *s, const MDB_val *value)
{
	struct fields in = record_fields(value->mv_data, value->mv_size);
	struct field f;

	song_init(s);
	if (in.at == NULL)
		return -1;
	while (fields_next(&in, &f)) {
		if (f.tag == TAG_HOW && f.number > 0 && f.number < EVIDENCES)
			s->how = (enum evidence)f.number;
		else if (!track_take_field(&s->track, &f))
			record_set(members, N_MEMBERS, &f, s);
	}
	track_complete(&s->track);
	if (s->identity[0] == '\0')
		s->how = EVIDENCE_NONE;
	if (is_wanted(s))
		s->unwanted_since = 0;
	return 0;
}

/* ---- the wanted ones ---- */

#define ORDER_LEN (3 * sizeof(uint64_t))
#define FLAG_LINKED 1
#define FLAG_LOCAL 2
#define FLAG_NAMED 4
#define FLAG_LIKED 8	/* else only listed */

/* What a value in KV_LIKED begins with; the track's key follows, with its
 * NUL. */
struct liked_value {
	int64_t next_attempt, liked_at;
	uint8_t identity[KV_HASH_LEN];
	uint8_t how, flags;
	uint8_t unused[6];
};

/* Later likes first, then higher ranks. The key's hash tells songs apart that
 * have both in common. */
static void order_of(const struct song *s, uint8_t out[ORDER_LEN])
{
	const uint64_t order[] = {
		UINT64_MAX - (uint64_t)s->track.added_at - (UINT64_C(1) << 63),
		UINT64_MAX - (uint64_t)s->rank - (UINT64_C(1) << 63),
		fast_hash64(s->track.key, strlen(s->track.key)) };

	for (size_t i = 0; i < ORDER_LEN; i++)
		out[i] = (uint8_t)(order[i / 8] >> (56 - 8 * (i % 8)));
}

static enum outcome put_liked(struct index *x, const struct song *s,
    struct error *error)
{
	struct liked_value v = { .next_attempt = s->next_attempt,
		.liked_at = s->track.added_at, .how = (uint8_t)s->how };
	uint8_t order[ORDER_LEN];
	struct buf b = BUF_INIT;
	enum outcome o;

	if (kv_identity(s->identity, v.identity) == 0)
		v.flags |= FLAG_LINKED;
	v.flags |= s->track.is_local ? FLAG_LOCAL : 0;
	v.flags |= track_has_name(&s->track) ? FLAG_NAMED : 0;
	v.flags |= s->liked ? FLAG_LIKED : 0;
	buf_append(&b, &v, sizeof(v));
	buf_append(&b, s->track.key, strlen(s->track.key) + 1);
	order_of(s, order);
	o = kv_put(x, KV_LIKED, order, sizeof(order), b.data, b.len, error);
	buf_free(&b);
	return o;
}

struct liked_visit {
	int (*each)(void *ctx, const struct liked_song *s);
	void *ctx;
};

static int visit_liked(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct liked_visit *visit = ctx;
	struct liked_value v;
	struct liked_song s = { .key = (const char *)value->mv_data +
		sizeof(v) };

	(void)key;
	if (value->mv_size <= sizeof(v) ||
	    s.key[value->mv_size - sizeof(v) - 1] != '\0')
		return 0;
	memcpy(&v, value->mv_data, sizeof(v));
	s.next_attempt = v.next_attempt;
	s.liked_at = v.liked_at;
	s.is_local = v.flags & FLAG_LOCAL;
	s.has_name = v.flags & FLAG_NAMED;
	s.is_liked = v.flags & FLAG_LIKED;
	if (v.flags & FLAG_LINKED && v.how < EVIDENCES) {
		hex_encode(v.identity, sizeof(v.identity), s.identity);
		s.how = (enum evidence)v.how;
	}
	return visit->each(visit->ctx, &s);
}

int index_each_liked(struct index *x, int (*each)(void *ctx,
    const struct liked_song *s), void *ctx)
{
	struct liked_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_LIKED, NULL, visit_liked, &visit);
}

/* ---- changing ---- */

/* Removes what was derived from old, which s replaces. */
static enum outcome forget_derived(struct index *x, const struct kv_key *k,
    const struct song *old, const struct song *s, struct error *error)
{
	uint8_t order[ORDER_LEN], identity[KV_HASH_LEN];
	enum outcome o = DONE;

	if (is_wanted(old) && (!is_wanted(s) || old->rank != s->rank ||
	    old->track.added_at != s->track.added_at)) {
		order_of(old, order);
		o = kv_remove(x, KV_LIKED, order, sizeof(order), NULL, 0,
		    error);
	}
	if (o == DONE && strcmp(old->identity, s->identity) != 0 &&
	    kv_identity(old->identity, identity) == 0)
		o = kv_remove(x, KV_TRACKS_OF, identity, sizeof(identity),
		    k->text, k->len, error);
	return o;
}

/* Do files that are linked to the track say the same of it? */
static bool names_are_equal(const struct track *a, const struct track *b)
{
	bool equal = str_equal(a->id, b->id) && str_equal(a->isrc, b->isrc) &&
	    str_equal(a->title, b->title) && a->n_artists == b->n_artists;

	for (size_t i = 0; equal && i < a->n_artists; i++)
		equal = str_equal(a->artists[i], b->artists[i]);
	return equal;
}

/* Notes the files that old was, and that s is linked to. */
static enum outcome note_links(struct index *x, const struct song *old,
    const struct song *s, struct error *error)
{
	enum outcome o;

	if (strcmp(old->identity, s->identity) == 0 &&
	    (s->identity[0] == '\0' || names_are_equal(&old->track, &s->track)))
		return DONE;
	o = change_note_copies(x, old->identity, CHANGE_OF_LINK, error);
	return o != DONE ? o : change_note_copies(x, s->identity,
	    CHANGE_OF_LINK, error);
}

static enum outcome put_song(struct index *x, const struct song *s,
    struct error *error)
{
	struct kv_key k = kv_key_of(s->track.key);
	uint8_t identity[KV_HASH_LEN];
	struct buf b = BUF_INIT;
	enum outcome o = DONE;
	struct song old;

	if (index_get_song(x, s->track.key, &old) == DONE)
		o = forget_derived(x, &k, &old, s, error);
	if (o == DONE)
		o = note_links(x, &old, s, error);
	song_free(&old);
	if (o == DONE && is_wanted(s))
		o = put_liked(x, s, error);
	if (o == DONE && kv_identity(s->identity, identity) == 0)
		o = kv_put(x, KV_TRACKS_OF, identity, sizeof(identity), k.text,
		    k.len, error);
	if (o != DONE)
		return o;
	song_to_record(s, &b);
	o = kv_put(x, KV_TRACKS, k.text, k.len, b.data, b.len, error);
	buf_free(&b);
	return o;
}

enum outcome index_put_song(struct index *x, const struct song *s,
    struct error *error)
{
	bool own;
	enum outcome o;

	if (s->track.key == NULL)
		return error_set(error, RUN_FAILED, "index: a track has no "
		    "key");
	o = kv_enter(x, &own, error);
	if (o != DONE)
		return o;
	return kv_leave(x, own, put_song(x, s, error), error);
}

/* ---- reading ---- */

static enum outcome get_song(struct index *x, const char *key, size_t len,
    struct song *s)
{
	MDB_val v;

	song_init(s);
	if (kv_get(x, KV_TRACKS, key, len, &v) != DONE)
		return ITEM_FAILED;
	return song_from_record(s, &v) == 0 ? DONE : ITEM_FAILED;
}

enum outcome index_get_song(struct index *x, const char *key, struct song *s)
{
	struct kv_key k = kv_key_of(key);

	return get_song(x, k.text, k.len, s);
}

bool index_has_liked(struct index *x, const char *key)
{
	struct song s;
	bool liked = index_get_song(x, key, &s) == DONE && s.liked;

	song_free(&s);
	return liked;
}

/* By its record alone, of which little is read. */
static bool is_wanted_record(const MDB_val *value)
{
	struct fields in = record_fields(value->mv_data, value->mv_size);
	struct field f;
	bool wanted = false;

	while (in.at != NULL && !wanted && fields_next(&in, &f))
		wanted = (f.tag == TAG_LIKED || f.tag == TAG_LISTED) &&
		    f.number != 0;
	return wanted;
}

struct song_visit {
	struct index *index;
	int (*each)(void *ctx, const struct song *s);
	void *ctx;
};

static int visit_song(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct song_visit *visit = ctx;
	struct song s;
	int stop = 0;

	(void)key;
	if (song_from_record(&s, value) == 0)
		stop = visit->each(visit->ctx, &s);
	song_free(&s);
	return stop;
}

static int visit_other_song(void *ctx, const MDB_val *key, const MDB_val *value)
{
	return is_wanted_record(value) ? 0 : visit_song(ctx, key, value);
}

int index_each_other_song(struct index *x, int (*each)(void *ctx,
    const struct song *s), void *ctx)
{
	struct song_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_TRACKS, NULL, visit_other_song, &visit);
}

int index_each_song(struct index *x, int (*each)(void *ctx,
    const struct song *s), void *ctx)
{
	struct song_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_TRACKS, NULL, visit_song, &visit);
}

static int visit_song_of(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct song_visit *visit = ctx;
	struct song s;
	int stop = 0;

	(void)key;
	if (get_song(visit->index, value->mv_data, value->mv_size, &s) == DONE)
		stop = visit->each(visit->ctx, &s);
	song_free(&s);
	return stop;
}

int index_each_song_of(struct index *x, const char *identity,
    int (*each)(void *ctx, const struct song *s), void *ctx)
{
	struct song_visit visit = { .index = x, .each = each, .ctx = ctx };
	uint8_t key[KV_HASH_LEN];
	MDB_val k = { .mv_size = sizeof(key), .mv_data = key };

	if (kv_identity(identity, key) != 0)
		return 0;
	return kv_each(x, KV_TRACKS_OF, &k, visit_song_of, &visit);
}

enum outcome index_find_song_of(struct index *x, const char *identity,
    struct song *s)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	song_init(s);
	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_TRACKS_OF, key, sizeof(key), &v) != DONE)
		return ITEM_FAILED;
	return get_song(x, v.mv_data, v.mv_size, s);
}

struct collection {
	struct index *index;
	struct songs *songs;
};

static int collect_liked(void *ctx, const struct liked_song *liked)
{
	struct collection *c = ctx;
	struct songs *list = c->songs;
	struct song s;

	if (index_get_song(c->index, liked->key, &s) != DONE)
		return 0;
	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	list->items[list->count++] = s;
	return 0;
}

void index_liked_songs(struct index *x, struct songs *out)
{
	struct collection c = { .index = x, .songs = out };

	memset(out, 0, sizeof(*out));
	index_each_liked(x, collect_liked, &c);
}

void songs_free(struct songs *list)
{
	for (size_t i = 0; i < list->count; i++)
		song_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
