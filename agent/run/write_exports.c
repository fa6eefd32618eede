/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * write_exports: keeps the files of [export] current. A note in the index says
 * what they were made from, so that a run without news neither reads nor writes
 * for them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fast_hash.h"
#include "base/hash.h"
#include "base/integer.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/context.h"
#include "run/export.h"

#define NOTE_EXPORTS "exports.written"

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

	if (run->cfg->export.tracks == EXPORT_LIKED)
		export_list_liked(&from, &list);
	else
		export_list_library(&from, &list);
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
