/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/candidate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

void candidate_free(struct candidate *c)
{
	free(c->ref);
	free(c->title);
	free(c->artist);
	free(c->album);
	free(c->channel);
	free(c->isrc);
	memset(c, 0, sizeof(*c));
}

struct candidate *candidates_add(struct candidates *list)
{
	struct candidate *c;

	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	c = &list->items[list->count++];
	memset(c, 0, sizeof(*c));
	c->views = -1;
	return c;
}

void candidates_free(struct candidates *list)
{
	for (size_t i = 0; i < list->count; i++)
		candidate_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* "Ada - Light (Live) (Ada's channel, 3:20)". */
static char *describe(const struct candidate *c)
{
	struct buf b = BUF_INIT;
	bool timed = c->duration_s >= 1 && c->duration_s < 1e6;
	int seconds = timed ? (int)lround(c->duration_s) : 0;

	if (c->artist != NULL)
		buf_printf(&b, "%s - ", c->artist);
	buf_puts(&b, c->title != NULL ? c->title : "");
	if (c->channel != NULL || timed)
		buf_printf(&b, " (%s%s", c->channel != NULL ? c->channel : "",
		    c->channel != NULL && timed ? ", " : "");
	if (timed)
		buf_printf(&b, "%d:%02d", seconds / 60, seconds % 60);
	if (c->channel != NULL || timed)
		buf_putc(&b, ')');
	return buf_take(&b);
}

void nearest_note(struct nearest *n, const struct candidate *c, double score,
    const char *why)
{
	if (n->ref != NULL && n->score >= score)
		return;
	nearest_free(n);
	n->ref = xstrdup(c->ref);
	n->name = describe(c);
	n->why = xstrdup(why);
	n->score = score;
}

void nearest_free(struct nearest *n)
{
	free(n->ref);
	free(n->name);
	free(n->why);
	memset(n, 0, sizeof(*n));
}

void nearest_copy(struct nearest *to, const struct nearest *from)
{
	to->ref = xstrdup(from->ref);
	to->name = xstrdup(from->name);
	to->why = xstrdup(from->why);
	to->score = from->score;
}

void nearest_to_json(const struct nearest *n, struct json_writer *w,
    const char *key)
{
	if (n->ref == NULL)
		return;
	json_open_object(w, key);
	json_put_string(w, "ref", n->ref);
	json_put_string(w, "name", n->name);
	json_put_string(w, "why", n->why);
	json_put_double(w, "score", n->score, 3);
	json_close(w);
}

static char *text_of(const struct json *v, const char *key)
{
	const char *text = json_get_string(v, key);

	return xstrdup(text != NULL ? text : "");
}

void nearest_from_json(struct nearest *n, const struct json *v)
{
	memset(n, 0, sizeof(*n));
	if (json_get_string(v, "ref") == NULL)
		return;
	n->ref = text_of(v, "ref");
	n->name = text_of(v, "name");
	n->why = text_of(v, "why");
	n->score = json_get_double(v, "score", 0);
}
