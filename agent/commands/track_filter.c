/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/track_filter.h"

#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/map.h"
#include "commands/terminal.h"
#include "index/lists.h"

bool track_filter_is_set(const struct track_filter *f)
{
	return f->playlist != NULL || f->source != NULL || f->reason != NULL ||
	    f->older_text != NULL || f->newer_text != NULL;
}

/* ---- the playlist ---- */

struct list_search {
	struct index *index;
	struct track_filter *f;
};

/* By its id, in whatever form of link it stands, or its name. */
static int collect_list(void *ctx, const char *id)
{
	struct list_search *s = ctx;
	struct track_list l;

	if (index_get_list(s->index, id, &l) != DONE)
		return 0;
	if (strstr(s->f->playlist, id) != NULL || (l.name != NULL &&
	    strcasecmp(l.name, s->f->playlist) == 0)) {
		if (s->f->keys == NULL)
			s->f->keys = map_new();
		for (size_t i = 0; i < l.tracks.count; i++)
			map_put_str(s->f->keys, l.tracks.items[i].key, s);
	}
	track_list_free(&l);
	return 0;
}

int track_filter_open(const struct invocation *v, const struct state_reader *r,
    struct track_filter *f)
{
	struct list_search s = { r->index, f };

	if (command_duration(v, "--older", f->older_text, &f->older) != 0 ||
	    command_duration(v, "--newer", f->newer_text, &f->newer) != 0)
		return EX_USAGE;
	if (f->playlist == NULL)
		return EX_OK;
	if (r->index != NULL)
		index_each_list(r->index, collect_list, &s);
	if (f->keys != NULL)
		return EX_OK;
	print_error("likesync %s: --playlist: no list of this name or link was "
	    "read yet: `likesync playlist LINK` reads one: %s", v->argv[0],
	    f->playlist);
	return 1;
}

void track_filter_close(struct track_filter *f)
{
	map_free(f->keys, NULL);
	f->keys = NULL;
}

/* ---- a track ---- */

static bool has_words(const char *text, const char *words)
{
	return text != NULL && strcasestr(text, words) != NULL;
}

static int is_from_source(void *ctx, const struct rejected *r)
{
	return strcasecmp(r->source, ctx) == 0;
}

static int has_reason(void *ctx, const struct rejected *r)
{
	return has_words(r->reason, ctx);
}

static bool rejected_with(const struct state_reader *r, const char *key,
    int (*each)(void *ctx, const struct rejected *what), const char *text)
{
	return provenance_each_rejection(r->provenance, key, each,
	    (void *)(uintptr_t)text) != 0;
}

bool track_filter_shows(const struct track_filter *f,
    const struct state_reader *r, const struct song *s)
{
	const char *key = s->track.key;
	const struct origin *o = provenance_of_track(r->provenance, key);
	int64_t since = s->track.added_at, age = clock_wall() - since;

	if (f->keys != NULL && !map_has_str(f->keys, key))
		return false;
	if (f->older > 0 && (since <= 0 || age < f->older))
		return false;
	if (f->newer > 0 && (since <= 0 || age > f->newer))
		return false;
	if (f->source != NULL && (o == NULL ||
	    strcasecmp(o->source, f->source) != 0) &&
	    !rejected_with(r, key, is_from_source, f->source))
		return false;
	return f->reason == NULL || has_words(s->reason, f->reason) ||
	    has_words(state_reader_reason(r, s), f->reason) ||
	    (o != NULL && has_words(o->error, f->reason)) ||
	    rejected_with(r, key, has_reason, f->reason);
}
