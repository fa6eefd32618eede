/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/export.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "run/entries.h"

#define LEFT_OUT SIZE_MAX

/* ---- its items ---- */

struct items {
	const struct export_source *from;
	const struct export_list *list;
	struct entry_input entries;
	size_t *rows;		/* of the list */
	size_t count;
	/* The last item that was asked for. */
	struct file file;
	struct entry entry;
	struct song song;
	struct export_item item;
};

static void drop_item(struct items *items)
{
	file_free(&items->file);
	entry_free(&items->entry);
	song_free(&items->song);
}

static const struct export_item *get_item(void *ctx, size_t i)
{
	struct items *items = ctx;
	const struct export_row *row = &items->list->rows[items->rows[i]];
	struct analysis_record r = { .analyzed = false };
	struct index *x = items->from->index;
	const struct track *t = row->track;

	drop_item(items);
	/* A run may have removed it just now: its name is still known. */
	if (index_get_file(x, row->path, &items->file) != DONE)
		str_replace(&items->file.path, row->path);
	index_get_analysis(x, items->file.media.identity, &r);
	if (row->key == NULL)
		song_init(&items->song);
	else if (index_get_song(x, row->key, &items->song) == DONE)
		t = &items->song.track;
	entry_fill(&items->entries, &items->file, t, &r, &items->entry);
	items->item = (struct export_item){ &items->entry, &items->file.media,
		t };
	return &items->item;
}

/* A collection has a file once, matched tracks have a track once. */
static const char *name_of_row(const struct export_row *row, bool by_path)
{
	if (by_path)
		return row->path;
	return row->track != NULL ? row->track->key : row->key != NULL ?
	    row->key : row->path;
}

/* Fills items->rows; place_of: for each row of the list its item, or
 * LEFT_OUT. */
static void choose_items(struct items *items, enum export_format format,
    size_t *place_of, struct export_result *result)
{
	const struct export_list *list = items->list;
	bool by_path = export_names_paths(format);
	struct map *met = map_new();

	items->rows = xcalloc(list->count, sizeof(*items->rows));
	for (size_t i = 0; i < list->count; i++) {
		const char *name = name_of_row(&list->rows[i], by_path);
		size_t before = (size_t)map_get_str(met, name);

		if (before > 0) {
			place_of[i] = before - 1;
			continue;
		}
		if (by_path && !export_can_name(list->rows[i].path)) {
			place_of[i] = LEFT_OUT;
			result->left_out++;
			if (result->example == NULL)
				result->example = xstrdup(name);
			continue;
		}
		place_of[i] = items->count;
		items->rows[items->count++] = i;
		map_put_str(met, name, (void *)items->count);
	}
	map_free(met, NULL);
}

/* The playlists of rows as playlists of items. */
static struct export_playlist *place_playlists(const struct export_list *list,
    const size_t *place_of)
{
	struct export_playlist *out = xcalloc(list->n_playlists, sizeof(*out));

	for (size_t i = 0; i < list->n_playlists; i++) {
		const struct export_playlist *l = &list->playlists[i];

		out[i].name = xstrdup(l->name);
		out[i].items = xcalloc(l->count, sizeof(*out[i].items));
		for (size_t j = 0; j < l->count; j++)
			if (place_of[l->items[j]] != LEFT_OUT)
				out[i].items[out[i].count++] =
				    place_of[l->items[j]];
	}
	return out;
}

/* ---- the file ---- */

/* Both as they are without links, so that ".." means what it says. NULL with
 * error. */
static char *relative_root(const struct export_source *from, const char *path,
    struct error *error)
{
	char *folder = path_dir(path);
	char *here = realpath(folder, NULL);
	char *library = realpath(from->cfg->library.path, NULL);
	char *root = here != NULL && library != NULL ?
	    export_relative(here, library) : NULL;

	if (root == NULL)
		error_set(error, RUN_CONFIG, "%s: %s", here == NULL ? folder :
		    from->cfg->library.path, strerror(errno));
	free(folder);
	free(here);
	free(library);
	return root;
}

static enum outcome replace(const char *path, const struct buf *text,
    struct error *error)
{
	struct buf old = BUF_INIT;
	bool same = false;

	if (strcmp(path, "-") == 0) {
		if (file_write_all(STDOUT_FILENO, text->data, text->len) == 0)
			return DONE;
		return error_set(error, RUN_FAILED, "standard output: %s",
		    strerror(errno));
	}
	same = file_read(path, text->len, &old) == 0 &&
	    old.len == text->len &&
	    memcmp(buf_str(&old), buf_str(text), text->len) == 0;

	buf_free(&old);
	if (same || file_write(path, buf_str(text), text->len, 0644) == 0)
		return DONE;
	return file_cant_write(path, errno, RUN_CONFIG, error);
}

enum outcome export_to_file(const struct export_source *from,
    const struct export_list *list, const struct export_target *to,
    struct export_result *result, struct error *error)
{
	struct items items = { .from = from, .list = list, .entries = {
		from->cfg, from->pins, from->provenance, clock_wall() } };
	struct export_input in = { .get = get_item, .ctx = &items,
		.name = list->name, .volume = to->volume,
		.n_playlists = list->n_playlists };
	size_t *place_of = xcalloc(list->count, sizeof(*place_of));
	struct export_playlist *playlists;
	bool relative = to->root == NULL && to->format == EXPORT_M3U8 &&
	    strcmp(to->path, "-") != 0;
	char *root = relative ? relative_root(from, to->path, error) :
	    export_root(to->root != NULL ? to->root :
	    from->cfg->library.path);
	struct buf text = BUF_INIT;
	enum outcome o = RUN_CONFIG;

	memset(result, 0, sizeof(*result));
	choose_items(&items, to->format, place_of, result);
	in.playlists = playlists = place_playlists(list, place_of);
	in.count = result->files = items.count;
	in.root = root;
	if (root != NULL) {
		export_write(to->format, &in, &text);
		o = replace(to->path, &text, error);
	}
	drop_item(&items);
	buf_free(&text);
	free(items.rows);
	free(place_of);
	export_playlists_free(playlists, list->n_playlists);
	free(root);
	return o;
}
