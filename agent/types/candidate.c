/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/candidate.h"

#include <math.h>
#include <stddef.h>
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

/* The text members, so that each verb is a loop. */
static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "ref", offsetof(struct candidate, ref) },
	{ "title", offsetof(struct candidate, title) },
	{ "artist", offsetof(struct candidate, artist) },
	{ "album", offsetof(struct candidate, album) },
	{ "channel", offsetof(struct candidate, channel) },
	{ "isrc", offsetof(struct candidate, isrc) },
};

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

static char **text_at(struct candidate *c, size_t i)
{
	return (char **)(void *)((char *)c + texts[i].offset);
}

static char *const_text_at(const struct candidate *c, size_t i)
{
	return *(char *const *)(const void *)((const char *)c +
	    texts[i].offset);
}

void candidate_copy(struct candidate *to, const struct candidate *from)
{
	*to = *from;
	for (size_t i = 0; i < N_TEXTS; i++)
		*text_at(to, i) = xstrdup(const_text_at(from, i));
}

void candidate_put(const struct candidate *c, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	for (size_t i = 0; i < N_TEXTS; i++)
		json_put_string_if(w, texts[i].name, const_text_at(c, i));
	json_put_double(w, "duration", c->duration_s, 3);
	json_put_int(w, "views", c->views);
	json_put_bool(w, "verified", c->verified);
	json_close(w);
}

int candidate_get(struct candidate *c, const struct json *v)
{
	memset(c, 0, sizeof(*c));
	if (json_get_string(v, "ref") == NULL ||
	    json_get_string(v, "title") == NULL)
		return -1;
	for (size_t i = 0; i < N_TEXTS; i++)
		*text_at(c, i) = xstrdup(json_get_string(v, texts[i].name));
	c->duration_s = json_get_double(v, "duration", 0);
	c->views = json_get_int(v, "views", -1);
	c->verified = json_get_bool(v, "verified", false);
	return 0;
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

void best_rejected_note(struct best_rejected *n, const struct candidate *c,
    double score, const char *reason)
{
	if (n->ref != NULL && n->score >= score)
		return;
	best_rejected_free(n);
	n->ref = xstrdup(c->ref);
	n->name = describe(c);
	n->reason = xstrdup(reason);
	n->score = score;
}

void best_rejected_free(struct best_rejected *n)
{
	free(n->ref);
	free(n->name);
	free(n->reason);
	memset(n, 0, sizeof(*n));
}

void best_rejected_copy(struct best_rejected *to,
    const struct best_rejected *from)
{
	to->ref = xstrdup(from->ref);
	to->name = xstrdup(from->name);
	to->reason = xstrdup(from->reason);
	to->score = from->score;
}

void best_rejected_to_json(const struct best_rejected *n, struct json_writer *w,
    const char *key)
{
	if (n->ref == NULL)
		return;
	json_open_object(w, key);
	json_put_string(w, "ref", n->ref);
	json_put_string(w, "name", n->name);
	json_put_string(w, "why", n->reason);
	json_put_double(w, "score", n->score, 3);
	json_close(w);
}

static char *text_of(const struct json *v, const char *key)
{
	const char *text = json_get_string(v, key);

	return xstrdup(text != NULL ? text : "");
}

void best_rejected_from_json(struct best_rejected *n, const struct json *v)
{
	memset(n, 0, sizeof(*n));
	if (json_get_string(v, "ref") == NULL)
		return;
	n->ref = text_of(v, "ref");
	n->name = text_of(v, "name");
	n->reason = text_of(v, "why");
	n->score = json_get_double(v, "score", 0);
}
