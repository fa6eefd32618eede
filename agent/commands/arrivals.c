/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "commands/state_reader.h"
#include "run/single.h"

#define MAX_LISTED 20

static int add_placed(void *ctx, const struct origin *o)
{
	if (o->placed && o->identity != NULL)
		map_put_str(ctx, o->identity, ctx);
	return 0;
}

void arrivals_open(struct arrivals *a, const struct state_reader *r,
    int64_t now)
{
	*a = (struct arrivals){ .since = now - ARRIVALS_DAYS * 86400,
		.first_scan = run_library_first_read(r->index),
		.placed = map_new() };
	if (a->first_scan >= a->since)
		provenance_each(r->provenance, add_placed, a->placed);
}

void arrivals_close(struct arrivals *a)
{
	map_free(a->placed, NULL);
}

/* In the second in which the first scan ended, provenance tells. */
bool arrivals_has(const struct arrivals *a, const struct file *f)
{
	if (a->first_scan == 0 || f->added_at < a->since)
		return false;
	return f->added_at > a->first_scan || (f->added_at == a->first_scan &&
	    f->media.identity[0] != '\0' &&
	    map_has_str(a->placed, f->media.identity));
}

/* ---- as JSON ---- */

struct arrival {
	int64_t at;
	char *path, *title, *artist;
};

struct listing {
	const struct arrivals *arrivals;
	struct arrival items[MAX_LISTED + 1];	/* newest first */
	size_t count;
};

static void free_arrival(struct arrival *x)
{
	free(x->path);
	free(x->title);
	free(x->artist);
}

/* By insertion: there are few. */
static int collect(void *ctx, const struct file *f)
{
	struct listing *l = ctx;
	const struct tags *t = &f->media.tags;
	size_t at = l->count;

	if (!arrivals_has(l->arrivals, f))
		return 0;
	while (at > 0 && l->items[at - 1].at < f->added_at)
		at--;
	if (at == MAX_LISTED)
		return 0;
	memmove(&l->items[at + 1], &l->items[at], (l->count - at) *
	    sizeof(l->items[0]));
	l->items[at] = (struct arrival){ f->added_at, xstrdup(f->path),
		xstrdup(t->title != NULL ? t->title : path_base(f->path)),
		xstrdup(t->artist) };
	if (++l->count > MAX_LISTED)
		free_arrival(&l->items[--l->count]);
	return 0;
}

void arrivals_to_json(const struct state_reader *r, int64_t now,
    const char *key, struct json_writer *w)
{
	struct arrivals a;
	struct listing l = { .arrivals = &a };

	arrivals_open(&a, r, now);
	if (a.first_scan != 0)
		index_each_file(r->index, collect, &l);
	json_open_array(w, key);
	for (size_t i = 0; i < l.count; i++) {
		json_open_object(w, NULL);
		json_put_time(w, "at", l.items[i].at);
		json_put_string(w, "title", l.items[i].title);
		json_put_string_if(w, "artist", l.items[i].artist);
		json_put_string(w, "path", l.items[i].path);
		json_close(w);
		free_arrival(&l.items[i]);
	}
	json_close(w);
	arrivals_close(&a);
}
