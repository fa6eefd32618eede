/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/candidate.h"

#include <stdlib.h>
#include <string.h>

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
