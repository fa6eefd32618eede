/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/keyed_journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/journal.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

struct keyed_journal {
	const struct keyed_journal_type *type;
	struct journal *journal;
	struct map *states;
};

/* -1: none of the type's. */
static int kind_of(const struct keyed_journal_type *type,
    const struct json *line)
{
	const char *name = json_get_string(line, "kind");

	for (int i = 0; name != NULL && type->kinds[i] != NULL; i++)
		if (strcmp(type->kinds[i], name) == 0)
			return i;
	return -1;
}

static void apply_line(void *ctx, const struct json *line)
{
	struct keyed_journal *j = ctx;
	const char *key = json_get_string(line, j->type->key);
	int kind = kind_of(j->type, line);
	void *state;

	if (key == NULL || kind < 0)
		return;
	state = map_get_str(j->states, key);
	if (state == NULL) {
		state = xcalloc(1, j->type->state_size);
		map_put_str(j->states, key, state);
	}
	j->type->apply(state, kind, key, line);
}

enum outcome keyed_journal_open(const char *path,
    const struct keyed_journal_type *type, bool read_only,
    struct keyed_journal **out, struct error *error)
{
	struct keyed_journal *j = xcalloc(1, sizeof(*j));
	enum outcome o = DONE;

	j->type = type;
	j->states = map_new();
	if (read_only)
		o = journal_read(path, apply_line, j, error);
	else
		j->journal = journal_open(path, NULL, apply_line, j, error);
	*out = j;
	if (o == DONE && (read_only || j->journal != NULL))
		return DONE;
	keyed_journal_close(j);
	*out = NULL;
	return RUN_FAILED;
}

void keyed_journal_close(struct keyed_journal *j)
{
	if (j == NULL)
		return;
	journal_close(j->journal);
	map_free(j->states, j->type->free_state);
	free(j);
}

void *keyed_journal_state(const struct keyed_journal *j, const char *key)
{
	return map_get_str(j->states, key);
}

struct visit {
	keyed_journal_visit *each;
	void *ctx;
};

static int visit_state(void *ctx, const void *key, size_t len, void *state)
{
	const struct visit *v = ctx;

	(void)len;
	return v->each(v->ctx, key, state);
}

int keyed_journal_each(const struct keyed_journal *j,
    keyed_journal_visit *each, void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };

	return map_each(j->states, visit_state, &v);
}

struct json_writer *keyed_journal_line(const struct keyed_journal *j, int kind,
    const char *key)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "kind", j->type->kinds[kind]);
	json_put_string(w, j->type->key, key);
	return w;
}

enum outcome keyed_journal_put(struct keyed_journal *j,
    struct json_writer *line, struct error *error)
{
	return journal_put(j->journal, line, error);
}
