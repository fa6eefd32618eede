/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables as JSON, for a person. */
#include "index/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/fields.h"
#include "index/file_key.h"
#include "index/lists.h"

enum form { TEXT, HEX, NUMBER, JSON, FILE_KEY };

struct dump {
	struct index *index;
	const char *table;
	enum form key, value;
	void (*line)(void *ctx, const char *json);
	void *ctx;
};

static struct json_writer *begin_line(const struct dump *d)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "table", d->table);
	return w;
}

static void end_line(const struct dump *d, struct json_writer *w)
{
	char *text = json_writer_end(w, NULL);

	d->line(d->ctx, text);
	free(text);
}

/* ---- tables of keys and values ---- */

static void put_hex(struct json_writer *w, const char *name, const MDB_val *v)
{
	char *hex = xmalloc(2 * v->mv_size + 1);

	hex_encode(v->mv_data, v->mv_size, hex);
	json_put_string(w, name, hex);
	free(hex);
}

static void put_text(struct json_writer *w, const char *name, const void *data,
    size_t len)
{
	char *text = xstrndup(data, len);

	json_put_string(w, name, text);
	free(text);
}

static void put_value(struct json_writer *w, const char *name, enum form form,
    const MDB_val *v)
{
	struct json *tree = form == JSON ?
	    json_parse(v->mv_data, v->mv_size, NULL) : NULL;

	if (form == NUMBER && v->mv_size == KV_NUMBER_LEN) {
		json_put_int(w, name, kv_parse_number(v->mv_data));
	} else if (form == FILE_KEY && v->mv_size >= KV_NUMBER_LEN) {
		json_put_int(w, "folder", kv_parse_number(v->mv_data));
		put_text(w, "name", (const char *)v->mv_data + KV_NUMBER_LEN,
		    v->mv_size - KV_NUMBER_LEN);
	} else if (form == TEXT) {
		put_text(w, name, v->mv_data, v->mv_size);
	} else if (tree != NULL) {
		json_put_tree(w, name, tree);
	} else {
		put_hex(w, name, v);
	}
	json_free(tree);
}

static int dump_pair(void *ctx, const MDB_val *key, const MDB_val *value)
{
	const struct dump *d = ctx;
	struct json_writer *w = begin_line(d);

	put_value(w, "key", d->key, key);
	put_value(w, "value", d->value, value);
	end_line(d, w);
	return 0;
}

/* ---- tables of records ---- */

static int dump_track(void *ctx, const struct song *s)
{
	struct json_writer *w = begin_line(ctx);

	json_put_string(w, "key", s->track.key);
	track_to_json(&s->track, w, "track");
	json_put_bool(w, "liked", s->liked);
	json_put_bool(w, "listed", s->listed);
	json_put_int(w, "rank", s->rank);
	json_put_string_if(w, "identity", s->identity);
	json_put_string_if(w, "matched_by", evidence_name(s->how));
	json_put_int(w, "attempts", s->attempts);
	json_put_time(w, "last_try", s->last_try);
	json_put_time(w, "next_attempt", s->next_attempt);
	json_put_string_if(w, "reason", s->reason);
	best_rejected_to_json(&s->best_rejected, w, "best_rejected");
	best_rejected_to_json(&s->nearest_file, w, "nearest_file");
	end_line(ctx, w);
	return 0;
}

static int dump_liked(void *ctx, const struct liked_song *s)
{
	struct json_writer *w = begin_line(ctx);

	json_put_string(w, "key", s->key);
	json_put_time(w, "liked_at", s->liked_at);
	json_put_bool(w, "liked", s->is_liked);
	json_put_string_if(w, "identity", s->identity);
	json_put_string_if(w, "matched_by", evidence_name(s->how));
	json_put_time(w, "next_attempt", s->next_attempt);
	end_line(ctx, w);
	return 0;
}

static int dump_file(void *ctx, const struct file *f)
{
	struct json_writer *w = begin_line(ctx);

	json_put_string(w, "path", f->path);
	json_put_int(w, "size", f->size);
	json_put_int(w, "mtime_ns", f->mtime_ns);
	json_put_time(w, "added_at", f->added_at);
	media_to_json(&f->media, w, "media");
	json_put_string_if(w, "doc_id", f->doc_id);
	json_put_string_if(w, "reason", reason_name(f->reason));
	json_put_string_if(w, "fault", f->fault);
	end_line(ctx, w);
	return 0;
}

static int dump_analysis(void *ctx, const MDB_val *key, const MDB_val *value)
{
	const struct dump *d = ctx;
	char identity[IDENTITY_LEN + 1] = "";
	struct analysis_record r;
	struct json_writer *w;

	(void)value;
	if (key->mv_size != KV_HASH_LEN)
		return 0;
	hex_encode(key->mv_data, key->mv_size, identity);
	if (index_get_analysis(d->index, identity, &r) != DONE)
		return 0;
	w = begin_line(d);
	json_put_string(w, "identity", identity);
	json_put_string_if(w, "version", r.version);
	json_put_time(w, "analyzed_at", r.analyzed_at);
	json_put_bool(w, "complete", r.complete);
	json_put_string_if(w, "reason", reason_name(r.reason));
	json_put_string_if(w, "fault", r.fault);
	if (r.analyzed)
		analysis_to_json(&r.analysis, w, "analysis");
	end_line(d, w);
	analysis_record_free(&r);
	return 0;
}

static int dump_list(void *ctx, const char *id)
{
	const struct dump *d = ctx;
	struct track_list list;
	struct json_writer *w;

	if (index_get_list(d->index, id, &list) != DONE)
		return 0;
	w = begin_line(d);
	json_put_string(w, "id", id);
	json_put_string_if(w, "name", list.name);
	json_put_string_if(w, "snapshot", list.snapshot);
	json_open_array(w, "tracks");
	for (size_t i = 0; i < list.tracks.count; i++)
		json_put_string(w, NULL, list.tracks.items[i].key);
	json_close(w);
	end_line(d, w);
	track_list_free(&list);
	return 0;
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	enum form key, value;
} forms[KV_COUNT] = {
	[KV_TRACKS] = { "tracks", TEXT, HEX },
	[KV_LIKED] = { "liked", HEX, HEX },
	[KV_TRACKS_OF] = { "tracks_of", HEX, TEXT },
	[KV_FILES] = { "files", FILE_KEY, HEX },
	[KV_FOLDERS] = { "folders", TEXT, NUMBER },
	[KV_FOLDER_PATHS] = { "folder_paths", NUMBER, TEXT },
	[KV_NUMBERS] = { "numbers", NUMBER, FILE_KEY },
	[KV_IDENTITIES] = { "identities", HEX, NUMBER },
	[KV_WORDS] = { "words", TEXT, NUMBER },
	[KV_ANALYSES] = { "analyses", HEX, HEX },
	[KV_SOUNDS] = { "sounds", HEX, HEX },
	[KV_LENGTHS] = { "lengths", NUMBER, HEX },
	[KV_SEARCHES] = { "searches", HEX, JSON },
	[KV_LISTS] = { "lists", TEXT, HEX },
	[KV_CHANGES] = { "changes", TEXT, HEX },
	[KV_NOTES] = { "notes", TEXT, TEXT },
};

static void dump_table(struct dump *d, enum kv_table t)
{
	d->table = forms[t].name;
	d->key = forms[t].key;
	d->value = forms[t].value;
	switch (t) {
	case KV_TRACKS:
		index_each_song(d->index, dump_track, d);
		break;
	case KV_LIKED:
		index_each_liked(d->index, dump_liked, d);
		break;
	case KV_FILES:
		index_each_file(d->index, dump_file, d);
		break;
	case KV_ANALYSES:
		kv_each(d->index, t, NULL, dump_analysis, d);
		break;
	case KV_LISTS:
		index_each_list(d->index, dump_list, d);
		break;
	default:
		kv_each(d->index, t, NULL, dump_pair, d);
	}
}

bool index_dump(struct index *x, const char *table,
    void (*line)(void *ctx, const char *json), void *ctx)
{
	struct dump d = { .index = x, .line = line, .ctx = ctx };
	bool found = false;

	for (int t = 0; t < KV_COUNT; t++)
		if (table == NULL || strcmp(table, forms[t].name) == 0) {
			dump_table(&d, (enum kv_table)t);
			found = true;
		}
	return found;
}
