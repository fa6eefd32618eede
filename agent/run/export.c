/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fast_hash.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/integer.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "records/overrides.h"
#include "run/context.h"
#include "run/entries.h"
#include "run/followed.h"

#define NOTE_EXPORTS "exports.written"	/* a hash of what they were made from */
#define LEFT_OUT SIZE_MAX
#define LIKED_SONGS "Liked Songs"

/* ---- the list ---- */

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

static void free_playlists(struct export_playlist *playlists, size_t n)
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
	free_playlists(list->playlists, list->n_playlists);
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
				add_item(&out[i], place_of[l->items[j]]);
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
	bool same = file_read(path, text->len, &old) == 0 &&
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
	bool relative = to->root == NULL && to->format == EXPORT_M3U8;
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
	free_playlists(playlists, list->n_playlists);
	free(root);
	return o;
}

/* ---- after a run ---- */

static void hash_text(struct fast_hash *h, const char *text)
{
	fast_hash_add(h, text != NULL ? text : "",
	    text != NULL ? strlen(text) + 1 : 1);
}

/* Frees h; caller frees. */
static char *hash_end(struct fast_hash *h)
{
	uint8_t bytes[FAST_HASH_LEN];
	char hex[2 * FAST_HASH_LEN + 1];

	fast_hash_end(h, bytes);
	hex_encode(bytes, sizeof(bytes), hex);
	return xstrdup(hex);
}

/* What decides about the exports beside the index. */
static char *hash_settings(const struct config *cfg,
    const struct export_target *targets, size_t n)
{
	struct fast_hash *h = fast_hash_new();
	const int numbers[] = { cfg->export.tracks, cfg->analysis.lowest_tempo,
		cfg->analysis.prefer_tags };

	hash_text(h, LIKESYNC_VERSION);
	hash_text(h, cfg->library.path);
	hash_text(h, cfg->export.prefix);
	hash_text(h, cfg->export.volume);
	fast_hash_add(h, numbers, sizeof(numbers));
	for (size_t i = 0; i < n; i++) {
		hash_text(h, export_format_name(targets[i].format));
		hash_text(h, targets[i].path);
	}
	return hash_end(h);
}

/* What the exports would be made from; another one when they may change. */
static char *hash_list(const struct export_source *from,
    const struct export_list *list)
{
	struct fast_hash *h = fast_hash_new();
	int64_t state = index_files_state(from->index);

	fast_hash_add(h, &state, sizeof(state));
	for (size_t i = 0; i < list->count; i++) {
		const struct export_row *row = &list->rows[i];
		uint64_t digest = index_analysis_digest(from->index,
		    row->identity);

		hash_text(h, row->path);
		hash_text(h, row->key);
		fast_hash_add(h, &digest, sizeof(digest));
	}
	for (size_t i = 0; i < list->n_playlists; i++) {
		const struct export_playlist *l = &list->playlists[i];

		hash_text(h, l->name);
		fast_hash_add(h, &l->count, sizeof(l->count));
		if (l->count > 0)
			fast_hash_add(h, l->items, l->count *
			    sizeof(*l->items));
	}
	return hash_end(h);
}

/* The files that [export] names. */
static size_t configured_targets(const struct config *cfg,
    struct export_target out[N_EXPORT_FORMATS])
{
	const char *const paths[N_EXPORT_FORMATS] = {
		[EXPORT_M3U8] = cfg->export.m3u8,
		[EXPORT_REKORDBOX] = cfg->export.rekordbox,
		[EXPORT_TRAKTOR] = cfg->export.traktor,
		[EXPORT_MATCHED_TRACKS] = cfg->export.matched_tracks,
		[EXPORT_CSV] = cfg->export.csv,
	};
	size_t n = 0;

	for (int f = 0; f < N_EXPORT_FORMATS; f++)
		if (paths[f] != NULL)
			out[n++] = (struct export_target){
				(enum export_format)f, paths[f],
				cfg->export.prefix, cfg->export.volume };
	return n;
}

static bool all_exist(const struct export_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (access(targets[i].path, F_OK) != 0)
			return false;
	return true;
}

static enum outcome write_targets(const struct export_source *from,
    const struct export_list *list, const struct export_target *targets,
    size_t n, struct error *error)
{
	enum outcome worst = DONE;

	for (size_t i = 0; i < n; i++) {
		struct export_result result;
		struct error e;
		enum outcome o = export_to_file(from, list, &targets[i],
		    &result, &e);

		if (o == DONE)
			log_info("export: %s: %zu files", targets[i].path,
			    result.files);
		if (result.left_out > 0)
			log_warning("export: %s: %zu files are left out: their "
			    "names are not UTF-8 or have control characters, "
			    "as in %s", targets[i].path, result.left_out,
			    result.example);
		if (o > worst) {
			worst = o;
			*error = e;
		}
		free(result.example);
	}
	return worst;
}

/* NOTE_EXPORTS: "SETTINGS LIST VERSION": two hashes, and the index after which
 * nothing has changed. */
static enum outcome note_exports(struct run_context *run, const char *hashes,
    struct error *error)
{
	bool settled = is_settled(run);
	enum outcome o = index_begin(run->index, error);
	char *note;

	if (o != DONE)
		return o;
	note = xasprintf("%s %lld", hashes,
	    (long long)index_version(run->index));
	o = index_put_note(run->index, NOTE_EXPORTS, note, error);
	free(note);
	/* That alone is no reason to look at all files again. */
	if (o == DONE && settled)
		o = note_settled(run, error);
	if (o == DONE)
		return index_commit(run->index, error);
	index_abort(run->index);
	return o;
}

static enum outcome write_changed(struct run_context *run,
    const struct export_target *targets, size_t n, const char *settings,
    const char *known, struct error *error)
{
	const struct export_source from = { run->cfg, run->index,
		run->provenance, run->pins };
	struct export_list list;
	char *hash, *hashes;
	enum outcome o = DONE;

	(run->cfg->export.tracks == EXPORT_LIKED ? export_list_liked :
	    export_list_library)(&from, &list);
	hash = hash_list(&from, &list);
	hashes = xasprintf("%s %s", settings, hash);
	if (known == NULL || strncmp(known, hashes, strlen(hashes)) != 0 ||
	    !all_exist(targets, n))
		o = write_targets(&from, &list, targets, n, error);
	if (o == DONE)
		o = note_exports(run, hashes, error);
	free(hashes);
	free(hash);
	export_list_free(&list);
	return o;
}

/* Is the index, too, as the note says? */
static bool is_current(struct index *x, const char *note)
{
	const char *version = note != NULL ? strrchr(note, ' ') : NULL;
	int64_t n;

	return version != NULL && int_parse(version + 1, 0, INT64_MAX, &n) &&
	    n == index_version(x);
}

enum outcome write_exports(struct run_context *run)
{
	struct export_target targets[N_EXPORT_FORMATS];
	size_t n = configured_targets(run->cfg, targets);
	char *settings, *known;
	struct error error;
	enum outcome o = DONE;

	if (n == 0)
		return DONE;
	settings = hash_settings(run->cfg, targets, n);
	known = index_get_note(run->index, NOTE_EXPORTS);
	if (known == NULL || strncmp(known, settings, strlen(settings)) != 0 ||
	    !is_current(run->index, known) || !all_exist(targets, n))
		o = write_changed(run, targets, n, settings, known, &error);
	free(known);
	free(settings);
	return note_outcome(run, o, &error) ? DONE : o;
}
