/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files by folder and name, so that the files of one folder are neighbours and
 * each is found beside the one before. A file's number stays while the file is
 * known; identities and words name files by it.
 */
#include "index/file_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "index/changes.h"
#include "index/fields.h"

#define NOTE_FILES "files.state"

enum { TAG_IDENTITY = 1, TAG_REASON = 43, TAG_PATH };

static const struct record_field fields[] = {
	RECORD_FIELD(TAG_IDENTITY, AS_HEX, file, media.identity),
	RECORD_FIELD(2, AS_CHARS, file, media.codec),
	RECORD_FIELD(3, AS_CHARS, file, media.container),
	RECORD_FIELD(4, AS_INT64, file, media.duration_ms),
	RECORD_FIELD(5, AS_INT64, file, media.bitrate),
	RECORD_FIELD(6, AS_INT, file, media.sample_rate),
	RECORD_FIELD(7, AS_INT, file, media.channels),
	RECORD_FIELD(8, AS_BOOL, file, media.lossless),
	RECORD_FIELD(9, AS_BOOL, file, media.has_cover),
	RECORD_FIELD(10, AS_INT, file, media.encoder_delay),
	RECORD_FIELD(11, AS_INT, file, media.header),
	RECORD_FIELD(20, AS_TEXT, file, media.tags.artist),
	RECORD_FIELD(21, AS_TEXT, file, media.tags.title),
	RECORD_FIELD(22, AS_TEXT, file, media.tags.album),
	RECORD_FIELD(23, AS_TEXT, file, media.tags.album_artist),
	RECORD_FIELD(24, AS_TEXT, file, media.tags.date),
	RECORD_FIELD(25, AS_TEXT, file, media.tags.genre),
	RECORD_FIELD(26, AS_TEXT, file, media.tags.isrc),
	RECORD_FIELD(27, AS_TEXT, file, media.tags.spotify_id),
	RECORD_FIELD(28, AS_TEXT, file, media.tags.source),
	RECORD_FIELD(29, AS_INT, file, media.tags.track_number),
	RECORD_FIELD(30, AS_INT, file, media.tags.disc_number),
	RECORD_FIELD(31, AS_DOUBLE, file, media.tags.bpm),
	RECORD_FIELD(32, AS_TEXT, file, media.tags.key),
	RECORD_FIELD(33, AS_INT, file, media.tags.energy),
	RECORD_FIELD(34, AS_TEXT, file, media.tags.analysis),
	RECORD_FIELD(40, AS_INT64, file, added_at),
	RECORD_FIELD(41, AS_TEXT, file, doc_id),
	RECORD_FIELD(42, AS_CHARS, file, fault),
	RECORD_FIELD(TAG_PATH, AS_TEXT, file, path),
};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

/* ---- folders ---- */

/* The length of the path's folder, without the slash; 0: the library. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (size_t)(slash - path) : 0;
}

uint32_t file_folder(struct index *x, const char *folder)
{
	struct kv_key k = kv_key_of(folder);
	MDB_val v;

	if (kv_get(x, KV_FOLDERS, k.text, k.len, &v) != DONE ||
	    v.mv_size != KV_NUMBER_LEN)
		return 0;
	return kv_parse_number(v.mv_data);
}

static uint32_t folder_of(struct index *x, const char *path)
{
	char *folder = xstrndup(path, folder_len(path));
	uint32_t number = file_folder(x, folder);

	free(folder);
	return number;
}

static enum outcome add_folder(struct index *x, const char *path,
    uint32_t *number, struct error *error)
{
	char *folder = xstrndup(path, folder_len(path));
	struct kv_key k = kv_key_of(folder);
	uint8_t bytes[KV_NUMBER_LEN];
	enum outcome o;

	*number = kv_next_number(x, KV_FOLDER_PATHS);
	kv_number(*number, bytes);
	o = kv_put(x, KV_FOLDERS, k.text, k.len, bytes, sizeof(bytes), error);
	if (o == DONE)
		o = kv_put(x, KV_FOLDER_PATHS, bytes, sizeof(bytes), folder,
		    strlen(folder) + 1, error);
	free(folder);
	return o;
}

static int stop_at_first(void *ctx, const MDB_val *key, const MDB_val *value)
{
	(void)ctx, (void)key, (void)value;
	return 1;
}

/* Removes the path's folder if it has no file any more. */
static enum outcome remove_empty_folder(struct index *x, uint32_t number,
    const char *path, struct error *error)
{
	uint8_t bytes[KV_NUMBER_LEN];
	MDB_val prefix = { sizeof(bytes), bytes };
	char *folder;
	struct kv_key k;
	enum outcome o;

	kv_number(number, bytes);
	if (kv_each_prefix(x, KV_FILES, &prefix, stop_at_first, NULL) != 0)
		return DONE;
	folder = xstrndup(path, folder_len(path));
	k = kv_key_of(folder);
	free(folder);
	o = kv_remove(x, KV_FOLDERS, k.text, k.len, NULL, 0, error);
	return o != DONE ? o : kv_remove(x, KV_FOLDER_PATHS, bytes,
	    sizeof(bytes), NULL, 0, error);
}

/* ---- keys and values ---- */

struct file_key file_key_in(uint32_t folder, const char *name)
{
	struct file_key k = { .len = KV_NUMBER_LEN };
	size_t len = strlen(name);
	uint8_t digest[SHA256_LEN];

	kv_number(folder, k.bytes);
	if (len >= FILE_KEY_NAME) {
		sha256_of(name, len, digest);
		len = FILE_KEY_NAME - sizeof(digest);
		memcpy(k.bytes + KV_NUMBER_LEN + len, digest, sizeof(digest));
		k.len += sizeof(digest);
	}
	memcpy(k.bytes + KV_NUMBER_LEN, name, len);
	k.len += len;
	return k;
}

static struct file_key key_of(uint32_t folder, const char *path)
{
	return file_key_in(folder, path_base(path));
}

bool file_get_head(const MDB_val *value, struct file_head *h)
{
	if (value->mv_size < sizeof(*h))
		return false;
	memcpy(h, value->mv_data, sizeof(*h));
	return true;
}

static struct fields fields_of(const MDB_val *value)
{
	return record_fields((const char *)value->mv_data +
	    sizeof(struct file_head), value->mv_size -
	    sizeof(struct file_head));
}

bool file_is_whole(const MDB_val *value)
{
	return value->mv_size >= sizeof(struct file_head) &&
	    fields_of(value).at != NULL;
}

/* -1: it is damaged; then all but the number is empty. */
static int file_from_value(struct file *f, uint32_t *number,
    const MDB_val *value)
{
	struct file_head h;
	struct fields in;
	struct field field;

	file_init(f);
	if (!file_get_head(value, &h))
		return -1;
	*number = h.number;
	in = fields_of(value);
	while (fields_next(&in, &field)) {
		if (field.tag == TAG_REASON && field.type == FIELD_BYTES) {
			char *name = xstrndup((const char *)field.bytes,
			    field.len);

			f->reason = reason_parse(name);
			free(name);
		} else {
			record_set(fields, N_FIELDS, &field, f);
		}
	}
	f->size = h.size;
	f->mtime_ns = h.mtime_ns;
	f->inode = h.inode;
	if (f->path != NULL)
		return 0;
	file_free(f);
	return -1;
}

char *file_name(const MDB_val *key, const MDB_val *value)
{
	uint32_t number;
	struct file f;
	char *name = NULL;

	if (key->mv_size < KV_NUMBER_LEN + FILE_KEY_NAME)
		return xstrndup((const char *)key->mv_data + KV_NUMBER_LEN,
		    key->mv_size - KV_NUMBER_LEN);
	if (file_from_value(&f, &number, value) == 0)
		name = xstrdup(path_base(f.path));
	file_free(&f);
	return name;
}

static void value_of(const struct file *f, uint32_t number, struct buf *out)
{
	const struct file_head h = { .size = f->size, .mtime_ns = f->mtime_ns,
		.inode = f->inode, .number = number };
	size_t begin;

	buf_append(out, &h, sizeof(h));
	begin = record_begin(out);
	record_put(out, fields, N_FIELDS, f);
	field_put_text(out, TAG_REASON, reason_name(f->reason));
	record_end(out, begin);
}

/* ---- words ---- */

struct word_change {
	struct index *index;
	bool remove;
	uint8_t number[KV_NUMBER_LEN];
	enum outcome outcome;
	struct error *error;
};

static void change_word(void *ctx, const char *word)
{
	struct word_change *c = ctx;
	struct kv_key k = kv_key_of(word);

	if (c->outcome == DONE)
		c->outcome = (c->remove ? kv_remove : kv_put)(c->index,
		    KV_WORDS, k.text, k.len, c->number, sizeof(c->number),
		    c->error);
}

/* Adds the file to the lists of its words, or removes it from them. */
static enum outcome change_words(struct index *x, const struct file *f,
    uint32_t number, bool remove, struct error *error)
{
	struct word_change c = { .index = x, .remove = remove,
		.error = error };

	if (f->media.identity[0] == '\0' || kv_words(x) == NULL)
		return DONE;
	kv_number(number, c.number);
	kv_words(x)(f, change_word, &c);
	return c.outcome;
}

/* Have both the same words? Their paths are the same. */
static bool has_same_words(const struct file *a, const struct file *b)
{
	const struct tags *t = &a->media.tags, *u = &b->media.tags;

	return str_equal(t->artist, u->artist) &&
	    str_equal(t->title, u->title) && str_equal(t->isrc, u->isrc) &&
	    str_equal(t->spotify_id, u->spotify_id) &&
	    (a->media.identity[0] == '\0') == (b->media.identity[0] == '\0');
}

/* ---- changing ---- */

int64_t index_files_state(struct index *x)
{
	return index_get_note_int(x, NOTE_FILES, 1);
}

static enum outcome note_change(struct index *x, const char *path,
    enum file_change change, struct error *error)
{
	enum outcome o = change_note(x, path, change, error);

	return o != DONE ? o : index_put_note_int(x, NOTE_FILES,
	    index_files_state(x) + 1, error);
}

/* An entry of the file in the list of its identity. */
static enum outcome change_identity(struct index *x, const struct file *f,
    uint32_t number, bool remove, struct error *error)
{
	uint8_t identity[KV_HASH_LEN], bytes[KV_NUMBER_LEN];

	if (kv_identity(f->media.identity, identity) != 0)
		return DONE;
	kv_number(number, bytes);
	return (remove ? kv_remove : kv_put)(x, KV_IDENTITIES, identity,
	    sizeof(identity), bytes, sizeof(bytes), error);
}

/* Brings identity and words up to date with what replaces old. */
static enum outcome update_lists(struct index *x, const struct file *old,
    const struct file *f, uint32_t number, struct error *error)
{
	enum outcome o = DONE;

	if (strcmp(old->media.identity, f->media.identity) != 0) {
		o = change_identity(x, old, number, true, error);
		if (o == DONE)
			o = change_identity(x, f, number, false, error);
	}
	if (o != DONE || has_same_words(old, f))
		return o;
	o = change_words(x, old, number, true, error);
	return o != DONE ? o : change_words(x, f, number, false, error);
}

static enum outcome add_to_lists(struct index *x, const struct file *f,
    uint32_t number, const struct file_key *k, struct error *error)
{
	uint8_t bytes[KV_NUMBER_LEN];
	enum outcome o;

	kv_number(number, bytes);
	o = kv_put(x, KV_NUMBERS, bytes, sizeof(bytes), k->bytes, k->len,
	    error);
	if (o == DONE)
		o = change_identity(x, f, number, false, error);
	return o != DONE ? o : change_words(x, f, number, false, error);
}

static enum outcome put_file(struct index *x, const struct file *f,
    struct error *error)
{
	uint32_t folder = folder_of(x, f->path), number = 0;
	struct buf value = BUF_INIT;
	enum file_change change = CHANGE_ADDED;
	struct file_key k;
	struct file old;
	MDB_val v;
	enum outcome o = DONE;

	file_init(&old);
	if (folder == 0)
		o = add_folder(x, f->path, &folder, error);
	k = key_of(folder, f->path);
	if (o == DONE && kv_get(x, KV_FILES, k.bytes, k.len, &v) == DONE) {
		change = CHANGE_OTHER;
		file_from_value(&old, &number, &v);
	}
	if (o == DONE && number == 0) {
		number = kv_next_number(x, KV_NUMBERS);
		o = add_to_lists(x, f, number, &k, error);
	} else if (o == DONE) {
		o = update_lists(x, &old, f, number, error);
	}
	value_of(f, number, &value);
	if (o == DONE)
		o = kv_put(x, KV_FILES, k.bytes, k.len, value.data, value.len,
		    error);
	buf_free(&value);
	file_free(&old);
	return o != DONE ? o : note_change(x, f->path, change, error);
}

enum outcome index_put_file(struct index *x, const struct file *f,
    struct error *error)
{
	bool own;
	enum outcome o = kv_enter(x, &own, error);

	if (o != DONE)
		return o;
	return kv_leave(x, own, put_file(x, f, error), error);
}

static enum outcome remove_file(struct index *x, const char *path,
    struct error *error)
{
	uint32_t folder = folder_of(x, path), number = 0;
	struct file_key k = key_of(folder, path);
	uint8_t bytes[KV_NUMBER_LEN];
	struct file old;
	MDB_val v;
	enum outcome o;

	if (folder == 0 || kv_get(x, KV_FILES, k.bytes, k.len, &v) != DONE)
		return DONE;
	file_from_value(&old, &number, &v);
	o = change_identity(x, &old, number, true, error);
	if (o == DONE)
		o = change_words(x, &old, number, true, error);
	file_free(&old);
	kv_number(number, bytes);
	if (o == DONE)
		o = kv_remove(x, KV_NUMBERS, bytes, sizeof(bytes), NULL, 0,
		    error);
	if (o == DONE)
		o = kv_remove(x, KV_FILES, k.bytes, k.len, NULL, 0, error);
	if (o == DONE)
		o = remove_empty_folder(x, folder, path, error);
	return o != DONE ? o : note_change(x, path, CHANGE_REMOVED, error);
}

enum outcome index_remove_file(struct index *x, const char *path,
    struct error *error)
{
	bool own;
	enum outcome o = kv_enter(x, &own, error);

	if (o != DONE)
		return o;
	return kv_leave(x, own, remove_file(x, path, error), error);
}

/* ---- reading ---- */

static enum outcome get_file(struct index *x, const void *key, size_t len,
    struct file *f)
{
	uint32_t number;
	MDB_val v;

	file_init(f);
	return kv_get(x, KV_FILES, key, len, &v) == DONE &&
	    file_from_value(f, &number, &v) == 0 ? DONE : ITEM_FAILED;
}

enum outcome index_get_file(struct index *x, const char *path, struct file *f)
{
	struct file_key k = key_of(folder_of(x, path), path);

	return get_file(x, k.bytes, k.len, f);
}

static enum outcome get_numbered(struct index *x, const void *number,
    size_t len, struct file *f)
{
	MDB_val v;

	file_init(f);
	return kv_get(x, KV_NUMBERS, number, len, &v) == DONE ?
	    get_file(x, v.mv_data, v.mv_size, f) : ITEM_FAILED;
}

enum outcome index_get_numbered(struct index *x, uint32_t number,
    struct file *f)
{
	uint8_t bytes[KV_NUMBER_LEN];

	kv_number(number, bytes);
	return get_numbered(x, bytes, sizeof(bytes), f);
}

struct file_visit {
	struct index *index;
	const char *identity;
	int (*each)(void *ctx, const struct file *f);
	void *ctx;
};

static int visit_file(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct file_visit *visit = ctx;
	uint32_t number;
	struct file f;
	int stop = 0;

	(void)key;
	if (file_from_value(&f, &number, value) == 0)
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

static int visit_copy(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct file_visit *visit = ctx;
	struct file f;
	int stop = 0;

	(void)key;
	if (get_numbered(visit->index, value->mv_data, value->mv_size, &f) ==
	    DONE && strcmp(f.media.identity, visit->identity) == 0)
		stop = visit->each(visit->ctx, &f);
	file_free(&f);
	return stop;
}

int index_each_copy(struct index *x, const char *identity,
    int (*each)(void *ctx, const struct file *f), void *ctx)
{
	struct file_visit visit = { .index = x, .identity = identity,
		.each = each, .ctx = ctx };
	uint8_t key[KV_HASH_LEN];
	MDB_val k = { .mv_size = sizeof(key), .mv_data = key };

	if (kv_identity(identity, key) != 0)
		return 0;
	return kv_each(x, KV_IDENTITIES, &k, visit_copy, &visit);
}

enum outcome index_find_identity(struct index *x, const char *identity,
    struct file *f)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	file_init(f);
	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_IDENTITIES, key, sizeof(key), &v) != DONE)
		return ITEM_FAILED;
	/* A record that was damaged may have left its place in the list. */
	if (get_numbered(x, v.mv_data, v.mv_size, f) == DONE &&
	    strcmp(f->media.identity, identity) == 0)
		return DONE;
	file_free(f);
	return ITEM_FAILED;
}

/* Of a file's record, as kv_get left it. NULL: it is damaged, or the file has
 * another identity. */
static char *path_in(const MDB_val *value, const uint8_t identity[KV_HASH_LEN])
{
	struct field field, path = { .bytes = NULL };
	bool same = false;
	struct fields in;

	if (value->mv_size < sizeof(struct file_head))
		return NULL;
	in = fields_of(value);
	while (fields_next(&in, &field)) {
		if (field.type != FIELD_BYTES)
			continue;
		if (field.tag == TAG_IDENTITY)
			same = field.len == KV_HASH_LEN && memcmp(field.bytes,
			    identity, KV_HASH_LEN) == 0;
		else if (field.tag == TAG_PATH)
			path = field;
	}
	return same && path.bytes != NULL ?
	    xstrndup((const char *)path.bytes, path.len) : NULL;
}

char *index_find_path(struct index *x, const char *identity)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	if (kv_identity(identity, key) != 0 ||
	    kv_get(x, KV_IDENTITIES, key, sizeof(key), &v) != DONE ||
	    kv_get(x, KV_NUMBERS, v.mv_data, v.mv_size, &v) != DONE ||
	    kv_get(x, KV_FILES, v.mv_data, v.mv_size, &v) != DONE)
		return NULL;
	return path_in(&v, key);
}

bool index_has_identity(struct index *x, const char *identity)
{
	uint8_t key[KV_HASH_LEN];
	MDB_val v;

	return kv_identity(identity, key) == 0 &&
	    kv_get(x, KV_IDENTITIES, key, sizeof(key), &v) == DONE;
}

size_t index_count_files(struct index *x)
{
	return kv_count(x, KV_FILES);
}
