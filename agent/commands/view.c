/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/state.h"

enum outcome view_open(const struct config *cfg, struct view *v,
    struct why *why)
{
	char *dir = path_join(cfg->state.dir, STATE_INDEX);
	char *journal = path_join(cfg->state.dir, STATE_PROVENANCE);
	enum outcome o;

	memset(v, 0, sizeof(*v));
	o = index_open(dir, true, &v->index, why);
	if (o == TRACK_FAILED)
		o = DONE;
	if (o == DONE && access(journal, F_OK) == 0)
		o = provenance_open(journal, &v->provenance, why);
	if (o == DONE && v->index != NULL)
		index_liked_songs(v->index, &v->songs);
	free(journal);
	free(dir);
	return o;
}

void view_close(struct view *v)
{
	songs_free(&v->songs);
	index_close(v->index);
	provenance_close(v->provenance);
	memset(v, 0, sizeof(*v));
}

bool view_is_held(const struct view *v, const struct song *s)
{
	struct file f;
	bool held;

	if (s->identity[0] == '\0')
		return false;
	held = index_find_identity(v->index, s->identity, &f) == DONE;
	file_free(&f);
	return held;
}

bool view_is_removed(const struct view *v, const struct song *s)
{
	const struct origin *o = v->provenance != NULL ?
	    provenance_of_track(v->provenance, s->track.key) : NULL;

	return o != NULL && o->placed && !view_is_held(v, s);
}
