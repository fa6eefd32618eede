/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/upgrade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "records/overrides.h"
#include "run/context.h"
#include "types/quality.h"

#define NOT_BETTER_S (30 * 86400)	/* before it is downloaded again */

/* A file that was fetched, with its track. */
struct fetched_file {
	struct track track;
	struct file file;
};

struct upgrading {
	struct run_context *run;
	const struct upgrade_options *opt;
	struct upgrade_report *report;
	struct fetcher *fetcher;
	struct fetched_file *items;
	size_t count, cap;
};

/* ---- what was fetched ---- */

/* Of each track the file that it is linked to, if we placed it, and the user has
 * not decided about it. */
static int collect(void *ctx, const struct origin *o)
{
	struct upgrading *u = ctx;
	struct run_context *run = u->run;
	struct song s;
	struct file f;

	if (!o->placed || pins_of(run->pins, o->key) != NULL ||
	    !overrides_allow(run->pins, run->provenance, o->key, o->identity))
		return 0;
	if (index_get_song(run->index, o->key, &s) == DONE &&
	    strcmp(s.identity, o->identity) == 0) {
		if (index_find_identity(run->index, o->identity, &f) == DONE) {
			struct fetched_file *item = array_add(&u->items,
			    &u->cap, &u->count, sizeof(*item));

			track_init(&item->track);
			track_copy(&item->track, &s.track);
			item->file = f;
		} else {
			file_free(&f);
		}
	}
	song_free(&s);
	return stop_requested();
}

static void free_items(struct upgrading *u)
{
	for (size_t i = 0; i < u->count; i++) {
		track_free(&u->items[i].track);
		file_free(&u->items[i].file);
	}
	free(u->items);
}

/* ---- quality ---- */

static struct quality quality_of(const struct media *m,
    const struct analysis *a)
{
	struct quality q = { .bitrate = quality_bitrate(m, a),
		.lossless = m->lossless && !quality_is_upscaled(m, a) };

	snprintf(q.codec, sizeof(q.codec), "%s", m->codec);
	return q;
}

static struct quality quality_of_file(struct run_context *run,
    const struct file *f)
{
	struct analysis_record r = { .analyzed = false };
	struct quality q;

	index_get_analysis(run->index, f->media.identity, &r);
	q = quality_of(&f->media, &r.analysis);
	analysis_record_free(&r);
	return q;
}

static bool is_better(const struct quality *to, const struct quality *from)
{
	if (to->lossless || from->lossless)
		return to->lossless && !from->lossless;
	return to->bitrate >= from->bitrate + from->bitrate / 4;
}

/* ---- replacing ---- */

/* A file that is worse, or another recording, is not downloaded again soon. */
static void remember_worse(struct upgrading *u, struct fetch_job *job,
    const char *reason)
{
	size_t len;
	char *text;

	log_info("not replaced: %s: %s", job->candidate.ref, reason);
	if (!u->opt->apply || job->downloads == 0)
		return;
	searches_skip(&job->known, job->source, job->candidate.ref, reason,
	    clock_wall(), NOT_BETTER_S);
	text = searches_to_text(&job->known, clock_wall(),
	    u->run->cfg->fetch.search_expiry, &len);
	index_put_searches(u->run->index, job->track->key, text, len, NULL);
	free(text);
}

static bool sounds_like(struct run_context *run, const char *identity,
    const struct fingerprint *sound)
{
	struct fingerprint own;
	bool same;

	if (index_get_fingerprint(run->index, identity, &own) != DONE)
		return false;
	same = fingerprint_same(&own, sound);
	fingerprint_free(&own);
	return same;
}

static struct upgraded_file *add_found(struct upgrading *u,
    const struct fetched_file *item, const struct fetch_job *job)
{
	struct upgrade_report *r = u->report;
	struct upgraded_file *f = array_add(&r->files, &r->cap, &r->count,
	    sizeof(*f));

	f->track = track_label(&item->track);
	f->path = xstrdup(item->file.path);
	f->from = quality_of_file(u->run, &item->file);
	f->to = quality_of(&job->decoded.media, &job->decoded.analysis);
	f->source = xstrdup(job->source);
	f->ref = xstrdup(job->candidate.ref);
	return f;
}

/* What was got is verified as the track; is it better than what is there? */
static enum outcome take_found(struct upgrading *u,
    const struct fetched_file *item, struct fetch_job *job,
    struct error *error)
{
	const struct quality from = quality_of_file(u->run, &item->file);
	const struct quality to = quality_of(&job->decoded.media,
	    &job->decoded.analysis);
	struct upgraded_file *f;
	enum outcome o;

	if (!is_better(&to, &from)) {
		remember_worse(u, job, "not better than the present file");
		return DONE;
	}
	if (!sounds_like(u->run, item->file.media.identity,
	    &job->decoded.fingerprint)) {
		remember_worse(u, job, "does not sound like the present file; "
		    "see `likesync upgrade --audit`");
		return DONE;
	}
	f = add_found(u, item, job);
	if (!u->opt->apply)
		return DONE;
	o = replace_file(u->run, job, &item->file, &f->new_path, error);
	u->report->replaced += o == DONE;
	u->report->failed += o == ITEM_FAILED;
	if (o != DONE)
		f->error = xstrdup(error->text);
	return o == ITEM_FAILED ? DONE : o;
}

static enum outcome upgrade_one(struct upgrading *u,
    const struct fetched_file *item, struct error *error)
{
	struct fetch_job *job = new_fetch_job(u->run, &item->track,
	    u->opt->apply && u->opt->remote, NULL);
	enum outcome o = DONE;

	job->upgrade = true;
	fetcher_get(u->fetcher, job);
	if (u->opt->apply)
		o = remember_rejections(u->run, job, error);
	if (o == DONE && job->end == FETCH_GOT)
		o = take_found(u, item, job, error);
	else if (o == DONE && job->outcome >= RUN_LATER) {
		*error = job->error;
		o = job->outcome;
	}
	u->run->sum->downloads += job->downloads;
	free_fetch_job(job);
	return o;
}

static bool is_enough(const struct upgrading *u)
{
	return u->opt->limit > 0 && u->report->count >=
	    (size_t)u->opt->limit;
}

static enum outcome upgrade_all(struct upgrading *u, struct error *error)
{
	const struct fetcher_env env = { .cfg = u->run->cfg,
		.media_service = &u->run->media_service,
		.matcher = &u->run->matcher, .ledger = u->run->ledger,
		.state_dir = u->run->cfg->state.dir,
		.disk_room = check_disk_room, .ctx = u->run };
	enum outcome o = DONE;

	u->fetcher = fetcher_new(&env);
	progress_begin("looking for better files", u->count);
	for (size_t i = 0; i < u->count && o == DONE && !is_enough(u); i++) {
		const struct fetched_file *item = &u->items[i];
		const struct quality q = quality_of_file(u->run, &item->file);

		if (stop_requested())
			o = STOPPED;
		else if (!q.lossless)
			o = upgrade_one(u, item, error);
		u->report->checked++;
		progress_step(i + 1);
	}
	progress_end();
	fetcher_free(u->fetcher);
	return o;
}

/* ---- the audit ---- */

static void add_suspect(struct upgrading *u, const struct fetched_file *item,
    char *reason)
{
	struct upgrade_report *r = u->report;
	struct suspect_file *s = array_add(&r->suspects, &r->cap_suspects,
	    &r->n_suspects, sizeof(*s));

	s->track = track_label(&item->track);
	s->path = xstrdup(item->file.path);
	s->reason = reason;
}

/* By today's matcher: the file's own names, and its length. */
static void audit_names(struct upgrading *u, const struct fetched_file *item)
{
	const struct media *m = &item->file.media;
	struct candidate c = { .views = -1, .artist = m->tags.artist,
		.title = m->tags.title,
		.duration_s = (double)m->duration_ms / 1000 };
	struct match_result j;

	if (c.title == NULL)
		c.title = item->track.title;
	u->run->matcher.accept(u->run->matcher.self, &item->track, &c, &j);
	if (j.pick != 0)
		add_suspect(u, item, xasprintf("the file does not match: %s",
		    j.reason));
}

struct sound_check {
	struct upgrading *u;
	const struct fetched_file *item;
	const struct fingerprint *sound;
	char *reason;
};

static int compare_track(void *ctx, const struct song *s)
{
	struct sound_check *q = ctx;
	struct candidate c = { .views = -1, .isrc = s->track.isrc,
		.title = s->track.title };
	struct match_result j;
	char *label;

	if (strcmp(s->track.key, q->item->track.key) == 0)
		return 0;
	c.artist = track_artists_text(&s->track);
	q->u->run->matcher.accept(q->u->run->matcher.self, &q->item->track, &c,
	    &j);
	free(c.artist);
	if (j.pick == 0)
		return 0;
	label = track_label(&s->track);
	q->reason = xasprintf("sounds like the file of another track: %s",
	    label);
	free(label);
	return 1;
}

static int compare_sound(void *ctx, const char *identity,
    const struct fingerprint *f)
{
	struct sound_check *q = ctx;

	if (strcmp(identity, q->item->file.media.identity) != 0 &&
	    !fingerprint_same(f, q->sound))
		return 0;
	return index_each_song_of(q->u->run->index, identity, compare_track,
	    q);
}

/* The same sound as a rejected file, or as another track's. */
static void audit_sound(struct upgrading *u, const struct fetched_file *item)
{
	struct run_context *run = u->run;
	struct fingerprint sound, *rejected;
	struct sound_check q = { .u = u, .item = item, .sound = &sound };
	char **list;
	size_t n;

	if (index_get_fingerprint(run->index, item->file.media.identity,
	    &sound) != DONE)
		return;
	list = overrides_rejected(run->pins, run->provenance,
	    item->track.key);
	rejected = rejected_fingerprints(run, item->track.key,
	    (const char *const *)list, &n);
	for (size_t i = 0; i < n; i++) {
		if (q.reason == NULL && fingerprint_same(&rejected[i], &sound))
			q.reason = xstrdup("sounds like a file that was "
			    "rejected for this track");
		fingerprint_free(&rejected[i]);
	}
	if (q.reason == NULL)
		index_each_alike(run->index, sound.duration, compare_sound,
		    &q);
	if (q.reason != NULL)
		add_suspect(u, item, q.reason);
	free(rejected);
	overrides_list_free(list);
	fingerprint_free(&sound);
}

static void audit_quality(struct upgrading *u,
    const struct fetched_file *item)
{
	struct analysis_record r = { .analyzed = false };

	index_get_analysis(u->run->index, item->file.media.identity, &r);
	if (quality_is_upscaled(&item->file.media, &r.analysis))
		add_suspect(u, item, xasprintf("was converted from about %lld "
		    "kbit/s: its spectrum ends at %.1f kHz",
		    (long long)quality_bitrate(&item->file.media,
		    &r.analysis) / 1000, r.analysis.cutoff / 1000));
	analysis_record_free(&r);
}

static enum outcome audit_all(struct upgrading *u)
{
	progress_begin("checking fetched files", u->count);
	for (size_t i = 0; i < u->count && !stop_requested(); i++) {
		audit_names(u, &u->items[i]);
		audit_sound(u, &u->items[i]);
		audit_quality(u, &u->items[i]);
		u->report->checked++;
		progress_step(i + 1);
	}
	progress_end();
	return stop_requested() ? STOPPED : DONE;
}

/* ---- all of it ---- */

/* Entries get their ids before files are replaced, so that they follow. */
static enum outcome prepare(struct run_context *run, bool apply)
{
	enum outcome o = scan_library(run);

	if (o == DONE && apply)
		o = finish_interrupted(run);
	if (o == DONE && apply)
		o = recover_analyses(run);
	if (o == DONE && apply)
		o = publish_document(run);
	return o == DONE ? run->sum->outcome : o;
}

enum outcome upgrade_library(struct run_context *run,
    const struct upgrade_options *opt, struct upgrade_report *report,
    struct error *error)
{
	struct upgrading u = { .run = run, .opt = opt, .report = report };
	enum outcome o = prepare(run, opt->apply);

	if (o == DONE) {
		run_context_set_activity(run, "looking for better files");
		provenance_each(run->provenance, collect, &u);
		o = opt->audit ? audit_all(&u) : upgrade_all(&u, error);
	}
	if (report->replaced > 0) {
		if (publish_document(run) == DONE)
			write_exports(run);
		if (o == DONE)
			o = run->sum->outcome;
	}
	free_items(&u);
	return o;
}

void upgrade_report_free(struct upgrade_report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->files[i].track);
		free(r->files[i].path);
		free(r->files[i].source);
		free(r->files[i].ref);
		free(r->files[i].new_path);
		free(r->files[i].error);
	}
	for (size_t i = 0; i < r->n_suspects; i++) {
		free(r->suspects[i].track);
		free(r->suspects[i].path);
		free(r->suspects[i].reason);
	}
	free(r->files);
	free(r->suspects);
	memset(r, 0, sizeof(*r));
}
