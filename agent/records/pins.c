/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/pins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "records/json_path.h"
#include "records/keyed_journal.h"
#include "records/requests.h"

enum { PINNED, UNPINNED, REJECTED, UNREJECTED };
static const char *const kinds[] = { "pinned", "unpinned", "rejected",
	"unrejected", NULL };

/* What applies to one track. */
struct track_pins {
	struct pin *pin;		/* or NULL */
	struct pin **rejected;
	size_t count, cap;
	int64_t at;			/* of the last line, Unix time */
};

struct pins {
	struct keyed_journal *journal;	/* track key -> struct track_pins */
	char *requests;			/* the state folder to write changes
					   to; NULL: the journal */
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

static void free_track_pins(void *state)
{
	struct track_pins *t = state;

	free_pin(t->pin);
	for (size_t i = 0; i < t->count; i++)
		free_pin(t->rejected[i]);
	free(t->rejected);
	free(t);
}

/* ---- the journal's lines ---- */

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

static void set_pin(struct track_pins *t, struct pin *pin)
{
	free_pin(t->pin);
	t->pin = pin;
}

/* Drops the rejections of the file or link of a pin, or else of ref; all if
 * both are NULL. */
static void drop_rejections(struct track_pins *t, const struct pin *pin,
    const char *ref)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct pin *r = t->rejected[i];

		if (pin != NULL ? is_same(r, pin) : ref == NULL ||
		    is_of(r, ref))
			free_pin(r);
		else
			t->rejected[kept++] = r;
	}
	t->count = kept;
}

/* Takes pin over. */
static void add_rejection(struct track_pins *t, struct pin *pin)
{
	if (t->pin != NULL && is_same(t->pin, pin))
		set_pin(t, NULL);
	t->rejected = grow(t->rejected, &t->cap, t->count,
	    sizeof(struct pin *));
	t->rejected[t->count++] = pin;
}

static void apply(void *state, int kind, const char *key,
    const struct json *v)
{
	struct track_pins *t = state;
	struct pin *pin = pin_from_json(v, key);

	t->at = json_get_int(v, "at", 0);
	if (kind == UNPINNED) {
		set_pin(t, NULL);
	} else if (kind == UNREJECTED) {
		drop_rejections(t, NULL, pin != NULL ? pin->ref : NULL);
	} else if (pin != NULL) {
		drop_rejections(t, pin, NULL);
		if (kind == PINNED)
			set_pin(t, pin);
		else
			add_rejection(t, pin);
		return;
	}
	free_pin(pin);
}

static const struct keyed_journal_type journal_type = { .key = "track",
	.kinds = kinds, .state_size = sizeof(struct track_pins),
	.apply = apply, .free_state = free_track_pins };

enum outcome pins_open(const char *path, bool read_only, struct pins **out,
    struct error *error)
{
	struct pins *p = xcalloc(1, sizeof(*p));

	*out = p;
	if (keyed_journal_open(path, &journal_type, read_only, &p->journal,
	    error) == DONE)
		return DONE;
	free(p);
	*out = NULL;
	return RUN_FAILED;
}

enum outcome pins_open_beside_run(const char *path, const char *state_dir,
    struct pins **out, struct error *error)
{
	enum outcome o = pins_open(path, true, out, error);

	if (o == DONE)
		(*out)->requests = xstrdup(state_dir);
	return o;
}

void pins_close(struct pins *p)
{
	if (p == NULL)
		return;
	keyed_journal_close(p->journal);
	free(p->requests);
	free(p);
}

/* ---- changes ---- */

static enum outcome write_request(const struct pins *p, struct json_writer *w,
    struct error *error)
{
	char name[REQUEST_NAME_MAX];
	uint8_t bytes[8];
	char random[2 * sizeof(bytes) + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), random);
	snprintf(name, sizeof(name), "pin-%s", random);
	return request_write(p->requests, name, w, error);
}

static enum outcome end_line(struct pins *p, struct json_writer *w,
    struct error *error)
{
	json_put_int(w, "at", clock_wall());
	return p->requests != NULL ? write_request(p, w, error) :
	    keyed_journal_put(p->journal, w, error);
}

enum outcome pins_apply_request(struct pins *p, const struct json *request,
    struct error *error)
{
	const char *kind = json_get_string(request, "kind");
	const char *key = json_get_string(request, journal_type.key);
	struct json_writer *w;
	int i = 0;

	while (kind != NULL && kinds[i] != NULL && strcmp(kinds[i], kind) != 0)
		i++;
	if (kind == NULL || kinds[i] == NULL || key == NULL)
		return error_set(error, ITEM_FAILED, "not a pin or rejection");
	w = keyed_journal_line(p->journal, i, key);
	for (size_t m = 0; m < json_count(request); m++) {
		const char *name = json_key_at(request, m);

		if (strcmp(name, "kind") != 0 &&
		    strcmp(name, journal_type.key) != 0)
			json_put_tree(w, name, json_value_at(request, m));
	}
	return keyed_journal_put(p->journal, w, error);
}

static enum outcome append_pin(struct pins *p, int kind,
    const struct pin *what, struct error *error)
{
	struct json_writer *w = keyed_journal_line(p->journal, kind, what->key);

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
	return end_line(p, keyed_journal_line(p->journal, UNPINNED, key),
	    error);
}

enum outcome pins_unreject(struct pins *p, const char *key, const char *ref,
    struct error *error)
{
	const struct track_pins *t = keyed_journal_state(p->journal, key);
	struct json_writer *line;

	if (t == NULL || t->count == 0)
		return error_set(error, ITEM_FAILED, "you have rejected "
		    "nothing for it");
	if (ref != NULL && !pins_rejects(p, key, ref))
		return error_set(error, ITEM_FAILED, "%s is not among your "
		    "rejections", ref);
	line = keyed_journal_line(p->journal, UNREJECTED, key);
	if (ref != NULL)
		json_path_put(line, "ref", ref);
	return end_line(p, line, error);
}

/* ---- queries ---- */

const struct pin *pins_of(const struct pins *p, const char *key)
{
	const struct track_pins *t = keyed_journal_state(p->journal, key);

	return t != NULL ? t->pin : NULL;
}

bool pins_rejects(const struct pins *p, const char *key, const char *what)
{
	const struct track_pins *t = keyed_journal_state(p->journal, key);

	for (size_t i = 0; t != NULL && i < t->count; i++)
		if (is_of(t->rejected[i], what))
			return true;
	return false;
}

int64_t pins_changed_at(const struct pins *p, const char *key)
{
	const struct track_pins *t = keyed_journal_state(p->journal, key);

	return t != NULL ? t->at : 0;
}

struct visit {
	pins_each *each;
	void *ctx;
};

static int visit_pin(void *ctx, const char *key, void *state)
{
	const struct visit *v = ctx;
	const struct track_pins *t = state;

	(void)key;
	return t->pin != NULL ? v->each(v->ctx, t->pin) : 0;
}

static int visit_rejections(void *ctx, const char *key, void *state)
{
	const struct visit *v = ctx;
	const struct track_pins *t = state;
	int stop = 0;

	(void)key;
	for (size_t i = 0; i < t->count && stop == 0; i++)
		stop = v->each(v->ctx, t->rejected[i]);
	return stop;
}

int pins_each_pin(const struct pins *p, pins_each *each, void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };

	return keyed_journal_each(p->journal, visit_pin, &v);
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
		return keyed_journal_each(p->journal, visit_rejections,
		    &v);
	t = keyed_journal_state(p->journal, key);
	return t != NULL ? visit_rejections(&v, key, t) : 0;
}
