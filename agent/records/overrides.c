/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/overrides.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "types/link.h"

static bool rejects_link(const struct pins *pins, const char *key,
    const char *link)
{
	char *plain = link_plain(link);
	bool rejects = pins_rejects(pins, key, plain);

	free(plain);
	return rejects;
}

/* Was the placed file, or the link that it came from, rejected? */
static bool rejects_origin(const struct pins *pins, const struct origin *o)
{
	return pins_rejects(pins, o->key, o->identity) ||
	    rejects_link(pins, o->key, o->ref);
}

static bool rejects_file(const struct pins *pins,
    const struct provenance *provenance, const char *key,
    const char *identity)
{
	const struct origin *o = provenance != NULL ?
	    provenance_origin(provenance, key, identity) : NULL;

	return pins_rejects(pins, key, identity) ||
	    (o != NULL && rejects_origin(pins, o));
}

static bool is_of_pin(const struct origin *o, const struct pin *pin)
{
	char *plain = link_plain(o->ref);
	bool is = strcmp(plain, pin->ref) == 0 || (pin->identity != NULL &&
	    strcmp(o->identity, pin->identity) == 0);

	free(plain);
	return is;
}

bool overrides_allow(const struct pins *pins,
    const struct provenance *provenance, const char *key, const char *identity)
{
	const struct pin *pin = pins != NULL ? pins_of(pins, key) : NULL;
	const struct origin *o;

	if (pins == NULL || pins_changed_at(pins, key) == 0)
		return true;
	if (pin == NULL)
		return !rejects_file(pins, provenance, key, identity);
	if (pin->identity != NULL)
		return strcmp(pin->identity, identity) == 0;
	o = provenance != NULL ? provenance_origin(provenance, key,
	    identity) : NULL;
	return o != NULL && is_of_pin(o, pin);
}

bool overrides_deleted_by_user(const struct pins *pins,
    const struct provenance *provenance, const char *key)
{
	const struct origin *o = provenance != NULL ?
	    provenance_of_track(provenance, key) : NULL;
	const struct pin *pin = pins != NULL ? pins_of(pins, key) : NULL;

	if (o == NULL || !o->placed)
		return false;
	if (pins != NULL && rejects_origin(pins, o))
		return false;
	return pin == NULL || (is_of_pin(o, pin) && o->at >= pin->at);
}

/* ---- the list ---- */

struct list {
	char **items;
	size_t count, cap;
	const struct provenance *provenance;
};

static void add(struct list *l, const char *ref)
{
	l->items = grow(l->items, &l->cap, l->count, sizeof(char *));
	l->items[l->count++] = link_plain(ref);
}

static int add_rejected_by_run(void *ctx, const struct rejected *what)
{
	add(ctx, what->ref);
	if (what->identity != NULL)
		add(ctx, what->identity);
	return 0;
}

/* By identity: the path may have another file now. */
static int add_rejected_by_user(void *ctx, const struct pin *pin)
{
	struct list *l = ctx;
	const struct origin *o = pin->identity != NULL &&
	    l->provenance != NULL ? provenance_origin(l->provenance, pin->key,
	    pin->identity) : NULL;

	add(l, pin->identity != NULL ? pin->identity : pin->ref);
	if (o != NULL)
		add(l, o->ref);
	return 0;
}

char **overrides_rejected(const struct pins *pins,
    const struct provenance *provenance, const char *key)
{
	struct list l = { .provenance = provenance };

	if (provenance != NULL)
		provenance_each_rejection(provenance, key, add_rejected_by_run,
		    &l);
	if (pins != NULL)
		pins_each_rejection(pins, key, add_rejected_by_user, &l);
	l.items = grow(l.items, &l.cap, l.count, sizeof(char *));
	l.items[l.count] = NULL;
	return l.items;
}

void overrides_list_free(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}
