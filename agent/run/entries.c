/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "records/overrides.h"

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

/* The id of the file's track; "" if the user rejected the file for it; NULL:
 * unknown. */
static const char *spotify_id_of(const struct entry_input *in,
    const struct track *t, const struct entry *e)
{
	const char *own = e->tags.spotify_id;

	if (t != NULL && t->id != NULL)
		return t->id;
	if (pins_reject_file(in->pins, e->identity) || (own != NULL &&
	    !overrides_allow(in->pins, in->provenance, own, e->identity)))
		return "";
	return own;
}

/* Sets the entry's analysis: ours, with values of tags preferred if configured.
 * The index keeps ours. */
static void set_analysis(const struct entry_input *in, struct entry *e,
    const struct file *f, struct analysis_record *r)
{
	int64_t tagged_at = f->mtime_ns / 1000000000;

	e->analyzed = r->analyzed;
	e->analysis = r->analysis;	/* handed over */
	e->analyzed_at = r->analyzed_at;
	if (strncmp(r->version, ANALYZER_PREFIX, strlen(ANALYZER_PREFIX)) == 0)
		memcpy(e->version, r->version, sizeof(e->version));
	analysis_set_octave(&e->analysis, in->cfg->analysis.lowest_tempo);
	if (e->analyzed && in->cfg->analysis.prefer_tags &&
	    analysis_apply_tags(&e->analysis, &e->tags) &&
	    tagged_at > e->analyzed_at && tagged_at <= in->now)
		e->analyzed_at = tagged_at;
}

void entry_fill(const struct entry_input *in, const struct file *f,
    const struct track *t, struct analysis_record *r, struct entry *out)
{
	memset(out, 0, sizeof(*out));
	out->path = xstrdup(f->path);
	memcpy(out->identity, f->media.identity, sizeof(out->identity));
	out->size = f->size;
	tags_copy(&out->tags, &f->media.tags);
	out->spotify_id = xstrdup(spotify_id_of(in, t, out));
	out->isrc = xstrdup(out->tags.isrc != NULL ? out->tags.isrc :
	    t != NULL ? t->isrc : NULL);
	name_entry(out, t);
	set_analysis(in, out, f, r);
	out->added_at = f->added_at;
	out->doc_id = xstrdup(f->doc_id);
}
