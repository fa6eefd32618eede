/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replacing: a better file takes the place of one that was fetched: the entry's
 * id in the document, the date, the track's link, and the analysis if the sound
 * is the same. The better file is placed first; provenance names the file that
 * it replaces. What follows is repeated after a kill until it is recorded as
 * done: the index hands over, the old file goes to the cold folder.
 */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/cold.h"

#define SAME_LENGTH_S 0.1

/* *aligned: beats and cues are at the same times. */
static bool sounds_the_same(struct index *x, const char *a, const char *b,
    bool *aligned)
{
	struct fingerprint p, q;
	bool known = index_get_fingerprint(x, a, &p) == DONE, same = false;

	*aligned = false;
	if (known && index_get_fingerprint(x, b, &q) == DONE) {
		same = fingerprint_same(&p, &q);
		*aligned = same &&
		    fabs(p.duration - q.duration) < SAME_LENGTH_S;
		fingerprint_free(&q);
	}
	if (known)
		fingerprint_free(&p);
	return same;
}

/* After a kill, or with a new index, the sound of a file may be unknown: it is
 * decoded. */
static enum outcome learn_sound(struct run_context *run, const struct file *f,
    struct error *error)
{
	const struct media_service *media = &run->media_service;
	struct analysis_record r = { .analyzed = true, .complete = true,
		.analyzed_at = clock_wall(), .version = ANALYZER_VERSION };
	struct decoded_media d;
	struct fingerprint known;
	enum outcome o;
	char *path;
	int fd;

	if (index_get_fingerprint(run->index, f->media.identity, &known) ==
	    DONE) {
		fingerprint_free(&known);
		return DONE;
	}
	path = path_join(run->cfg->library.path, f->path);
	fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
	memset(&d, 0, sizeof(d));
	o = fd >= 0 ? media->decode(media->self, fd, &d, error) :
	    error_set(error, ITEM_FAILED, "%s: %s", path,
	    file_strerror(errno));
	r.analysis = d.analysis;
	if (o == DONE && d.complete)
		o = index_put_analysis(run->index, f->media.identity, &r,
		    error);
	if (o == DONE)
		o = index_put_fingerprint(run->index, f->media.identity,
		    &d.fingerprint, error);
	decoded_media_free(&d);
	if (fd >= 0)
		close(fd);
	free(path);
	return o;
}

/* Tempo, key and structure of the old file; what says how good the file is, of
 * the new one. */
static enum outcome keep_analysis(struct index *x, const char *from,
    const char *to, struct error *error)
{
	struct analysis_record old, own;
	bool aligned;
	enum outcome o = DONE;

	if (!sounds_the_same(x, from, to, &aligned) || !aligned ||
	    index_get_analysis(x, from, &old) != DONE)
		return DONE;
	if (old.analyzed && index_get_analysis(x, to, &own) == DONE) {
		old.analysis.cutoff = own.analysis.cutoff;
		old.analysis.has_loudness = own.analysis.has_loudness;
		old.analysis.loudness = own.analysis.loudness;
		o = index_put_analysis(x, to, &old, error);
		analysis_record_free(&own);
	}
	analysis_record_free(&old);
	return o;
}

static enum outcome link_song(struct index *x, const struct origin *origin,
    struct error *error)
{
	struct song s;
	enum outcome o = DONE;

	if (index_get_song(x, origin->key, &s) == DONE &&
	    strcmp(s.identity, origin->identity) != 0) {
		snprintf(s.identity, sizeof(s.identity), "%s",
		    origin->identity);
		s.how = EVIDENCE_PLACED;
		o = index_put_song(x, &s, error);
	}
	song_free(&s);
	return o;
}

/* In one transaction: the new file is in the index with what the old one had,
 * which is no longer there. */
static enum outcome hand_over(struct index *x, const struct origin *origin,
    struct file *now, const struct file *old, struct error *error)
{
	enum outcome o = index_begin(x, error);

	if (o != DONE)
		return o;
	if (old->doc_id != NULL)
		str_replace(&now->doc_id, old->doc_id);
	if (old->added_at < now->added_at)
		now->added_at = old->added_at;
	o = keep_analysis(x, origin->replaces, origin->identity, error);
	if (o == DONE)
		o = index_remove_file(x, old->path, error);
	if (o == DONE)
		o = index_put_file(x, now, error);
	if (o == DONE)
		o = link_song(x, origin, error);
	if (o == DONE)
		return index_commit(x, error);
	index_abort(x);
	return o;
}

enum outcome finish_replacing(struct run_context *run,
    const struct origin *origin, struct error *error)
{
	struct index *x = run->index;
	struct file now, old;
	bool aligned;
	enum outcome o = DONE;

	/* Killed before it had its name: then nothing was replaced. */
	if (index_find_identity(x, origin->identity, &now) != DONE) {
		file_free(&now);
		return DONE;
	}
	if (index_get_file(x, origin->replaces_path, &old) == DONE &&
	    strcmp(old.media.identity, origin->replaces) == 0) {
		o = learn_sound(run, &now, error);
		if (o == DONE)
			o = learn_sound(run, &old, error);
		if (o == DONE && !sounds_the_same(x, origin->replaces,
		    origin->identity, &aligned))
			o = error_set(error, ITEM_FAILED, "%s does not sound "
			    "like it", now.path);
		if (o == DONE)
			o = hand_over(x, origin, &now, &old, error);
		if (o == DONE)
			o = cold_take(run, old.path, error);
		if (o == DONE)
			log_info("replaced %s by %s", old.path, now.path);
	}
	if (o == DONE && !origin->placed)
		o = provenance_placed(run->provenance, origin->key,
		    origin->identity, error);
	if (o == DONE)
		o = provenance_replaced(run->provenance, origin->key,
		    origin->identity, error);
	file_free(&old);
	file_free(&now);
	return o;
}
