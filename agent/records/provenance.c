/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "records/json_path.h"

struct rejections {
	struct rejected *items;
	size_t count, cap;
};

struct provenance {
	struct journal *journal;
	struct map *origins;	/* key '\n' identity -> struct origin, owned */
	struct map *by_track;	/* the latest of a track; borrowed */
	struct map *rejections;	/* track key -> struct rejections */
};

void origin_free(struct origin *o)
{
	free(o->key);
	free(o->identity);
	free(o->path);
	free(o->source);
	free(o->ref);
	free(o->error);
	free(o->run);
	free(o->leftover.path);
}

static void free_origin(void *value)
{
	origin_free(value);
	free(value);
}

static void free_rejections(void *value)
{
	struct rejections *r = value;

	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].source);
		free(r->items[i].ref);
		free(r->items[i].reason);
		free(r->items[i].identity);
	}
	free(r->items);
	free(r);
}

/* ---- the journal's lines, applied to the maps ---- */

static char *origin_key(const char *key, const char *identity)
{
	return xasprintf("%s\n%s", key, identity);
}

static struct origin *find_origin(const struct provenance *p,
    const char *key, const char *identity)
{
	char *name = origin_key(key, identity);
	struct origin *o = map_get_str(p->origins, name);

	free(name);
	return o;
}

static void apply_placing(struct provenance *p, struct origin *o)
{
	char *name = origin_key(o->key, o->identity);
	struct origin *old = map_put_str(p->origins, name, o);

	map_put_str(p->by_track, o->key, o);
	/* Again after a kill: the newer line applies. */
	if (old != NULL)
		free_origin(old);
	free(name);
}

/* Absent members read as "". */
static char *or_empty(char *text)
{
	return text != NULL ? text : xstrdup("");
}

/* The first reason is kept. */
static void apply_rejected(struct provenance *p, const char *key,
    const struct json *v)
{
	struct rejections *r = map_get_str(p->rejections, key);
	char *ref = json_path_get(v, "ref");

	if (ref == NULL || provenance_is_rejected(p, key, ref)) {
		free(ref);
		return;
	}
	if (r == NULL) {
		r = xcalloc(1, sizeof(*r));
		map_put_str(p->rejections, key, r);
	}
	r->items = grow(r->items, &r->cap, r->count, sizeof(*r->items));
	r->items[r->count++] = (struct rejected){
		.source = or_empty(json_path_get(v, "source")),
		.ref = ref,
		.reason = or_empty(json_path_get(v, "why")),
		.identity = xstrdup(json_get_string(v, "identity")),
		.at = json_get_int(v, "at", 0),
	};
}

static struct origin *origin_from_json(const struct json *v)
{
	const struct json *left = json_get(v, "leftover");
	struct origin *o = xcalloc(1, sizeof(*o));

	o->key = xstrdup(json_get_string(v, "track"));
	o->identity = xstrdup(json_get_string(v, "identity"));
	o->path = or_empty(json_path_get(v, "path"));
	o->source = or_empty(json_path_get(v, "source"));
	o->ref = or_empty(json_path_get(v, "ref"));
	o->error = or_empty(json_path_get(v, "why"));
	o->run = or_empty(json_path_get(v, "run"));
	o->at = json_get_int(v, "at", 0);
	o->leftover.path = json_path_get(left, "path");
	o->leftover.stamp = (struct stamp){
		.inode = (uint64_t)json_get_int(left, "inode", 0),
		.size = json_get_int(left, "size", -1),
		.mtime_ns = json_get_int(left, "mtime_ns", 0),
		.ctime_ns = json_get_int(left, "ctime_ns", 0),
	};
	o->settled = o->leftover.path == NULL;
	return o;
}

/* Applies a line of the journal. Kinds of later versions are skipped. */
static void apply_line(void *ctx, const struct json *v)
{
	struct provenance *p = ctx;
	const char *kind = json_get_string(v, "kind");
	const char *key = json_get_string(v, "track");
	const char *identity = json_get_string(v, "identity");
	struct origin *o;

	if (kind == NULL || key == NULL)
		return;
	if (strcmp(kind, "rejected") == 0) {
		apply_rejected(p, key, v);
		return;
	}
	if (identity == NULL)
		return;
	if (strcmp(kind, "placing") == 0) {
		apply_placing(p, origin_from_json(v));
		return;
	}
	o = find_origin(p, key, identity);
	if (o != NULL && strcmp(kind, "placed") == 0)
		o->placed = true;
	else if (o != NULL && strcmp(kind, "settled") == 0)
		o->settled = true;
}

enum outcome provenance_open(const char *path, struct provenance **out,
    struct error *error)
{
	struct provenance *p = xcalloc(1, sizeof(*p));

	p->origins = map_new();
	p->by_track = map_new();
	p->rejections = map_new();
	p->journal = journal_open(path, NULL, apply_line, p, error);
	*out = p;
	if (p->journal != NULL)
		return DONE;
	provenance_close(p);
	*out = NULL;
	return RUN_FAILED;
}

void provenance_close(struct provenance *p)
{
	if (p == NULL)
		return;
	journal_close(p->journal);
	map_free(p->by_track, NULL);
	map_free(p->origins, free_origin);
	map_free(p->rejections, free_rejections);
	free(p);
}

/* ---- changes: written to the journal, then applied as if read ---- */

static struct json_writer *begin_line(const char *kind, const char *key,
    const char *identity)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "kind", kind);
	json_put_string(w, "track", key);
	json_put_string_if(w, "identity", identity);
	return w;
}

static void put_leftover(struct json_writer *w, const struct leftover *l)
{
	if (l->path == NULL)
		return;
	json_open_object(w, "leftover");
	json_path_put(w, "path", l->path);
	json_put_int(w, "size", l->stamp.size);
	json_put_int(w, "mtime_ns", l->stamp.mtime_ns);
	json_put_int(w, "ctime_ns", l->stamp.ctime_ns);
	json_put_int(w, "inode", (int64_t)l->stamp.inode);
	json_close(w);
}

enum outcome provenance_placing(struct provenance *p, const struct origin *o,
    struct error *error)
{
	struct json_writer *w = begin_line("placing", o->key, o->identity);

	json_path_put(w, "path", o->path != NULL ? o->path : "");
	json_put_string_if(w, "source", o->source);
	if (o->ref != NULL)
		json_path_put(w, "ref", o->ref);
	json_put_string_if(w, "why", o->error);
	json_put_string_if(w, "run", o->run);
	json_put_int(w, "at", o->at);
	put_leftover(w, &o->leftover);
	return journal_put(p->journal, w, error);
}

enum outcome provenance_placed(struct provenance *p, const char *key,
    const char *identity, struct error *error)
{
	return journal_put(p->journal, begin_line("placed", key, identity),
	    error);
}

enum outcome provenance_move_finished(struct provenance *p, const char *key,
    const char *identity, struct error *error)
{
	return journal_put(p->journal, begin_line("settled", key, identity),
	    error);
}

enum outcome provenance_reject(struct provenance *p, const char *key,
    const struct rejected *what, struct error *error)
{
	struct json_writer *w;

	if (provenance_is_rejected(p, key, what->ref))
		return DONE;
	w = begin_line("rejected", key, what->identity);
	json_put_string(w, "source", what->source);
	json_path_put(w, "ref", what->ref);
	json_put_string(w, "why", what->reason);
	json_put_int(w, "at", clock_wall());
	return journal_put(p->journal, w, error);
}

/* ---- queries ---- */

const struct origin *provenance_of_track(const struct provenance *p,
    const char *key)
{
	return map_get_str(p->by_track, key);
}

const struct origin *provenance_origin(const struct provenance *p,
    const char *key, const char *identity)
{
	return find_origin(p, key, identity);
}

struct origin_visit {
	int (*each)(void *ctx, const struct origin *o);
	void *ctx;
};

static int visit_origin(void *ctx, const void *key, size_t len, void *value)
{
	struct origin_visit *v = ctx;

	(void)key, (void)len;
	return v->each(v->ctx, value);
}

int provenance_each(const struct provenance *p, int (*each)(void *ctx,
    const struct origin *o), void *ctx)
{
	struct origin_visit v = { .each = each, .ctx = ctx };

	return map_each(p->origins, visit_origin, &v);
}

bool provenance_is_rejected(const struct provenance *p, const char *key,
    const char *ref)
{
	const struct rejections *r = map_get_str(p->rejections, key);

	for (size_t i = 0; r != NULL && i < r->count; i++)
		if (strcmp(r->items[i].ref, ref) == 0)
			return true;
	return false;
}

int provenance_each_rejection(const struct provenance *p, const char *key,
    int (*each)(void *ctx, const struct rejected *what), void *ctx)
{
	const struct rejections *r = map_get_str(p->rejections, key);
	int stop = 0;

	for (size_t i = 0; r != NULL && i < r->count && stop == 0; i++)
		stop = each(ctx, &r->items[i]);
	return stop;
}
