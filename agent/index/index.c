/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The records, in JSON, which can be read in a dump and extended later. A
 * file's record begins with its stamp and its path in binary: every scan
 * compares all stamps, and a path need not be UTF-8.
 */
#include "index/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/integer.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/kv.h"

#define MAX_KEY 256		/* LMDB's own is 511 */

struct stamp {
	int64_t size, mtime_ns;
	uint64_t inode;
	uint64_t path_len;
};

static void hash_path(const char *path, uint8_t out[KV_HASH_LEN])
{
	uint8_t digest[SHA256_LEN];

	sha256_of(path, strlen(path), digest);
	memcpy(out, digest, KV_HASH_LEN);
}

/* Ends the writer and puts what it wrote. */
static enum outcome put_json(struct index *x, enum kv_table t,
    const void *key, size_t len, struct json_writer *w, struct error *error)
{
	size_t text_len;
	char *text = json_writer_end(w, &text_len);
	enum outcome o = kv_put(x, t, key, len, text, text_len, error);

	free(text);
	return o;
}

static struct json *get_json(struct index *x, enum kv_table t,
    const void *key, size_t len)
{
	MDB_val v;

	if (kv_get(x, t, key, len, &v) != DONE)
		return NULL;
	return json_parse(v.mv_data, v.mv_size, NULL);
}

static void get_text(const struct json *v, const char *key, char *out,
    size_t size)
{
	const char *text = json_get_string(v, key);

	snprintf(out, size, "%s", text != NULL ? text : "");
}

/* ---- songs ---- */

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

/* What LMDB files a song under: the track's key, or a hash of one that is
 * too long or empty. */
struct song_key {
	char text[MAX_KEY + 1];
	size_t len;
};

static struct song_key song_key(const char *key)
{
	struct song_key k = { .len = strlen(key) };
	uint8_t digest[SHA256_LEN];

	if (k.len == 0 || k.len > MAX_KEY) {
		sha256_of(key, k.len, digest);
		k.text[0] = '#';
		hex_encode(digest, sizeof(digest), k.text + 1);
		k.len = 1 + 2 * sizeof(digest);
	} else {
		memcpy(k.text, key, k.len);
	}
	return k;
}

enum outcome index_put_song(struct index *x, const struct song *s,
    struct error *error)
{
	struct json_writer *w;
	struct song_key k;

	if (s->track.key == NULL)
		return error_set(error, RUN_FAILED, "index: a track has no "
		    "key");
	k = song_key(s->track.key);
	w = json_writer_new(false);
	json_open_object(w, NULL);
	json_put_string(w, "key", s->track.key);
	track_to_json(&s->track, w, "track");
	json_put_bool(w, "liked", s->liked);
	json_put_int(w, "rank", s->rank);
	json_put_string_if(w, "identity", s->identity);
	json_put_int(w, "how", s->how);
	json_put_int(w, "attempts", s->attempts);
	json_put_int(w, "last_try", s->last_try);
	json_put_int(w, "next_attempt", s->next_attempt);
	json_put_string_if(w, "reason", s->reason);
	json_put_int(w, "asked", s->asked);
	best_rejected_to_json(&s->best_rejected, w, "best_rejected");
	best_rejected_to_json(&s->nearest_file, w, "nearest_file");
	json_close(w);
	return put_json(x, KV_SONGS, k.text, k.len, w, error);
}

static void song_from_json(struct song *s, const struct json *v)
{
	const char *key = json_get_string(v, "key");

	song_init(s);
	track_from_json(&s->track, json_get(v, "track"));
	/* A song that lost its id or its name keeps its key. */
	if (key != NULL)
		str_replace(&s->track.key, key);
	s->liked = json_get_bool(v, "liked", false);
	s->rank = json_get_int(v, "rank", 0);
	get_text(v, "identity", s->identity, sizeof(s->identity));
	s->how = (enum evidence)json_get_int(v, "how", EVIDENCE_NONE);
	if (s->identity[0] == '\0' || s->how >= EVIDENCES)
		s->how = EVIDENCE_NONE;
	s->attempts = (int)json_get_int(v, "attempts", 0);
	s->last_try = json_get_int(v, "last_try", 0);
	s->next_attempt = json_get_int(v, "next_attempt", 0);
	get_text(v, "reason", s->reason, sizeof(s->reason));
	s->asked = json_get_int(v, "asked", 0);
	best_rejected_from_json(&s->best_rejected, json_get(v,
	    "best_rejected"));
	best_rejected_from_json(&s->nearest_file, json_get(v, "nearest_file"));
}

enum outcome index_get_song(struct index *x, const char *key, struct song *s)
{
	struct song_key k = song_key(key);
	struct json *v = get_json(x, KV_SONGS, k.text, k.len);

	song_init(s);
	if (v == NULL)
		return ITEM_FAILED;
	song_from_json(s, v);
	json_free(v);
	return DONE;
}

bool index_has_liked(struct index *x, const char *key)
{
	struct song s;
	bool liked = index_get_song(x, key, &s) == DONE && s.liked;

	song_free(&s);
	return liked;
}

struct song_visit {
	int (*each)(void *ctx, const struct song *s);
	void *ctx;
};

static int visit_song(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct song_visit *visit = ctx;
	struct json *v = json_parse(value->mv_data, value->mv_size, NULL);
	struct song s;
	int stop;

	(void)key;
	if (v == NULL)
		return 0;
	song_from_json(&s, v);
	stop = visit->each(visit->ctx, &s);
	song_free(&s);
	json_free(v);
	return stop;
}

int index_each_song(struct index *x, int (*each)(void *ctx,
    const struct song *s), void *ctx)
{
	struct song_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_SONGS, NULL, visit_song, &visit);
}

static int collect_liked(void *ctx, const struct song *s)
{
	struct songs *list = ctx;
	struct song *copy;

	if (!s->liked)
		return 0;
	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	copy = &list->items[list->count++];
	*copy = *s;
	track_copy(&copy->track, &s->track);
	best_rejected_copy(&copy->best_rejected, &s->best_rejected);
	best_rejected_copy(&copy->nearest_file, &s->nearest_file);
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct song *x = a, *y = b;

	if (x->track.added_at != y->track.added_at)
		return x->track.added_at < y->track.added_at ? 1 : -1;
	return x->rank < y->rank ? 1 : x->rank > y->rank ? -1 : 0;
}

void index_liked_songs(struct index *x, struct songs *out)
{
	memset(out, 0, sizeof(*out));
	index_each_song(x, collect_liked, out);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items),
		    newest_first);
}

void songs_free(struct songs *list)
{
	for (size_t i = 0; i < list->count; i++)
		song_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* ---- files ---- */

static int identity_key(const char *identity, uint8_t out[KV_HASH_LEN])
{
	return hex_decode(identity, out, KV_HASH_LEN);
}

/* The record's JSON, behind stamp and path. */
static char *file_json(const struct file *f, size_t *len)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	media_to_json(&f->media, w, "media");
	json_put_int(w, "added_at", f->added_at);
	json_put_string_if(w, "doc_id", f->doc_id);
	json_put_string_if(w, "fault", f->fault);
	json_put_string_if(w, "reason", reason_name(f->reason));
	json_close(w);
	return json_writer_end(w, len);
}

/* -1 if it is none; else the path that follows it is whole. */
static int stamp_from_value(struct stamp *st, const MDB_val *value)
{
	if (value->mv_size < sizeof(*st))
		return -1;
	memcpy(st, value->mv_data, sizeof(*st));
	return st->path_len <= value->mv_size - sizeof(*st) ? 0 : -1;
}

static int file_from_value(struct file *f, const MDB_val *value)
{
	struct stamp st;
	const char *bytes = value->mv_data;
	struct json *v;

	file_init(f);
	if (stamp_from_value(&st, value) != 0)
		return -1;
	f->size = st.size;
	f->mtime_ns = st.mtime_ns;
	f->inode = st.inode;
	f->path = xstrndup(bytes + sizeof(st), st.path_len);
	v = json_parse(bytes + sizeof(st) + st.path_len,
	    value->mv_size - sizeof(st) - st.path_len, NULL);
	if (media_from_json(&f->media, json_get(v, "media")) != 0)
		f->media.identity[0] = '\0';
	f->added_at = json_get_int(v, "added_at", 0);
	f->doc_id = xstrdup(json_get_string(v, "doc_id"));
	get_text(v, "fault", f->fault, sizeof(f->fault));
	f->reason = reason_parse(json_get_string(v, "reason"));
	json_free(v);
	return 0;
}

enum outcome index_get_file(struct index *x, const char *path, struct file *f)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	file_init(f);
	hash_path(path, key);
	if (kv_get(x, KV_FILES, key, sizeof(key), &v) != DONE ||
	    file_from_value(f, &v) != 0)
		return ITEM_FAILED;
	return DONE;
}

bool index_file_is(struct index *x, const char *path, int64_t size,
    int64_t mtime_ns, uint64_t inode)
{
	uint8_t key[KV_HASH_LEN];
	struct stamp st;
	MDB_val v;

	hash_path(path, key);
	if (kv_get(x, KV_FILES, key, sizeof(key), &v) != DONE ||
	    stamp_from_value(&st, &v) != 0)
		return false;
	return st.size == size && st.mtime_ns == mtime_ns &&
	    st.inode == inode;
}

/* Takes the file off its identity's list. */
static enum outcome remove_identity(struct index *x, const char *path,
    const uint8_t key[KV_HASH_LEN], struct error *error)
{
	uint8_t identity[KV_HASH_LEN];
	struct file old;
	enum outcome o = DONE;

	if (index_get_file(x, path, &old) == DONE &&
	    identity_key(old.media.identity, identity) == 0)
		o = kv_remove(x, KV_IDENTITIES, identity, sizeof(identity),
		    key, KV_HASH_LEN, error);
	file_free(&old);
	return o;
}

static enum outcome put_file(struct index *x, const struct file *f,
    struct error *error)
{
	struct stamp st = { f->size, f->mtime_ns, f->inode,
		strlen(f->path) };
	uint8_t key[KV_HASH_LEN], identity[KV_HASH_LEN];
	struct buf value = BUF_INIT;
	enum outcome o;
	size_t len;
	char *text = file_json(f, &len);

	hash_path(f->path, key);
	buf_append(&value, &st, sizeof(st));
	buf_append(&value, f->path, st.path_len);
	buf_append(&value, text, len);
	o = remove_identity(x, f->path, key, error);
	if (o == DONE)
		o = kv_put(x, KV_FILES, key, sizeof(key), value.data,
		    value.len, error);
	if (o == DONE && identity_key(f->media.identity, identity) == 0)
		o = kv_put(x, KV_IDENTITIES, identity, sizeof(identity), key,
		    sizeof(key), error);
	free(text);
	buf_free(&value);
	return o;
}

#define NOTE_FILES "files.state"

int64_t index_files_state(struct index *x)
{
	return index_get_note_int(x, NOTE_FILES, 1);
}

static enum outcome files_changed(struct index *x, struct error *error)
{
	return index_put_note_int(x, NOTE_FILES, index_files_state(x) + 1,
	    error);
}

enum outcome index_put_file(struct index *x, const struct file *f,
    struct error *error)
{
	bool own;
	enum outcome o = kv_enter(x, &own, error);

	if (o != DONE)
		return o;
	o = put_file(x, f, error);
	if (o == DONE)
		o = files_changed(x, error);
	return kv_leave(x, own, o, error);
}

enum outcome index_remove_file(struct index *x, const char *path,
    struct error *error)
{
	uint8_t key[KV_HASH_LEN];
	bool own;
	enum outcome o = kv_enter(x, &own, error);

	if (o != DONE)
		return o;
	hash_path(path, key);
	o = remove_identity(x, path, key, error);
	if (o == DONE)
		o = kv_remove(x, KV_FILES, key, sizeof(key), NULL, 0, error);
	if (o == DONE)
		o = files_changed(x, error);
	return kv_leave(x, own, o, error);
}

struct file_visit {
	int (*each)(void *ctx, const struct file *f);
	void *ctx;
};

static int visit_file(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct file_visit *visit = ctx;
	struct file f;
	int stop = 0;

	(void)key;
	if (file_from_value(&f, value) == 0)
		stop = visit->each(visit->ctx, &f);
	file_free(&f);
	return stop;
}

int index_each_file(struct index *x, int (*each)(void *ctx,
    const struct file *f), void *ctx)
{
	struct file_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_FILES, NULL, visit_file, &visit);
}

struct path_visit {
	int (*each)(void *ctx, const char *path);
	void *ctx;
};

static int visit_path(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct path_visit *visit = ctx;
	struct stamp st;
	char *path;
	int stop;

	(void)key;
	if (stamp_from_value(&st, value) != 0)
		return 0;
	path = xstrndup((const char *)value->mv_data + sizeof(st),
	    st.path_len);
	stop = visit->each(visit->ctx, path);
	free(path);
	return stop;
}

int index_each_path(struct index *x, int (*each)(void *ctx, const char *path),
    void *ctx)
{
	struct path_visit visit = { .each = each, .ctx = ctx };

	return kv_each(x, KV_FILES, NULL, visit_path, &visit);
}

struct copy_visit {
	struct index *index;
	int (*each)(void *ctx, const struct file *f);
	void *ctx;
};

static int visit_copy(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct copy_visit *visit = ctx;
	MDB_val v;
	struct file f;
	int stop = 0;

	(void)key;
	if (kv_get(visit->index, KV_FILES, value->mv_data, value->mv_size,
	    &v) != DONE)
		return 0;
	if (file_from_value(&f, &v) == 0)
		stop = visit->each(visit->ctx, &f);
	file_free(&f);
	return stop;
}

int index_each_copy(struct index *x, const char *identity,
    int (*each)(void *ctx, const struct file *f), void *ctx)
{
	struct copy_visit visit = { .index = x, .each = each, .ctx = ctx };
	uint8_t key[KV_HASH_LEN];
	MDB_val k = { .mv_size = sizeof(key), .mv_data = key };

	if (identity_key(identity, key) != 0)
		return 0;
	return kv_each(x, KV_IDENTITIES, &k, visit_copy, &visit);
}

enum outcome index_find_identity(struct index *x, const char *identity,
    struct file *f)
{
	uint8_t key[KV_HASH_LEN], path[KV_HASH_LEN];
	MDB_val v;

	file_init(f);
	if (identity_key(identity, key) != 0 ||
	    kv_get(x, KV_IDENTITIES, key, sizeof(key), &v) != DONE ||
	    v.mv_size != sizeof(path))
		return ITEM_FAILED;
	memcpy(path, v.mv_data, sizeof(path));
	if (kv_get(x, KV_FILES, path, sizeof(path), &v) != DONE ||
	    file_from_value(f, &v) != 0)
		return ITEM_FAILED;
	return DONE;
}

size_t index_count_files(struct index *x)
{
	return kv_count(x, KV_FILES);
}

/* ---- analyses ---- */

void analysis_record_free(struct analysis_record *r)
{
	analysis_free(&r->analysis);
}

enum outcome index_put_analysis(struct index *x, const char *identity,
    const struct analysis_record *r, struct error *error)
{
	struct json_writer *w;
	uint8_t key[KV_HASH_LEN];

	if (identity_key(identity, key) != 0)
		return error_set(error, RUN_FAILED,
		    "index: %s is not an identity", identity);
	w = json_writer_new(false);
	json_open_object(w, NULL);
	json_put_bool(w, "analyzed", r->analyzed);
	if (r->analyzed)
		analysis_to_json(&r->analysis, w, "analysis");
	json_put_int(w, "analyzed_at", r->analyzed_at);
	json_put_bool(w, "complete", r->complete);
	json_put_string_if(w, "fault", r->fault);
	json_put_string_if(w, "reason", reason_name(r->reason));
	json_put_string_if(w, "version", r->version);
	json_close(w);
	return put_json(x, KV_ANALYSES, key, sizeof(key), w, error);
}

enum outcome index_get_analysis(struct index *x, const char *identity,
    struct analysis_record *r)
{
	uint8_t key[KV_HASH_LEN];
	struct json *v = identity_key(identity, key) == 0 ?
	    get_json(x, KV_ANALYSES, key, sizeof(key)) : NULL;

	memset(r, 0, sizeof(*r));
	if (v == NULL)
		return ITEM_FAILED;
	r->analyzed = json_get_bool(v, "analyzed", false);
	analysis_from_json(&r->analysis, json_get(v, "analysis"));
	r->analyzed_at = json_get_int(v, "analyzed_at", 0);
	r->complete = json_get_bool(v, "complete", false);
	get_text(v, "fault", r->fault, sizeof(r->fault));
	r->reason = reason_parse(json_get_string(v, "reason"));
	get_text(v, "version", r->version, sizeof(r->version));
	json_free(v);
	return DONE;
}

/* ---- notes ---- */

enum outcome index_put_note(struct index *x, const char *name,
    const char *text, struct error *error)
{
	return kv_put(x, KV_NOTES, name, strlen(name), text, strlen(text),
	    error);
}

char *index_get_note(struct index *x, const char *name)
{
	MDB_val v;

	if (kv_get(x, KV_NOTES, name, strlen(name), &v) != DONE)
		return NULL;
	return xstrndup(v.mv_data, v.mv_size);
}

enum outcome index_put_note_int(struct index *x, const char *name, int64_t v,
    struct error *error)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	return index_put_note(x, name, text, error);
}

int64_t index_get_note_int(struct index *x, const char *name,
    int64_t fallback)
{
	char *text = index_get_note(x, name);
	int64_t v = fallback;

	if (text != NULL)
		int_parse(text, INT64_MIN, INT64_MAX, &v);
	free(text);
	return v;
}
