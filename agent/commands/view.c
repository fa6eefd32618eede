/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"

static int collect(void *ctx, const struct song *s)
{
	struct view *v = ctx;

	if (!s->liked)
		return 0;
	v->songs = grow(v->songs, &v->cap, v->n_songs, sizeof(*v->songs));
	v->songs[v->n_songs] = *s;
	track_copy(&v->songs[v->n_songs++].track, &s->track);
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct song *x = a, *y = b;

	if (x->track.added_at != y->track.added_at)
		return x->track.added_at < y->track.added_at ? 1 : -1;
	return x->rank < y->rank ? 1 : x->rank > y->rank ? -1 : 0;
}

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
		index_each_song(v->index, collect, v);
	if (v->n_songs > 0)
		qsort(v->songs, v->n_songs, sizeof(*v->songs), newest_first);
	free(journal);
	free(dir);
	return o;
}

void view_close(struct view *v)
{
	for (size_t i = 0; i < v->n_songs; i++)
		song_free(&v->songs[i]);
	free(v->songs);
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
