/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/track_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

void track_list_free(struct track_list *l)
{
	free(l->id);
	free(l->kind);
	free(l->name);
	free(l->owner);
	free(l->snapshot);
	tracks_free(&l->tracks);
	memset(l, 0, sizeof(*l));
}

unsigned track_list_skipped(const struct track_list *l)
{
	return l->episodes + l->local + l->unusable;
}

bool track_list_take(struct track_list *l, struct map *met, struct track *t)
{
	bool is_new = !map_has_str(met, t->key);

	if (is_new) {
		map_put_str(met, t->key, l);
		*tracks_add(&l->tracks) = *t;
		track_init(t);
	} else {
		track_free(t);
	}
	return is_new;
}
