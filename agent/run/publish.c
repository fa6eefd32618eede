/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/fast_hash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "document/document.h"
#include "run/entries.h"

#define PATIENCE_MS 20000		/* wait for another program's unfinished
					   write; a large document takes 18 s */

struct publication {
	struct run_context *run;
	struct entry asked;		/* the last one that was asked for */
	struct map *ids;		/* path -> new doc id, owned */
	bool counts;			/* the row's file counts for health */
	void (*row)(void *to, const struct entry_row *r);
	void *to;
};

/* Whatever is in an entry, or decides about it. */
static uint64_t entry_digest(const struct entry *e)
{
	const struct analysis *a = &e->analysis;
	char *line = xasprintf("%s\n%s\n%lld\n%s\n%s\n%s\n%s\n%s\n"
	    "%d %lld %lld %s\n%.4f %.4f %s %s %d %.3f %.2f %.3f", e->path,
	    e->identity, (long long)e->size, e->artist, e->title,
	    e->spotify_id != NULL ? e->spotify_id : "?",
	    e->isrc != NULL ? e->isrc : "",
	    e->tags.genre != NULL ? e->tags.genre : "", e->analyzed,
	    (long long)e->analyzed_at, (long long)e->added_at, e->version,
	    a->bpm, a->bpm_confidence, a->key, a->camelot, a->energy,
	    a->duration, a->loudness, a->first_beat);
	uint64_t digest = fast_hash64(line, strlen(line));

	free(line);
	return digest;
}

/* r: the file's analysis, which is handed over to e. */
static void fill_entry(struct publication *p, const struct file *f,
    struct analysis_record *r, struct entry *e)
{
	const struct entry_input in = { .cfg = p->run->cfg,
		.pins = p->run->pins, .provenance = p->run->provenance,
		.now = p->run->sum->started };
	struct song s;
	bool linked = index_find_song_of(p->run->index, f->media.identity,
	    &s) == DONE;

	entry_fill(&in, f, linked ? &s.track : NULL, r, e);
	/* Tags from the future count from then on. */
	p->run->unsettled = p->run->unsettled ||
	    f->mtime_ns / 1000000000 > in.now;
	song_free(&s);
}

static int put_row(void *ctx, const struct file *f)
{
	struct publication *p = ctx;
	struct analysis_record r = { .analyzed = false };
	struct entry_row row = { .path = f->path, .doc_id = f->doc_id };
	struct entry e;

	if (f->media.identity[0] != '\0')
		index_get_analysis(p->run->index, f->media.identity, &r);
	if (p->counts)
		count_health(p->run, f, &r);
	if (f->media.identity[0] == '\0')
		return 0;
	fill_entry(p, f, &r, &e);
	row.digest = entry_digest(&e);
	p->row(p->to, &row);
	entry_free(&e);
	return 0;
}

static void each_row(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	struct publication *p = ctx;

	p->row = row;
	p->to = to;
	p->counts = true;
	memset(&p->run->sum->health, 0, sizeof(p->run->sum->health));
	p->run->sum->health.known = true;
	index_each_file(p->run->index, put_row, p);
}

/* A file that has only another link counts as before. */
static int put_changed_row(void *ctx, const char *path, enum file_change change)
{
	struct publication *p = ctx;
	struct file f;

	p->counts = change == CHANGE_ADDED;
	if (index_get_file(p->run->index, path, &f) == DONE)
		put_row(p, &f);
	file_free(&f);
	return 0;
}

static void each_changed_row(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	struct publication *p = ctx;

	p->row = row;
	p->to = to;
	read_settled_health(p->run);
	index_each_change(p->run->index, put_changed_row, p);
}

static int is_weighty(void *ctx, const char *path, enum file_change change)
{
	(void)ctx, (void)path;
	return change != CHANGE_OF_LINK && change != CHANGE_ADDED;
}

/* Can the document follow from what has changed? Of a file that has changed in
 * another way, what it had been counted as is not known. */
static bool can_follow_changes(struct run_context *run)
{
	return knows_changes(run) &&
	    index_each_change(run->index, is_weighty, NULL) == 0;
}

static const struct entry *get_entry(void *ctx, const char *path)
{
	struct publication *p = ctx;
	struct analysis_record r = { .analyzed = false };
	struct file f;

	entry_free(&p->asked);
	if (index_get_file(p->run->index, path, &f) == DONE) {
		index_get_analysis(p->run->index, f.media.identity, &r);
		fill_entry(p, &f, &r, &p->asked);
	}
	file_free(&f);
	return p->asked.path != NULL ? &p->asked : NULL;
}

static void collect_id(void *ctx, const char *path, const char *doc_id)
{
	struct publication *p = ctx;

	free(map_put_str(p->ids, path, xstrdup(doc_id)));
}

static int store_id(void *ctx, const void *key, size_t len, void *value)
{
	struct publication *p = ctx;
	struct file f;
	int failed = 0;

	(void)len;
	if (index_get_file(p->run->index, key, &f) == DONE) {
		str_replace(&f.doc_id, value);
		failed = index_put_file(p->run->index, &f, NULL) != DONE;
	}
	file_free(&f);
	return failed;
}

static enum outcome store_state(struct publication *p, const char *seen,
    struct error *error)
{
	struct index *x = p->run->index;
	enum outcome o = index_begin(x, error);

	if (o != DONE)
		return o;
	if (map_each(p->ids, store_id, p) != 0)
		o = error_set(error, RUN_FAILED, "index: can't be written");
	if (o == DONE && seen != NULL)
		o = index_put_note(x, NOTE_SEEN, seen, error);
	if (o == DONE && !p->run->unsettled)
		o = note_settled(p->run, error);
	if (o == DONE)
		return index_commit(x, error);
	index_abort(x);
	return o;
}

enum outcome publish_document(struct run_context *run)
{
	struct publication p = { .run = run, .ids = map_new() };
	struct entry_source files = { .ctx = &p, .each = each_row,
		.get = get_entry };
	char *last_good = path_join(run->cfg->state.dir, STATE_LAST_GOOD);
	char *map = path_join(run->cfg->state.dir, STATE_DOCUMENT_MAP);
	struct document d = { .path = run->cfg->library.document,
		.root = run->cfg->library.path, .last_good = last_good,
		.files = &files, .map = map, .on_id = collect_id, .ctx = &p,
		.seen = index_get_note(run->index, NOTE_SEEN),
		.wait_ms = PATIENCE_MS };
	struct document_report r = { .written = false };
	struct error error;
	enum outcome o;

	d.unchanged = is_settled(run);
	if (d.unchanged)
		read_settled_health(run);
	else if (can_follow_changes(run))
		files.each_changed = each_changed_row;
	o = document_merge(&d, &r, &error);
	if (o == DONE && (r.read || !(d.unchanged || run->unsettled)))
		o = store_state(&p, d.seen, &error);
	run->sum->document_written = r.written;
	run->sum->document_current = o == DONE;
	run->sum->document_entries = r.entries;
	run->sum->document_ours = r.ours;
	run->sum->document_bytes = r.bytes;
	if (r.written)
		log_info("document: %zu entries added=%zu updated=%zu "
		    "filled=%zu moved=%zu removed=%zu merges=%d", r.entries,
		    r.added, r.updated, r.filled, r.moved, r.removed,
		    r.merges);
	entry_free(&p.asked);
	map_free(p.ids, free);
	free(d.seen);
	free(last_good);
	free(map);
	return note_outcome(run, o, &error) ? DONE : o;
}
