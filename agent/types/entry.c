/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct entry *entries_add(struct entries *list)
{
	return array_add(&list->items, &list->cap, &list->count,
	    sizeof(*list->items));
}

void entry_free(struct entry *e)
{
	free(e->path);
	tags_free(&e->tags);
	free(e->spotify_id);
	free(e->isrc);
	free(e->artist);
	free(e->title);
	analysis_free(&e->analysis);
	free(e->doc_id);
	memset(e, 0, sizeof(*e));
}

void entries_free(struct entries *list)
{
	for (size_t i = 0; i < list->count; i++)
		entry_free(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
