/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/moves.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/integer.h"
#include "base/map.h"
#include "base/mem.h"
#include "library/place.h"

#define MAX_NAMES 10000		/* numbered names that are tried */

struct move *moves_add(struct moves *m, const char *from, const char *wanted,
    const char *identity, int64_t added_at)
{
	struct move *new = array_add(&m->items, &m->cap, &m->count,
	    sizeof(*new));

	new->from = xstrdup(from);
	new->wanted = xstrdup(wanted);
	new->identity = xstrdup(identity);
	new->added_at = added_at;
	return new;
}

void moves_free(struct moves *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->items[i].from);
		free(m->items[i].wanted);
		free(m->items[i].to);
		free(m->items[i].identity);
	}
	for (size_t i = 0; i < m->n_steps; i++) {
		free(m->steps[i].from);
		free(m->steps[i].to);
	}
	free(m->items);
	free(m->steps);
	memset(m, 0, sizeof(*m));
}

/* ---- names ---- */

/* 1: the file is at the path that it should have; n: at that path with " (n)";
 * 0: elsewhere. */
static int number_of(const struct move *m)
{
	const char *mark = strrchr(path_base(m->from), '(');
	int64_t n;
	char *name;
	bool is;

	if (strcmp(m->from, m->wanted) == 0)
		return 1;
	if (mark == NULL)
		return 0;
	mark++;
	if (int_prefix(&mark, 2, MAX_NAMES, &n) != 0 || *mark != ')')
		return 0;
	name = place_numbered(m->wanted, (int)n);
	is = strcmp(name, m->from) == 0;
	free(name);
	return is ? (int)n : 0;
}

/* By wanted path; those that are there before those that come; then the oldest.
 * Of what is compared, only whether a file is there changes by a step. */
static int compare(const void *a, const void *b)
{
	const struct move *x = a, *y = b;
	int order = strcmp(x->wanted, y->wanted), there_x, there_y;

	if (order != 0)
		return order;
	there_x = number_of(x);
	there_y = number_of(y);
	if (there_x != there_y)
		return there_x == 0 ? 1 : there_y == 0 ? -1 :
		    there_x - there_y;
	if (x->added_at != y->added_at)
		return x->added_at < y->added_at ? -1 : 1;
	order = strcmp(x->identity, y->identity);
	return order != 0 ? order : strcmp(x->from, y->from);
}

struct planning {
	struct moves *m;
	bool (*taken)(void *ctx, const char *path, const char *by);
	void *ctx;
	struct map *at;		/* path -> the move that leaves it */
	struct map *given;	/* paths that were given to moves */
	size_t *waits_for;	/* by move: 1 + the move whose number is one
				   lower; 0: none */
	bool *done, *parked;	/* by move */
	char **now;		/* by move: where it is; NULL: from */
};

static bool is_free(const struct planning *p, const char *path,
    const char *by)
{
	return !map_has_str(p->given, path) &&
	    (map_has_str(p->at, path) || !p->taken(p->ctx, path, by));
}

static char *free_name(const struct planning *p, const struct move *m)
{
	char *name = xstrdup(m->wanted);

	for (int n = 2; n < MAX_NAMES && !is_free(p, name, m->from); n++) {
		free(name);
		name = place_numbered(m->wanted, n);
	}
	return name;
}

/* The items are sorted. Of several files with the same audio for one path only
 * the first is moved. */
static void find_originals(struct moves *m)
{
	struct map *first = map_new();

	for (size_t i = 0; i < m->count; i++) {
		struct move *f = &m->items[i];
		char *key = xasprintf("%s %s", f->identity, f->wanted);

		f->original = map_get_str(first, key);
		if (f->original == NULL)
			map_put_str(first, key, f);
		free(key);
	}
	map_free(first, NULL);
}

static bool moves_away(const struct move *m)
{
	return m->original == NULL && number_of(m) == 0;
}

static void give_names(struct planning *p)
{
	struct moves *m = p->m;

	for (size_t i = 0; i < m->count; i++)
		if (moves_away(&m->items[i]))
			map_put_str(p->at, m->items[i].from, &m->items[i]);
	for (size_t i = 0, last = 0; i < m->count; i++) {
		struct move *f = &m->items[i];

		if (!moves_away(f))
			continue;
		if (last > 0 &&
		    strcmp(m->items[last - 1].wanted, f->wanted) == 0)
			p->waits_for[i] = last;
		last = i + 1;
		f->to = free_name(p, f);
		map_put_str(p->given, f->to, f);
	}
}

/* ---- the order ---- */

static void add_step(struct planning *p, size_t i, const char *to)
{
	struct moves *m = p->m;
	const char *from = p->now[i] != NULL ? p->now[i] : m->items[i].from;
	struct move_step *s = array_add(&m->steps, &m->cap_steps, &m->n_steps,
	    sizeof(*s));

	*s = (struct move_step){ .move = i, .from = xstrdup(from),
		.to = xstrdup(to) };
	map_remove(p->at, from, strlen(from));
}

static bool can_go(const struct planning *p, size_t i)
{
	const struct move *f = &p->m->items[i], *there = map_get_str(p->at,
	    f->to);

	return (there == NULL || there == f) && (p->waits_for[i] == 0 ||
	    p->done[p->waits_for[i] - 1]);
}

/* Makes every step that is possible; returns how many. */
static size_t make_steps(struct planning *p)
{
	size_t made = 0;

	for (size_t i = 0; i < p->m->count; i++) {
		if (p->m->items[i].to == NULL || p->done[i] || !can_go(p, i))
			continue;
		add_step(p, i, p->m->items[i].to);
		p->done[i] = true;
		made++;
	}
	return made;
}

/* All that are left wait for one another: the first makes its name free. False:
 * there is none. */
static bool park_one(struct planning *p)
{
	struct moves *m = p->m;
	size_t i = 0;

	while (i < m->count && (m->items[i].to == NULL || p->done[i] ||
	    p->parked[i]))
		i++;
	if (i == m->count)
		return false;
	for (int n = 1; p->now[i] == NULL; n++) {
		char *name = place_marked(m->items[i].to, n == 1 ?
		    " [moving]" : " [moving too]");

		if (n > 2 || is_free(p, name, m->items[i].from)) {
			add_step(p, i, name);
			p->now[i] = name;
		} else {
			free(name);
		}
	}
	p->parked[i] = true;
	return true;
}

void moves_plan(struct moves *m, bool (*taken)(void *ctx, const char *path,
    const char *by), void *ctx)
{
	struct planning p = { .m = m, .taken = taken, .ctx = ctx,
		.at = map_new(), .given = map_new(),
		.waits_for = xcalloc(m->count + 1, sizeof(size_t)),
		.done = xcalloc(m->count + 1, sizeof(bool)),
		.parked = xcalloc(m->count + 1, sizeof(bool)),
		.now = xcalloc(m->count + 1, sizeof(char *)) };

	if (m->count > 0)
		qsort(m->items, m->count, sizeof(*m->items), compare);
	find_originals(m);
	give_names(&p);
	while (make_steps(&p) > 0 || park_one(&p))
		;
	for (size_t i = 0; i < m->count; i++)
		free(p.now[i]);
	free(p.now);
	free(p.parked);
	free(p.done);
	free(p.waits_for);
	map_free(p.given, NULL);
	map_free(p.at, NULL);
}
