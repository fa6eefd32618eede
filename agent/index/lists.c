/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "index/kv.h"

#define MAX_ID 500	/* a key has at most 511 bytes */

static char *list_text(const struct track_list *l, size_t *len)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "id", l->id);
	json_put_string_if(w, "kind", l->kind);
	json_put_string_if(w, "name", l->name);
	json_put_string_if(w, "owner", l->owner);
	json_put_string_if(w, "snapshot", l->snapshot);
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
	size_t id_len = strlen(l->id), len;
	enum outcome o;
	char *text;

	if (id_len == 0 || id_len > MAX_ID)
		return DONE;
	text = list_text(l, &len);
	o = kv_put(x, KV_LISTS, l->id, id_len, text, len, error);
	free(text);
	return o;
}

enum outcome index_get_list(struct index *x, const char *id,
    struct track_list *out)
{
	size_t id_len = strlen(id);
	const struct json *tracks, *positions;
	struct json *v;
	MDB_val text;

	if (id_len == 0 || id_len > MAX_ID ||
	    kv_get(x, KV_LISTS, id, id_len, &text) != DONE)
		return ITEM_FAILED;
	v = json_parse(text.mv_data, text.mv_size, NULL);
	tracks = json_get(v, "tracks");
	positions = json_get(v, "positions");
	memset(out, 0, sizeof(*out));
	out->id = xstrdup(id);
	out->kind = xstrdup(json_get_string(v, "kind"));
	out->name = xstrdup(json_get_string(v, "name"));
	out->owner = xstrdup(json_get_string(v, "owner"));
	out->snapshot = xstrdup(json_get_string(v, "snapshot"));
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
