/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/candidate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"

static const struct member candidate_members[] = {
	MEMBER("ref", TEXT, candidate, ref),
	MEMBER("title", TEXT, candidate, title, .always = true),
	MEMBER("artist", TEXT, candidate, artist),
	MEMBER("album", TEXT, candidate, album),
	MEMBER("channel", TEXT, candidate, channel),
	MEMBER("isrc", TEXT, candidate, isrc),
	MEMBER("duration", DOUBLE, candidate, duration_s, .decimals = 3),
	MEMBER("views", INT64, candidate, views, .fallback = -1),
	MEMBER("verified", BOOL, candidate, verified),
	MEMBER("lossless", BOOL, candidate, lossless),
	MEMBERS_END
};

void candidate_free(struct candidate *c)
{
	members_free(candidate_members, c);
	memset(c, 0, sizeof(*c));
}

void candidate_copy(struct candidate *to, const struct candidate *from)
{
	*to = *from;
	members_own(candidate_members, to);
}

void candidate_put(const struct candidate *c, struct json_writer *w,
    const char *key)
{
	members_to_json(candidate_members, c, w, key);
}

int candidate_get(struct candidate *c, const struct json *v)
{
	members_read(candidate_members, c, v);
	if (c->ref != NULL && json_get_string(v, "title") != NULL)
		return 0;
	candidate_free(c);
	return -1;
}

struct candidate *candidates_add(struct candidates *list)
{
	struct candidate *c = array_add(&list->items, &list->cap,
	    &list->count, sizeof(*c));

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
	const char *channel = c->channel != NULL ? c->channel : "";

	if (c->artist != NULL)
		buf_printf(&b, "%s - ", c->artist);
	buf_puts(&b, c->title != NULL ? c->title : "");
	if (timed)
		buf_printf(&b, " (%s%s%d:%02d)", channel, c->channel != NULL ?
		    ", " : "", seconds / 60, seconds % 60);
	else if (c->channel != NULL)
		buf_printf(&b, " (%s)", channel);
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

static const struct member rejected_members[] = {
	MEMBER("ref", TEXT, best_rejected, ref),
	MEMBER("name", TEXT, best_rejected, name, .always = true),
	MEMBER("why", TEXT, best_rejected, reason, .always = true),
	MEMBER("score", DOUBLE, best_rejected, score, .decimals = 3,
	    .always = true),
	MEMBERS_END
};

void best_rejected_free(struct best_rejected *n)
{
	members_free(rejected_members, n);
	memset(n, 0, sizeof(*n));
}

void best_rejected_copy(struct best_rejected *to,
    const struct best_rejected *from)
{
	*to = *from;
	members_own(rejected_members, to);
}

void best_rejected_to_json(const struct best_rejected *n, struct json_writer *w,
    const char *key)
{
	if (n->ref == NULL)
		return;
	members_to_json(rejected_members, n, w, key);
}

void best_rejected_from_json(struct best_rejected *n, const struct json *v)
{
	members_read(rejected_members, n, v);
	if (n->ref == NULL)
		best_rejected_free(n);
}
