/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/hash.h"
#include "base/state.h"
#include "document/document.h"
#include "records/overrides.h"

#define NOTE_ENTRIES "document.entries"	/* a hash of all our entries */
#define PATIENCE_MS 20000		/* wait for another program's unfinished
					   write; a large document takes 18 s */

struct publication {
	struct run_context *run;
	struct entries entries;
	struct map *songs;		/* identity -> struct track */
	struct map *ids;		/* path -> new doc id, owned */
	struct sha256 *digest;		/* of all entries */
};

static int collect_song(void *ctx, const struct song *s)
{
	struct publication *p = ctx;
	struct track *t;

	if (s->identity[0] == '\0' || map_has_str(p->songs, s->identity))
		return 0;
	t = xcalloc(1, sizeof(*t));
	track_copy(t, &s->track);
	map_put_str(p->songs, s->identity, t);
	return 0;
}

static void free_song(void *value)
{
	track_free(value);
	free(value);
}

/* "Artist - Title.mp3", for what neither tags nor Spotify have. */
static void name_from_path(struct entry *e)
{
	char *name = xstrdup(path_base(e->path));
	char *dot = strrchr(name, '.'), *dash;

	if (dot != NULL && dot != name)
		*dot = '\0';
	dash = strstr(name, " - ");
	if (dash != NULL && dash != name && dash[3] != '\0') {
		*dash = '\0';
		if (e->artist == NULL)
			e->artist = xstrdup(name);
		if (e->title == NULL)
			e->title = xstrdup(dash + 3);
	}
	if (e->artist == NULL)
		e->artist = xstrdup("Unknown Artist");
	if (e->title == NULL)
		e->title = xstrdup(*name != '\0' ? name : "Unknown Title");
	free(name);
}

static void name_entry(struct entry *e, const struct track *t)
{
	e->artist = xstrdup(e->tags.artist);
	e->title = xstrdup(e->tags.title);
	if (t != NULL && e->artist == NULL && t->n_artists > 0)
		e->artist = track_artists_text(t);
	if (t != NULL && e->title == NULL && *t->title != '\0')
		e->title = xstrdup(t->title);
	if (e->artist == NULL || e->title == NULL)
		name_from_path(e);
}

/* If neither this hash nor the document has changed since the last merge, there
 * is nothing to merge. */
static void hash_entry(struct publication *p, const struct entry *e)
{
	char *line = xasprintf("%s\n%s\n%lld\n%s\n%s\n%s\n%s\n%lld\n%s\n"
	    "%.4f %s %d %s\n", e->path, e->identity, (long long)e->size,
	    e->artist, e->title, e->spotify_id != NULL ? e->spotify_id : "?",
	    e->isrc != NULL ? e->isrc : "", (long long)e->analyzed_at,
	    e->tags.genre != NULL ? e->tags.genre : "", e->analysis.bpm,
	    e->analysis.camelot, e->analysis.energy, e->version);

	sha256_add(p->digest, line, strlen(line));
	free(line);
}

/* The id of the file's track; "" if the user rejected the file for it; NULL:
 * unknown. */
static const char *spotify_id_of(const struct run_context *run,
    const struct track *t, const struct entry *e)
{
	const char *own = e->tags.spotify_id;

	if (t != NULL && t->id != NULL)
		return t->id;
	if (pins_reject_file(run->pins, e->identity) || (own != NULL &&
	    !overrides_allow(run->pins, run->provenance, own, e->identity)))
		return "";
	return own;
}

/* Sets the entry's analysis: ours, with values of tags preferred if configured.
 * The index keeps ours. */
static void set_analysis(struct publication *p, struct entry *e,
    const struct file *f, struct analysis_record *r)
{
	int64_t tagged_at = f->mtime_ns / 1000000000;

	e->analyzed = r->analyzed;
	e->analysis = r->analysis;	/* handed over */
	e->analyzed_at = r->analyzed_at;
	if (strncmp(r->version, ANALYZER_PREFIX, strlen(ANALYZER_PREFIX)) == 0)
		memcpy(e->version, r->version, sizeof(e->version));
	analysis_set_octave(&e->analysis, p->run->cfg->analysis.lowest_tempo);
	if (e->analyzed && p->run->cfg->analysis.prefer_tags &&
	    analysis_apply_tags(&e->analysis, &e->tags) &&
	    tagged_at > e->analyzed_at && tagged_at <= p->run->sum->started)
		e->analyzed_at = tagged_at;
}

static int collect_entry(void *ctx, const struct file *f)
{
	struct publication *p = ctx;
	struct analysis_record r = { .analyzed = false };
	const struct track *t;
	struct entry *e;

	if (f->media.identity[0] == '\0') {
		count_health(p->run, f, &r);
		return 0;
	}
	e = entries_add(&p->entries);
	e->path = xstrdup(f->path);
	memcpy(e->identity, f->media.identity, sizeof(e->identity));
	e->size = f->size;
	tags_copy(&e->tags, &f->media.tags);
	t = map_get_str(p->songs, e->identity);
	e->spotify_id = xstrdup(spotify_id_of(p->run, t, e));
	e->isrc = xstrdup(e->tags.isrc != NULL ? e->tags.isrc :
	    t != NULL ? t->isrc : NULL);
	name_entry(e, t);
	index_get_analysis(p->run->index, e->identity, &r);
	count_health(p->run, f, &r);
	set_analysis(p, e, f, &r);
	e->added_at = f->added_at;
	e->doc_id = xstrdup(f->doc_id);
	hash_entry(p, e);
	return 0;
}

static void collect_id(void *ctx, const struct entry *e, const char *doc_id)
{
	struct publication *p = ctx;

	if (e->doc_id == NULL || strcmp(e->doc_id, doc_id) != 0)
		free(map_put_str(p->ids, e->path, xstrdup(doc_id)));
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
    const char *digest, struct error *error)
{
	struct index *x = p->run->index;
	enum outcome o = index_begin(x, error);

	if (o != DONE)
		return o;
	if (map_each(p->ids, store_id, p) != 0)
		o = error_set(error, RUN_FAILED, "index: can't be written");
	if (o == DONE && seen != NULL)
		o = index_put_note(x, NOTE_SEEN, seen, error);
	if (o == DONE)
		o = index_put_note(x, NOTE_ENTRIES, digest, error);
	if (o == DONE)
		return index_commit(x, error);
	index_abort(x);
	return o;
}

static void collect_all(struct publication *p, char digest[65])
{
	uint8_t sum[SHA256_LEN];

	p->songs = map_new();
	p->ids = map_new();
	p->digest = sha256_new();
	p->run->sum->health.known = true;
	index_each_song(p->run->index, collect_song, p);
	index_each_file(p->run->index, collect_entry, p);
	sha256_end(p->digest, sum);
	hex_encode(sum, sizeof(sum), digest);
}

enum outcome publish_document(struct run_context *run)
{
	struct publication p = { .run = run };
	char digest[2 * SHA256_LEN + 1];
	char *before = index_get_note(run->index, NOTE_ENTRIES);
	char *last_good = path_join(run->cfg->state.dir, STATE_LAST_GOOD);
	struct document d = { .path = run->cfg->library.document,
		.root = run->cfg->library.path, .last_good = last_good,
		.entries = &p.entries, .on_id = collect_id, .ctx = &p,
		.seen = index_get_note(run->index, NOTE_SEEN),
		.wait_ms = PATIENCE_MS };
	struct document_report r = { .written = false };
	struct error error;
	enum outcome o;

	collect_all(&p, digest);
	d.changed = before == NULL || strcmp(before, digest) != 0;
	o = document_merge(&d, &r, &error);
	if (o == DONE && (d.changed || r.read || r.written))
		o = store_state(&p, d.seen, digest, &error);
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
	entries_free(&p.entries);
	map_free(p.songs, free_song);
	map_free(p.ids, free);
	free(d.seen);
	free(last_good);
	free(before);
	return note_outcome(run, o, &error) ? DONE : o;
}
