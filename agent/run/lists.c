/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/lists.h"
#include "spotify/playlist.h"

/* A playlist may get another name without a new snapshot. */
static bool is_renamed(const struct track_list *now,
    const struct track_list *old)
{
	return now->name != NULL &&
	    (old->name == NULL || strcmp(now->name, old->name) != 0);
}

enum outcome list_read(struct session *s, struct index *x,
    const struct spotify_link *link, struct track_list *out, bool *is_new,
    struct error *error)
{
	struct track_list old = { .snapshot = NULL };
	bool known = x != NULL && link->kind == LINK_PLAYLIST &&
	    index_get_list(x, link->id, &old) == DONE;
	bool unchanged;
	enum outcome o = playlist_read(s, link, known ? old.snapshot : NULL,
	    out, &unchanged, error);

	*is_new = o == DONE && !unchanged && out->snapshot != NULL &&
	    out->complete;
	if (o == DONE && unchanged) {
		*is_new = is_renamed(out, &old);
		str_replace(&old.name, out->name);
		str_replace(&old.owner, out->owner);
		old.pages = out->pages;
		track_list_free(out);
		*out = old;
	} else if (known) {
		track_list_free(&old);
	}
	return o;
}
