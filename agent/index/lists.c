/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/kv.h"
#include "index/track_fields.h"

#define MAX_ID 500	/* a key has at most 511 bytes */

enum { TAG_SNAPSHOT = 1, TAG_TRACK = 2, TAG_POSITION = 15 };

static const struct record_field members[] = {
	RECORD_FIELD(TAG_SNAPSHOT, AS_TEXT, track_list, snapshot),
	RECORD_FIELD(3, AS_TEXT, track_list, kind),
	RECORD_FIELD(4, AS_TEXT, track_list, name),
	RECORD_FIELD(5, AS_TEXT, track_list, owner),
	RECORD_FIELD(6, AS_INT64, track_list, rows),
	RECORD_FIELD(7, AS_INT, track_list, episodes),
	RECORD_FIELD(8, AS_INT, track_list, local),
	RECORD_FIELD(9, AS_INT, track_list, unusable),
};
#define N_MEMBERS (sizeof(members) / sizeof(*members))

static void list_to_record(const struct track_list *l, struct buf *b)
{
	size_t begin = record_begin(b);
	struct buf track = BUF_INIT;

	record_put(b, members, N_MEMBERS, l);
	for (size_t i = 0; i < l->tracks.count; i++) {
		const struct track *t = &l->tracks.items[i];

		buf_clear(&track);
		track_put_fields(t, &track);
		field_put_number(&track, TAG_POSITION, t->position);
		field_put_bytes(b, TAG_TRACK, track.data, track.len);
	}
	record_end(b, begin);
	buf_free(&track);
}

enum outcome index_put_list(struct index *x, const struct track_list *l,
    struct error *error)
{
	size_t len = strlen(l->id);
	struct buf b = BUF_INIT;
	enum outcome o;

	if (len == 0 || len > MAX_ID)
		return DONE;
	list_to_record(l, &b);
	o = kv_put(x, KV_LISTS, l->id, len, b.data, b.len, error);
	buf_free(&b);
	return o;
}

/* The stored list's fields; none, if there is no such list. */
static struct fields get_fields(struct index *x, const char *id)
{
	size_t len = strlen(id);
	MDB_val value;

	if (len == 0 || len > MAX_ID ||
	    kv_get(x, KV_LISTS, id, len, &value) != DONE)
		return (struct fields){ .at = NULL };
	return record_fields(value.mv_data, value.mv_size);
}

char *index_list_snapshot(struct index *x, const char *id)
{
	struct fields in = get_fields(x, id);
	struct field f;

	while (in.at != NULL && fields_next(&in, &f))
		if (f.tag == TAG_SNAPSHOT && f.type == FIELD_BYTES)
			return xstrndup((const char *)f.bytes, f.len);
	return NULL;
}

static void take_track(struct tracks *list, const struct field *record)
{
	struct fields in = fields_within(record);
	struct track *t = tracks_add(list);
	struct field f;

	while (fields_next(&in, &f))
		if (!track_take_field(t, &f) && f.tag == TAG_POSITION)
			t->position = (unsigned)f.number;
	track_complete(t);
}

enum outcome index_get_list(struct index *x, const char *id,
    struct track_list *out)
{
	struct fields in = get_fields(x, id);
	struct field f;

	if (in.at == NULL)
		return ITEM_FAILED;
	memset(out, 0, sizeof(*out));
	out->id = xstrdup(id);
	out->complete = true;
	while (fields_next(&in, &f)) {
		if (f.tag == TAG_TRACK && f.type == FIELD_BYTES)
			take_track(&out->tracks, &f);
		else
			record_set(members, N_MEMBERS, &f, out);
	}
	return DONE;
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
