/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/export_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "records/overrides.h"
#include "run/followed.h"

#define LIKED_SONGS "Liked Songs"

static struct export_row *add_row(struct export_list *list, const char *path,
    const char *identity)
{
	struct export_row *row = array_add(&list->rows, &list->cap,
	    &list->count, sizeof(*row));

	row->path = xstrdup(path);
	memcpy(row->identity, identity, sizeof(row->identity));
	return row;
}

static struct export_playlist *add_playlist(struct export_list *list,
    const char *name)
{
	struct export_playlist *l = array_add(&list->playlists,
	    &list->cap_playlists, &list->n_playlists, sizeof(*l));

	l->name = xstrdup(name != NULL && *name != '\0' ? name : "Playlist");
	return l;
}

/* l has room. */
static void add_item(struct export_playlist *l, size_t row)
{
	l->items[l->count++] = row;
}

/* One playlist of all rows, by the name of the list. */
static void list_all(struct export_list *list)
{
	struct export_playlist *l = add_playlist(list, list->name);

	l->items = xcalloc(list->count, sizeof(*l->items));
	for (size_t i = 0; i < list->count; i++)
		add_item(l, i);
}

struct library_reading {
	const struct export_source *from;
	struct export_list *out;
	const struct file *file;
	struct map *rows;	/* a track's key -> its first row + 1 */
	struct export_playlist *liked;
};

static int add_song(void *ctx, const struct song *s)
{
	struct library_reading *l = ctx;
	const char *key = s->track.key;

	add_row(l->out, l->file->path, s->identity)->key = xstrdup(key);
	if (!map_has_str(l->rows, key))
		map_put_str(l->rows, key, (void *)l->out->count);
	return 0;
}

static int add_file(void *ctx, const struct file *f)
{
	struct library_reading *l = ctx;
	size_t before = l->out->count;

	if (f->media.identity[0] == '\0')
		return 0;
	l->file = f;
	index_each_song_of(l->from->index, f->media.identity, add_song, l);
	if (l->out->count == before)
		add_row(l->out, f->path, f->media.identity);
	return 0;
}

static int list_liked(void *ctx, const struct liked_song *s)
{
	struct library_reading *l = ctx;
	size_t row = s->is_liked ? (size_t)map_get_str(l->rows, s->key) : 0;

	if (row > 0)
		add_item(l->liked, row - 1);
	return 0;
}

static void list_followed(void *ctx, const struct track_list *followed)
{
	struct library_reading *l = ctx;
	struct export_playlist *p = add_playlist(l->out, followed->name);

	p->items = xcalloc(followed->tracks.count, sizeof(*p->items));
	for (size_t i = 0; i < followed->tracks.count; i++) {
		size_t row = (size_t)map_get_str(l->rows,
		    followed->tracks.items[i].key);

		if (row > 0)
			add_item(p, row - 1);
	}
}

void export_list_library(const struct export_source *from,
    struct export_list *out)
{
	struct library_reading l = { .from = from, .out = out,
		.rows = map_new() };

	memset(out, 0, sizeof(*out));
	index_each_file(from->index, add_file, &l);
	l.liked = add_playlist(out, LIKED_SONGS);
	l.liked->items = xcalloc(map_count(l.rows), sizeof(*l.liked->items));
	index_each_liked(from->index, list_liked, &l);
	followed_each(from->index, list_followed, &l);
	map_free(l.rows, NULL);
}

static int add_liked(void *ctx, const struct liked_song *s)
{
	struct library_reading *l = ctx;
	const struct export_source *from = l->from;
	struct file f;

	if (!s->is_liked || s->identity[0] == '\0' || !overrides_allow(
	    from->pins, from->provenance, s->key, s->identity))
		return 0;
	if (index_find_identity(from->index, s->identity, &f) == DONE)
		add_row(l->out, f.path, s->identity)->key = xstrdup(s->key);
	file_free(&f);
	return 0;
}

void export_list_liked(const struct export_source *from,
    struct export_list *out)
{
	struct library_reading l = { .from = from, .out = out };

	*out = (struct export_list){ .name = xstrdup(LIKED_SONGS) };
	index_each_liked(from->index, add_liked, &l);
	list_all(out);
}

void export_list_coverage(const struct export_source *from,
    const struct coverage *c, struct export_list *out)
{
	const char *name = c->list.name;

	*out = (struct export_list){ .name = xstrdup(name != NULL &&
	    *name != '\0' ? name : "Playlist") };
	for (size_t i = 0; i < c->list.tracks.count; i++) {
		const struct coverage_entry *e = &c->entries[i];
		struct file f;

		if (e->state != COVERAGE_IN_LIBRARY)
			continue;
		if (index_get_file(from->index, e->file, &f) == DONE)
			add_row(out, f.path, f.media.identity)->track =
			    e->track;
		file_free(&f);
	}
	list_all(out);
}

void export_playlists_free(struct export_playlist *playlists, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(playlists[i].name);
		free(playlists[i].items);
	}
	free(playlists);
}

void export_list_free(struct export_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->rows[i].path);
		free(list->rows[i].key);
	}
	free(list->rows);
	free(list->name);
	export_playlists_free(list->playlists, list->n_playlists);
	memset(list, 0, sizeof(*list));
}

struct map *export_unanalyzed(const struct export_source *from,
    const struct export_list *list)
{
	struct map *found = map_new();
	struct analysis_record r;

	for (size_t i = 0; i < list->count; i++) {
		const char *identity = list->rows[i].identity;

		if (*identity != '\0' && index_get_analysis_head(from->index,
		    identity, &r) != DONE)
			map_put_str(found, identity, found);
	}
	if (map_count(found) > 0)
		return found;
	map_free(found, NULL);
	return NULL;
}
