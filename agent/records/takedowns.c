/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/takedowns.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "records/json_path.h"
#include "records/keyed_journal.h"

static const char *const kinds[] = {
	[TAKEDOWN_FORGETTING] = "forgetting",
	[TAKEDOWN_FORGOTTEN] = "forgotten",
	[TAKEDOWN_REMEMBERED] = "remembered",
	[TAKEDOWN_COOLING] = "cooling",
	[TAKEDOWN_COLD] = "cold",
	[TAKEDOWN_RETURNING] = "returning",
	[TAKEDOWN_RETURNED] = "returned",
	[TAKEDOWN_STATES] = NULL,
};

struct takedowns {
	struct keyed_journal *journal;	/* track key -> struct takedown */
};

static void free_values(struct takedown *d)
{
	free(d->key);
	free(d->label);
	free(d->identity);
	fingerprint_free(&d->sound);
	free(d->path);
	free(d->cold);
	free(d->doc_id);
}

static void free_takedown(void *state)
{
	free_values(state);
	free(state);
}

/* A line that begins something has all members; one that ends it none. */
static bool begins(enum takedown_state state)
{
	return state == TAKEDOWN_FORGETTING || state == TAKEDOWN_COOLING ||
	    state == TAKEDOWN_RETURNING;
}

static void apply(void *state, int kind, const char *key,
    const struct json *v)
{
	struct takedown *d = state;

	if (begins((enum takedown_state)kind)) {
		free_values(d);
		memset(d, 0, sizeof(*d));
		d->label = xstrdup(json_get_string(v, "name"));
		d->identity = xstrdup(json_get_string(v, "identity"));
		fingerprint_from_json(&d->sound, json_get(v, "sound"));
		d->path = json_path_get(v, "path");
		d->cold = json_path_get(v, "cold");
		d->doc_id = xstrdup(json_get_string(v, "docId"));
		d->added_at = json_get_int(v, "addedAt", 0);
	}
	str_replace(&d->key, key);
	if (d->label == NULL)
		d->label = xstrdup(key);
	d->state = (enum takedown_state)kind;
	d->at = json_get_int(v, "at", 0);
}

static const struct keyed_journal_type journal_type = { .key = "track",
	.kinds = kinds, .state_size = sizeof(struct takedown), .apply = apply,
	.free_state = free_takedown };

enum outcome takedowns_open(const char *path, bool read_only,
    struct takedowns **out, struct error *error)
{
	struct takedowns *t = xcalloc(1, sizeof(*t));

	*out = t;
	if (keyed_journal_open(path, &journal_type, read_only, &t->journal,
	    error) == DONE)
		return DONE;
	free(t);
	*out = NULL;
	return RUN_FAILED;
}

void takedowns_close(struct takedowns *t)
{
	if (t != NULL)
		keyed_journal_close(t->journal);
	free(t);
}

enum outcome takedowns_begin(struct takedowns *t, const struct takedown *what,
    struct error *error)
{
	struct json_writer *w = keyed_journal_line(t->journal,
	    (int)what->state, what->key);

	json_put_string_if(w, "name", what->label);
	json_put_string_if(w, "identity", what->identity);
	fingerprint_to_json(&what->sound, w, "sound");
	if (what->path != NULL)
		json_path_put(w, "path", what->path);
	if (what->cold != NULL)
		json_path_put(w, "cold", what->cold);
	json_put_string_if(w, "docId", what->doc_id);
	json_put_int(w, "addedAt", what->added_at);
	json_put_int(w, "at", clock_wall());
	return keyed_journal_put(t->journal, w, error);
}

enum outcome takedowns_end(struct takedowns *t, const char *key,
    enum takedown_state state, struct error *error)
{
	struct json_writer *w = keyed_journal_line(t->journal, (int)state,
	    key);

	json_put_int(w, "at", clock_wall());
	return keyed_journal_put(t->journal, w, error);
}

/* ---- queries ---- */

const struct takedown *takedowns_of(const struct takedowns *t,
    const char *key)
{
	return t != NULL ? keyed_journal_state(t->journal, key) : NULL;
}

static bool is_forgotten(const struct takedown *d)
{
	return d->state == TAKEDOWN_FORGETTING ||
	    d->state == TAKEDOWN_FORGOTTEN;
}

bool takedowns_forbid(const struct takedowns *t, const char *key)
{
	const struct takedown *d = takedowns_of(t, key);

	return d != NULL && is_forgotten(d);
}

bool takedowns_has_cold(const struct takedown *d)
{
	return d != NULL && d->cold != NULL &&
	    (d->state == TAKEDOWN_FORGETTING || d->state == TAKEDOWN_COOLING ||
	    d->state == TAKEDOWN_COLD || d->state == TAKEDOWN_RETURNING);
}

bool takedowns_is_cold(const struct takedowns *t, const char *key)
{
	const struct takedown *d = takedowns_of(t, key);

	return d != NULL && (d->state == TAKEDOWN_COOLING ||
	    d->state == TAKEDOWN_COLD || d->state == TAKEDOWN_RETURNING);
}

struct match {
	const char *identity;
	const struct fingerprint *sound;
	const struct takedown *found;
};

static int compare(void *ctx, const struct takedown *d)
{
	struct match *m = ctx;

	if (!is_forgotten(d))
		return 0;
	if ((d->identity != NULL && strcmp(d->identity, m->identity) == 0) ||
	    (d->sound.count > 0 && fingerprint_same(&d->sound, m->sound)))
		m->found = d;
	return m->found != NULL;
}

const struct takedown *takedowns_match(const struct takedowns *t,
    const char *identity, const struct fingerprint *sound)
{
	struct match m = { .identity = identity, .sound = sound };

	if (t != NULL)
		takedowns_each(t, compare, &m);
	return m.found;
}

struct visit {
	int (*each)(void *ctx, const struct takedown *what);
	void *ctx;
};

static int visit(void *ctx, const char *key, void *state)
{
	const struct visit *v = ctx;

	(void)key;
	return v->each(v->ctx, state);
}

int takedowns_each(const struct takedowns *t, int (*each)(void *ctx,
    const struct takedown *what), void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };

	return t != NULL ? keyed_journal_each(t->journal, visit, &v) : 0;
}
