/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/layouts.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/config.h"
#include "library/place.h"
#include "run/followed.h"
#include "spotify/link.h"

/* A followed playlist. */
struct playlist {
	char *name;		/* NULL: unknown */
	const char *layout;	/* borrowed from the configuration */
};

struct layouts {
	const struct config *cfg;
	struct map *of;		/* track key -> struct playlist, borrowed */
	struct map *playlists;	/* list id -> struct playlist, owned */
};

static enum outcome check_layout(const char *section, const char *layout,
    struct error *error)
{
	const char *wrong = layout_check(layout);

	return wrong == NULL ? DONE : error_set(error, RUN_CONFIG,
	    "[%s] layout %s", section, wrong);
}

static enum outcome check_playlist(const struct playlist_config *p,
    struct error *error)
{
	char *section = xasprintf("playlist.%s", p->name);
	enum outcome o = check_layout(section, p->layout, error);
	struct spotify_link link;

	spotify_link_parse(p->link, &link);
	if (o == DONE && link.kind != LINK_PLAYLIST &&
	    link.kind != LINK_ALBUM && link.kind != LINK_TRACK)
		o = error_set(error, RUN_CONFIG, "[%s] link: %.200s is no link "
		    "of a playlist or album", section, p->link);
	spotify_link_free(&link);
	free(section);
	return o;
}

static const char *layout_of_list(const struct config *cfg, const char *id)
{
	const char *layout = cfg->library.layout;

	for (size_t i = 0; i < cfg->n_playlist; i++) {
		struct spotify_link link;

		spotify_link_parse(cfg->playlist[i].link, &link);
		if (link.id != NULL && id != NULL && strcmp(link.id, id) == 0)
			layout = cfg->playlist[i].layout;
		spotify_link_free(&link);
	}
	return layout;
}

static void add_list(void *ctx, const struct track_list *list)
{
	struct layouts *l = ctx;
	struct playlist *p = xcalloc(1, sizeof(*p));

	p->name = xstrdup(list->name);
	p->layout = layout_of_list(l->cfg, list->id);
	map_put_str(l->playlists, list->id, p);
	for (size_t i = 0; i < list->tracks.count; i++)
		if (!map_has_str(l->of, list->tracks.items[i].key))
			map_put_str(l->of, list->tracks.items[i].key, p);
}

static void free_playlist(void *value)
{
	struct playlist *p = value;

	free(p->name);
	free(p);
}

enum outcome layouts_open(const struct config *cfg, struct index *x,
    struct layouts **out, struct error *error)
{
	enum outcome o = check_layout("library", cfg->library.layout, error);

	*out = NULL;
	for (size_t i = 0; o == DONE && i < cfg->n_playlist; i++)
		o = check_playlist(&cfg->playlist[i], error);
	if (o != DONE)
		return o;
	*out = xcalloc(1, sizeof(**out));
	(*out)->cfg = cfg;
	(*out)->of = map_new();
	(*out)->playlists = map_new();
	followed_each(x, add_list, *out);
	return DONE;
}

void layouts_free(struct layouts *l)
{
	if (l == NULL)
		return;
	map_free(l->of, NULL);
	map_free(l->playlists, free_playlist);
	free(l);
}

const char *layouts_playlist(const struct layouts *l, const struct track *t)
{
	const struct playlist *p = map_get_str(l->of, t->key);

	return p != NULL ? p->name : NULL;
}

char *layouts_path(const struct layouts *l, const struct track *t,
    const char *extension)
{
	const struct playlist *p = map_get_str(l->of, t->key);

	return layout_path(p != NULL ? p->layout : l->cfg->library.layout, t,
	    p != NULL ? p->name : NULL, extension);
}
