/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "records/json_path.h"
#include "records/keyed_journal.h"

/* "settled": the original was removed, or is to stay. */
enum { PLACING, PLACED, SETTLED, REJECTED, REPLACED };
static const char *const kinds[] = { "placing", "placed", "settled",
	"rejected", "replaced", NULL };

/* What is known of one track. */
struct history {
	struct origin **origins;	/* one of each file; the latest last */
	size_t n_origins, cap_origins;
	struct rejected *rejected;
	size_t n_rejected, cap_rejected;
};

struct provenance {
	struct keyed_journal *journal;	/* track key -> struct history */
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
	free(o->job);
	free(o->leftover.path);
	free(o->replaces);
	free(o->replaces_path);
}

static void free_origin(struct origin *o)
{
	origin_free(o);
	free(o);
}

static void free_history(void *state)
{
	struct history *h = state;

	for (size_t i = 0; i < h->n_origins; i++)
		free_origin(h->origins[i]);
	for (size_t i = 0; i < h->n_rejected; i++) {
		free(h->rejected[i].source);
		free(h->rejected[i].ref);
		free(h->rejected[i].reason);
		free(h->rejected[i].identity);
	}
	free(h->origins);
	free(h->rejected);
	free(h);
}

/* ---- the journal's lines ---- */

/* The number of origins if there is none. */
static size_t find_origin(const struct history *h, const char *identity)
{
	size_t i = 0;

	while (i < h->n_origins &&
	    strcmp(h->origins[i]->identity, identity) != 0)
		i++;
	return i;
}

/* Absent members read as "". */
static char *or_empty(char *text)
{
	return text != NULL ? text : xstrdup("");
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
	o->job = or_empty(json_path_get(v, "job"));
	o->at = json_get_int(v, "at", 0);
	o->leftover.path = json_path_get(left, "path");
	o->leftover.stamp = (struct stamp){
		.inode = (uint64_t)json_get_int(left, "inode", 0),
		.size = json_get_int(left, "size", -1),
		.mtime_ns = json_get_int(left, "mtime_ns", 0),
		.ctime_ns = json_get_int(left, "ctime_ns", 0),
	};
	o->settled = o->leftover.path == NULL;
	o->replaces = xstrdup(json_get_string(v, "replaces"));
	o->replaces_path = json_path_get(v, "replaces_path");
	o->replaced = o->replaces == NULL || o->replaces_path == NULL;
	return o;
}

/* A file that is placed again, after a kill, has the newer origin. */
static void add_origin(struct history *h, struct origin *o)
{
	size_t at = find_origin(h, o->identity);

	if (at < h->n_origins) {
		free_origin(h->origins[at]);
		h->n_origins--;
		memmove(h->origins + at, h->origins + at + 1,
		    (h->n_origins - at) * sizeof(*h->origins));
	}
	h->origins = grow(h->origins, &h->cap_origins, h->n_origins,
	    sizeof(*h->origins));
	h->origins[h->n_origins++] = o;
}

static bool is_rejected(const struct history *h, const char *ref)
{
	for (size_t i = 0; h != NULL && i < h->n_rejected; i++)
		if (strcmp(h->rejected[i].ref, ref) == 0)
			return true;
	return false;
}

/* The first reason is kept. */
static void add_rejected(struct history *h, const struct json *v)
{
	char *ref = json_path_get(v, "ref");

	if (ref == NULL || is_rejected(h, ref)) {
		free(ref);
		return;
	}
	h->rejected = grow(h->rejected, &h->cap_rejected, h->n_rejected,
	    sizeof(*h->rejected));
	h->rejected[h->n_rejected++] = (struct rejected){
		.source = or_empty(json_path_get(v, "source")),
		.ref = ref,
		.reason = or_empty(json_path_get(v, "why")),
		.identity = xstrdup(json_get_string(v, "identity")),
		.at = json_get_int(v, "at", 0),
	};
}

static void apply(void *state, int kind, const char *key,
    const struct json *v)
{
	const char *identity = json_get_string(v, "identity");
	struct history *h = state;
	size_t at = identity != NULL ? find_origin(h, identity) : h->n_origins;

	(void)key;
	if (kind == REJECTED)
		add_rejected(h, v);
	else if (kind == PLACING && identity != NULL)
		add_origin(h, origin_from_json(v));
	else if (kind == PLACED && at < h->n_origins)
		h->origins[at]->placed = true;
	else if (kind == SETTLED && at < h->n_origins)
		h->origins[at]->settled = true;
	else if (kind == REPLACED && at < h->n_origins)
		h->origins[at]->replaced = true;
}

static const struct keyed_journal_type journal_type = { .key = "track",
	.kinds = kinds, .state_size = sizeof(struct history), .apply = apply,
	.free_state = free_history };

enum outcome provenance_open(const char *path, bool read_only,
    struct provenance **out, struct error *error)
{
	struct provenance *p = xcalloc(1, sizeof(*p));

	*out = p;
	if (keyed_journal_open(path, &journal_type, read_only, &p->journal,
	    error) == DONE)
		return DONE;
	free(p);
	*out = NULL;
	return RUN_FAILED;
}

void provenance_close(struct provenance *p)
{
	if (p != NULL)
		keyed_journal_close(p->journal);
	free(p);
}

/* ---- changes ---- */

static struct json_writer *begin_line(const struct provenance *p, int kind,
    const char *key, const char *identity)
{
	struct json_writer *w = keyed_journal_line(p->journal, kind, key);

	json_put_string_if(w, "identity", identity);
	return w;
}

enum outcome provenance_placing(struct provenance *p, const struct origin *o,
    struct error *error)
{
	struct json_writer *w = begin_line(p, PLACING, o->key, o->identity);
	const struct leftover *l = &o->leftover;

	json_path_put(w, "path", o->path != NULL ? o->path : "");
	json_put_string_if(w, "source", o->source);
	if (o->ref != NULL)
		json_path_put(w, "ref", o->ref);
	json_put_string_if(w, "why", o->error);
	json_put_string_if(w, "run", o->run);
	json_put_string_if(w, "job", o->job);
	json_put_int(w, "at", o->at);
	if (o->replaces != NULL) {
		json_put_string(w, "replaces", o->replaces);
		json_path_put(w, "replaces_path", o->replaces_path);
	}
	if (l->path != NULL) {
		json_open_object(w, "leftover");
		json_path_put(w, "path", l->path);
		json_put_int(w, "size", l->stamp.size);
		json_put_int(w, "mtime_ns", l->stamp.mtime_ns);
		json_put_int(w, "ctime_ns", l->stamp.ctime_ns);
		json_put_int(w, "inode", (int64_t)l->stamp.inode);
		json_close(w);
	}
	return keyed_journal_put(p->journal, w, error);
}

enum outcome provenance_placed(struct provenance *p, const char *key,
    const char *identity, struct error *error)
{
	return keyed_journal_put(p->journal, begin_line(p, PLACED, key,
	    identity), error);
}

enum outcome provenance_move_finished(struct provenance *p, const char *key,
    const char *identity, struct error *error)
{
	return keyed_journal_put(p->journal, begin_line(p, SETTLED, key,
	    identity), error);
}

enum outcome provenance_replaced(struct provenance *p, const char *key,
    const char *identity, struct error *error)
{
	return keyed_journal_put(p->journal, begin_line(p, REPLACED, key,
	    identity), error);
}

enum outcome provenance_reject(struct provenance *p, const char *key,
    const struct rejected *what, struct error *error)
{
	struct json_writer *w;

	if (provenance_is_rejected(p, key, what->ref))
		return DONE;
	w = begin_line(p, REJECTED, key, what->identity);
	json_put_string(w, "source", what->source);
	json_path_put(w, "ref", what->ref);
	json_put_string(w, "why", what->reason);
	json_put_int(w, "at", clock_wall());
	return keyed_journal_put(p->journal, w, error);
}

/* ---- queries ---- */

const struct origin *provenance_of_track(const struct provenance *p,
    const char *key)
{
	const struct history *h = keyed_journal_state(p->journal, key);

	return h != NULL && h->n_origins > 0 ? h->origins[h->n_origins - 1] :
	    NULL;
}

const struct origin *provenance_origin(const struct provenance *p,
    const char *key, const char *identity)
{
	const struct history *h = keyed_journal_state(p->journal, key);
	size_t at = h != NULL ? find_origin(h, identity) : 0;

	return h != NULL && at < h->n_origins ? h->origins[at] : NULL;
}

struct visit {
	int (*each)(void *ctx, const struct origin *o);
	void *ctx;
};

static int visit_origins(void *ctx, const char *key, void *state)
{
	const struct visit *v = ctx;
	const struct history *h = state;
	int stop = 0;

	(void)key;
	for (size_t i = 0; i < h->n_origins && stop == 0; i++)
		stop = v->each(v->ctx, h->origins[i]);
	return stop;
}

int provenance_each(const struct provenance *p, int (*each)(void *ctx,
    const struct origin *o), void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };

	return keyed_journal_each(p->journal, visit_origins, &v);
}

bool provenance_is_rejected(const struct provenance *p, const char *key,
    const char *ref)
{
	return is_rejected(keyed_journal_state(p->journal, key), ref);
}

int provenance_each_rejection(const struct provenance *p, const char *key,
    int (*each)(void *ctx, const struct rejected *what), void *ctx)
{
	const struct history *h = keyed_journal_state(p->journal, key);
	int stop = 0;

	for (size_t i = 0; h != NULL && i < h->n_rejected && stop == 0; i++)
		stop = each(ctx, &h->rejected[i]);
	return stop;
}
