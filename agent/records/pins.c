/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/pins.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "records/json_path.h"

#define PINNED "pinned"
#define UNPINNED "unpinned"
#define REJECTED "rejected"
#define UNREJECTED "unrejected"

/* What applies to one track. */
struct track_pins {
	struct pin *pin;		/* or NULL */
	struct pin **rejected;
	size_t count, cap;
	int64_t at;			/* of the last line, Unix time */
};

struct pins {
	struct journal *journal;
	struct map *tracks;		/* track key -> struct track_pins */
};

static void free_pin(struct pin *pin)
{
	if (pin == NULL)
		return;
	free(pin->key);
	free(pin->label);
	free(pin->ref);
	free(pin->identity);
	fingerprint_free(&pin->sound);
	free(pin);
}

static void free_track_pins(void *value)
{
	struct track_pins *t = value;

	free_pin(t->pin);
	for (size_t i = 0; i < t->count; i++)
		free_pin(t->rejected[i]);
	free(t->rejected);
	free(t);
}

/* ---- the journal's lines, applied to the map ---- */

static bool is_of(const struct pin *pin, const char *what)
{
	return strcmp(pin->ref, what) == 0 ||
	    (pin->identity != NULL && strcmp(pin->identity, what) == 0);
}

/* The same file or link? Files by identity: a path may have another file
 * now. */
static bool is_same(const struct pin *a, const struct pin *b)
{
	if (a->identity != NULL && b->identity != NULL)
		return strcmp(a->identity, b->identity) == 0;
	return strcmp(a->ref, b->ref) == 0;
}

static void drop_rejection(struct track_pins *t, size_t i)
{
	free_pin(t->rejected[i]);
	memmove(&t->rejected[i], &t->rejected[i + 1],
	    (--t->count - i) * sizeof(*t->rejected));
}

static void drop_same(struct track_pins *t, const struct pin *pin)
{
	for (size_t i = t->count; i > 0; i--)
		if (is_same(t->rejected[i - 1], pin))
			drop_rejection(t, i - 1);
}

static void apply_pinned(struct track_pins *t, struct pin *pin)
{
	drop_same(t, pin);
	free_pin(t->pin);
	t->pin = pin;
}

static void apply_rejected(struct track_pins *t, struct pin *pin)
{
	if (t->pin != NULL && is_same(t->pin, pin)) {
		free_pin(t->pin);
		t->pin = NULL;
	}
	drop_same(t, pin);
	t->rejected = grow(t->rejected, &t->cap, t->count,
	    sizeof(struct pin *));
	t->rejected[t->count++] = pin;
}

static void apply_unrejected(struct track_pins *t, const char *ref)
{
	for (size_t i = t->count; i > 0; i--)
		if (ref == NULL || is_of(t->rejected[i - 1], ref))
			drop_rejection(t, i - 1);
}

static struct track_pins *track_pins_of(struct pins *p, const char *key)
{
	struct track_pins *t = map_get_str(p->tracks, key);

	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		map_put_str(p->tracks, key, t);
	}
	return t;
}

/* NULL if the line names no file and no link. */
static struct pin *pin_from_json(const struct json *v, const char *key)
{
	char *ref = json_path_get(v, "ref");
	const char *label = json_get_string(v, "name");
	struct pin *pin;

	if (ref == NULL)
		return NULL;
	pin = xcalloc(1, sizeof(*pin));
	pin->key = xstrdup(key);
	pin->label = xstrdup(label != NULL ? label : key);
	pin->ref = ref;
	pin->identity = xstrdup(json_get_string(v, "identity"));
	fingerprint_from_json(&pin->sound, json_get(v, "sound"));
	pin->at = json_get_int(v, "at", 0);
	return pin;
}

static void apply_unpinned(struct track_pins *t)
{
	free_pin(t->pin);
	t->pin = NULL;
}

static void apply_pin(struct track_pins *t, const char *kind,
    const struct json *v, const char *key)
{
	struct pin *pin = pin_from_json(v, key);

	if (pin == NULL)
		return;
	if (strcmp(kind, PINNED) == 0)
		apply_pinned(t, pin);
	else
		apply_rejected(t, pin);
}

/* Applies a line of the journal. Kinds of later versions are skipped. */
static void apply_line(void *ctx, const struct json *v)
{
	const char *kind = json_get_string(v, "kind");
	const char *key = json_get_string(v, "track");
	struct track_pins *t;
	char *ref;

	if (kind == NULL || key == NULL)
		return;
	t = track_pins_of(ctx, key);
	t->at = json_get_int(v, "at", 0);
	if (strcmp(kind, PINNED) == 0 || strcmp(kind, REJECTED) == 0) {
		apply_pin(t, kind, v, key);
	} else if (strcmp(kind, UNPINNED) == 0) {
		apply_unpinned(t);
	} else if (strcmp(kind, UNREJECTED) == 0) {
		ref = json_path_get(v, "ref");
		apply_unrejected(t, ref);
		free(ref);
	}
}

enum outcome pins_open(const char *path, struct pins **out, struct error *error)
{
	struct pins *p = xcalloc(1, sizeof(*p));

	p->tracks = map_new();
	p->journal = journal_open(path, NULL, apply_line, p, error);
	*out = p;
	if (p->journal != NULL)
		return DONE;
	pins_close(p);
	*out = NULL;
	return RUN_FAILED;
}

void pins_close(struct pins *p)
{
	if (p == NULL)
		return;
	journal_close(p->journal);
	map_free(p->tracks, free_track_pins);
	free(p);
}

/* ---- changes: written to the journal, then applied as if read ---- */

static struct json_writer *begin_line(const char *kind, const char *key)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "kind", kind);
	json_put_string(w, "track", key);
	return w;
}

static enum outcome end_line(struct pins *p, struct json_writer *w,
    struct error *error)
{
	json_put_int(w, "at", clock_wall());
	return journal_put(p->journal, w, error);
}

static enum outcome append_pin(struct pins *p, const char *kind,
    const struct pin *what, struct error *error)
{
	struct json_writer *w = begin_line(kind, what->key);

	json_put_string_if(w, "name", what->label);
	json_path_put(w, "ref", what->ref);
	json_put_string_if(w, "identity", what->identity);
	fingerprint_to_json(&what->sound, w, "sound");
	return end_line(p, w, error);
}

enum outcome pins_pin(struct pins *p, const struct pin *what,
    struct error *error)
{
	return append_pin(p, PINNED, what, error);
}

enum outcome pins_reject(struct pins *p, const struct pin *what,
    struct error *error)
{
	return append_pin(p, REJECTED, what, error);
}

enum outcome pins_unpin(struct pins *p, const char *key, struct error *error)
{
	if (pins_of(p, key) == NULL)
		return error_set(error, ITEM_FAILED, "is not pinned");
	return end_line(p, begin_line(UNPINNED, key), error);
}

enum outcome pins_unreject(struct pins *p, const char *key, const char *ref,
    struct error *error)
{
	const struct track_pins *t = map_get_str(p->tracks, key);
	struct json_writer *line;

	if (t == NULL || t->count == 0)
		return error_set(error, ITEM_FAILED, "you have rejected "
		    "nothing for it");
	if (ref != NULL && !pins_rejects(p, key, ref))
		return error_set(error, ITEM_FAILED, "%s is not among your "
		    "rejections", ref);
	line = begin_line(UNREJECTED, key);
	if (ref != NULL)
		json_path_put(line, "ref", ref);
	return end_line(p, line, error);
}

/* ---- queries ---- */

const struct pin *pins_of(const struct pins *p, const char *key)
{
	const struct track_pins *t = map_get_str(p->tracks, key);

	return t != NULL ? t->pin : NULL;
}

bool pins_rejects(const struct pins *p, const char *key, const char *what)
{
	const struct track_pins *t = map_get_str(p->tracks, key);

	for (size_t i = 0; t != NULL && i < t->count; i++)
		if (is_of(t->rejected[i], what))
			return true;
	return false;
}

int64_t pins_changed_at(const struct pins *p, const char *key)
{
	const struct track_pins *t = map_get_str(p->tracks, key);

	return t != NULL ? t->at : 0;
}

struct visit {
	pins_each *each;
	void *ctx;
};

static int visit_pin(void *ctx, const void *key, size_t len, void *value)
{
	const struct visit *v = ctx;
	const struct track_pins *t = value;

	(void)key, (void)len;
	return t->pin != NULL ? v->each(v->ctx, t->pin) : 0;
}

static int visit_rejections(void *ctx, const void *key, size_t len,
    void *value)
{
	const struct visit *v = ctx;
	const struct track_pins *t = value;
	int stop = 0;

	(void)key, (void)len;
	for (size_t i = 0; i < t->count && stop == 0; i++)
		stop = v->each(v->ctx, t->rejected[i]);
	return stop;
}

int pins_each_pin(const struct pins *p, pins_each *each, void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };

	return map_each(p->tracks, visit_pin, &v);
}

static int is_file(void *ctx, const struct pin *pin)
{
	return pin->identity != NULL && strcmp(pin->identity, ctx) == 0;
}

bool pins_reject_file(const struct pins *p, const char *identity)
{
	return pins_each_rejection(p, NULL, is_file,
	    (void *)(uintptr_t)identity) != 0;
}

int pins_each_rejection(const struct pins *p, const char *key,
    pins_each *each, void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };
	struct track_pins *t;

	if (key == NULL)
		return map_each(p->tracks, visit_rejections, &v);
	t = map_get_str(p->tracks, key);
	return t != NULL ? visit_rejections(&v, NULL, 0, t) : 0;
}
