/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "index/kv.h"

#define MAX_ID 500	/* a key has at most 511 bytes */

/* A value is the snapshot, "" if there is none, with its NUL; then JSON. */

static char *list_text(const struct track_list *l, size_t *len)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "id", l->id);
	json_put_string_if(w, "kind", l->kind);
	json_put_string_if(w, "name", l->name);
	json_put_string_if(w, "owner", l->owner);
	json_put_int(w, "rows", l->rows);
	json_put_int(w, "episodes", l->episodes);
	json_put_int(w, "local", l->local);
	json_put_int(w, "unusable", l->unusable);
	json_open_array(w, "tracks");
	for (size_t i = 0; i < l->tracks.count; i++)
		track_to_json(&l->tracks.items[i], w, NULL);
	json_close(w);
	json_open_array(w, "positions");
	for (size_t i = 0; i < l->tracks.count; i++)
		json_put_int(w, NULL, l->tracks.items[i].position);
	json_close(w);
	json_close(w);
	return json_writer_end(w, len);
}

enum outcome index_put_list(struct index *x, const struct track_list *l,
    struct error *error)
{
	const char *snapshot = l->snapshot != NULL ? l->snapshot : "";
	size_t id_len = strlen(l->id), len;
	struct buf value = BUF_INIT;
	enum outcome o;
	char *text;

	if (id_len == 0 || id_len > MAX_ID)
		return DONE;
	text = list_text(l, &len);
	buf_append(&value, snapshot, strlen(snapshot) + 1);
	buf_append(&value, text, len);
	o = kv_put(x, KV_LISTS, l->id, id_len, value.data, value.len, error);
	buf_free(&value);
	free(text);
	return o;
}

/* The snapshot's length with its NUL; 0: there is no such list. */
static size_t get_value(struct index *x, const char *id, MDB_val *value)
{
	size_t len = strlen(id);

	if (len == 0 || len > MAX_ID ||
	    kv_get(x, KV_LISTS, id, len, value) != DONE)
		return 0;
	len = strnlen(value->mv_data, value->mv_size);
	return len < value->mv_size ? len + 1 : 0;
}

char *index_list_snapshot(struct index *x, const char *id)
{
	MDB_val value;

	return get_value(x, id, &value) > 1 ? xstrdup(value.mv_data) : NULL;
}

enum outcome index_get_list(struct index *x, const char *id,
    struct track_list *out)
{
	const struct json *tracks, *positions;
	struct json *v;
	MDB_val value;
	size_t head = get_value(x, id, &value);

	if (head == 0)
		return ITEM_FAILED;
	v = json_parse((const char *)value.mv_data + head,
	    value.mv_size - head, NULL);
	tracks = json_get(v, "tracks");
	positions = json_get(v, "positions");
	memset(out, 0, sizeof(*out));
	out->id = xstrdup(id);
	out->kind = xstrdup(json_get_string(v, "kind"));
	out->name = xstrdup(json_get_string(v, "name"));
	out->owner = xstrdup(json_get_string(v, "owner"));
	out->snapshot = head > 1 ? xstrdup(value.mv_data) : NULL;
	out->rows = json_get_int(v, "rows", 0);
	out->episodes = (unsigned)json_get_int(v, "episodes", 0);
	out->local = (unsigned)json_get_int(v, "local", 0);
	out->unusable = (unsigned)json_get_int(v, "unusable", 0);
	for (size_t i = 0; i < json_count(tracks); i++) {
		struct track *t = tracks_add(&out->tracks);

		if (track_from_json(t, json_at(tracks, i)) != 0) {
			out->rows = -1;
			break;
		}
		t->position = (unsigned)json_int(json_at(positions, i), 0);
	}
	out->complete = v != NULL && out->rows >= 0;
	json_free(v);
	if (out->complete)
		return DONE;
	track_list_free(out);
	return ITEM_FAILED;
}

enum outcome index_remove_list(struct index *x, const char *id,
    struct error *error)
{
	return kv_remove(x, KV_LISTS, id, strlen(id), NULL, 0, error);
}

struct visit {
	int (*each)(void *ctx, const char *id);
	void *ctx;
};

static int visit_id(void *ctx, const MDB_val *key, const MDB_val *value)
{
	const struct visit *v = ctx;
	char *id = xstrndup(key->mv_data, key->mv_size);
	int stop = v->each(v->ctx, id);

	(void)value;
	free(id);
	return stop;
}

int index_each_list(struct index *x, int (*each)(void *ctx, const char *id),
    void *ctx)
{
	struct visit v = { each, ctx };

	return kv_each(x, KV_LISTS, NULL, visit_id, &v);
}
