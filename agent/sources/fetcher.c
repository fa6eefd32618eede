/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/fetcher.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "sources/acoustid.h"
#include "sources/finished.h"
#include "sources/candidate_search.h"
#include "sources/verify.h"

#define MAX_STARTS 2		/* of a transfer, if the page had expired; each
				   is reserved */
#define MAX_TRIES 4		/* downloads a track and source: the candidate
				   ranked fifth is never the recording */
#define CERTAIN 0.8		/* score: names agree, length within 2 s */
#define PINNED_SOURCE "pinned"	/* what provenance calls the user's own file */
#define ROOM_FOR_ONE (20u << 20) /* bytes that a song may need on the disk */
#define MOST_BYTES_A_SECOND 40000 /* 320 kbit/s: for those that are long */

struct slot {
	struct source source;
	bool open;		/* source is filled */
	char fault[ERROR_MAX];	/* why it is unavailable in this run; "" */
	bool unusable;		/* could not be opened; a person must act */
	bool testing;		/* it was unavailable: only one job tries it */
	bool tested;		/* that job is trying it now */
	int64_t next_start_ms;	/* monotonic: no download starts before */
	const char *name;
};

struct fetcher {
	struct fetcher_env env;
	pthread_mutex_t lock;	/* of the slots' faults and pacing, and of
				   what is known of the sources */
	pthread_cond_t changed;	/* testing, tested or fault of a slot */
	struct availabilities known;
	struct slot *slots;
	size_t count;
	struct finished *finished;
	bool caps_used_up;
	char caps_error[ERROR_MAX];
};

/* ---- sources ---- */

static struct availability *availability_for(struct fetcher *f,
    const struct slot *s)
{
	return (struct availability *)(uintptr_t)availability_of(&f->known,
	    s->name);
}

static void save_availability(const struct fetcher *f)
{
	struct error error;

	if (availability_save(f->env.state_dir, &f->known, &error) != DONE)
		log_warning("%s", error.text);
}

static void set_fault(struct slot *s, const char *error)
{
	if (s->fault[0] == '\0')
		snprintf(s->fault, sizeof(s->fault), "%s", error);
}

/* Notes that the source failed for the track. Returns whether it is now
 * unavailable. */
static bool note_failure(struct fetcher *f, struct slot *s,
    const struct fetch_job *job, const struct outage *o)
{
	struct availability *a;
	bool unavailable;

	pthread_mutex_lock(&f->lock);
	a = s->source.remote ? availability_add(&f->known, s->name) : NULL;
	unavailable = a == NULL || availability_fail(a, job->track->key, o,
	    clock_wall());
	if (unavailable)
		set_fault(s, o->reason);
	if (a != NULL)
		save_availability(f);
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	return unavailable;
}

/* Records an outage, which says nothing about the track. */
static void note_outage(struct fetcher *f, struct slot *s,
    struct fetch_job *job, const struct error *error, bool searching)
{
	const struct outage o = { .reason = error->text,
		.retry_after = error->retry_after, .searching = searching,
		.must_act = error->reason == SOURCE_UNUSABLE ||
		    error->reason == SOURCE_STALE,
		.refused = error->reason == SOURCE_REFUSED,
		.at_once = error->reason == SOURCE_UNUSABLE };

	job->outage = true;
	note_failure(f, s, job, &o);
}

/* Records a failure of the track that is an outage if it repeats over several
 * tracks. Returns SERVICE_FAILED with another error if so, else ITEM_FAILED. */
static enum outcome note_repeatable(struct fetcher *f, struct slot *s,
    struct fetch_job *job, const char *what, bool unclear,
    struct error *error)
{
	struct error outage;
	const struct outage o = { .reason = outage.text, .unclear = unclear };

	error_set(&outage, SERVICE_FAILED, "%s: %s", what, error->text);
	if (!note_failure(f, s, job, &o))
		return ITEM_FAILED;
	*error = outage;
	job->outage = true;
	return SERVICE_FAILED;
}

/* delivered: a download succeeded, not only a search. */
static void note_success(struct fetcher *f, struct slot *s, bool delivered)
{
	struct availability *a;

	pthread_mutex_lock(&f->lock);
	a = availability_for(f, s);
	if (a != NULL && availability_succeed(a, delivered, clock_wall())) {
		s->fault[0] = '\0';
		s->testing = false;
		save_availability(f);
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->lock);
}

/* When a download last succeeded; 0: unknown. */
static int64_t worked_at(struct fetcher *f, const struct slot *s)
{
	const struct availability *a;
	int64_t at;

	pthread_mutex_lock(&f->lock);
	a = availability_for(f, s);
	at = a != NULL ? a->worked : 0;
	pthread_mutex_unlock(&f->lock);
	return at;
}

static struct ledger_source caps_of(const struct fetcher *f,
    const struct slot *s)
{
	const struct source_config *sc = config_source(f->env.cfg, s->name);

	return (struct ledger_source){ .name = s->name,
		.per_hour = sc->per_hour, .per_day = sc->per_day };
}

/* A source whose own caps are used up is not searched in vain. */
static bool is_capped(struct fetcher *f, const struct slot *s,
    struct error *error)
{
	struct ledger_source caps;

	if (!s->open || !s->source.remote)
		return false;
	caps = caps_of(f, s);
	return ledger_is_used_up(f->env.ledger, &caps, error);
}

/* May the job use this source? Waits while another job tests it. If true, call
 * leave_source afterwards. */
static bool enter_source(struct fetcher *f, struct slot *s, struct error *error)
{
	bool may;

	if (is_capped(f, s, error))
		return false;
	pthread_mutex_lock(&f->lock);
	while (s->fault[0] == '\0' && s->testing && s->tested)
		pthread_cond_wait(&f->changed, &f->lock);
	may = s->open && s->fault[0] == '\0';
	if (may && s->testing)
		s->tested = true;
	if (!may)
		error_set(error, SERVICE_FAILED, "%s is unavailable: %s",
		    s->name, s->fault);
	pthread_mutex_unlock(&f->lock);
	return may;
}

static void leave_source(struct fetcher *f, struct slot *s)
{
	pthread_mutex_lock(&f->lock);
	s->tested = false;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* Applies what earlier runs recorded about the source, and records whether it
 * could be opened. Folders have no such state. */
static void load_availability(struct fetcher *f, struct slot *s)
{
	const struct source_config *sc = config_source(f->env.cfg, s->name);
	struct availability *a = availability_for(f, s);
	int64_t now = clock_wall();
	char text[ERROR_MAX];

	if (sc == NULL || sc->type == SOURCE_FOLDER)
		return;
	if (s->unusable && a == NULL)
		a = availability_add(&f->known, s->name);
	if (a == NULL)
		return;
	if ((s->open && availability_reopen(a)) ||
	    (s->unusable && availability_close(a, s->fault, now)))
		save_availability(f);
	s->testing = availability_state(a, now) != SOURCE_AVAILABLE;
	if (s->open && availability_state(a, now) == SOURCE_COOLING &&
	    availability_text(a, now, text, sizeof(text)))
		set_fault(s, text);
}

static void open_source(struct fetcher *f, struct slot *s)
{
	const struct source_config *sc = config_source(f->env.cfg, s->name);
	const struct source_env env = { .cfg = f->env.cfg,
		.media_service = f->env.media_service,
		.state_dir = f->env.state_dir };
	struct error error = { .text = "was not opened before the run ended" };
	enum outcome o = SERVICE_FAILED;

	if (sc != NULL)
		o = source_open(sc, &env, &s->source, &error);
	else
		error_set(&error, o, "is not configured");
	s->open = o == DONE;
	s->unusable = o == SERVICE_FAILED && error.reason == SOURCE_UNUSABLE;
	if (o != DONE)
		snprintf(s->fault, sizeof(s->fault), "%s", error.text);
}

struct fetcher *fetcher_new(const struct fetcher_env *env)
{
	struct fetcher *f = xcalloc(1, sizeof(*f));
	char **names = env->cfg->fetch.sources;
	struct error error;

	f->env = *env;
	if (env->cfg->acoustid.key_file != NULL) {
		f->env.acoustid = acoustid_new(env->cfg->acoustid.url,
		    env->cfg->acoustid.key_file, &error);
		if (f->env.acoustid == NULL)
			log_warning("%s", error.text);
	}
	f->finished = finished_load(env->state_dir);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	availability_load(env->state_dir, &f->known);
	while (names[f->count] != NULL)
		f->count++;
	f->slots = xcalloc(f->count, sizeof(*f->slots));
	for (size_t i = 0; i < f->count; i++) {
		f->slots[i].name = names[i];
		open_source(f, &f->slots[i]);
		load_availability(f, &f->slots[i]);
	}
	return f;
}

void fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++)
		if (f->slots[i].open)
			f->slots[i].source.free(f->slots[i].source.self);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	finished_free(f->finished, false);
	availabilities_free(&f->known);
	acoustid_free(f->env.acoustid);
	free(f->slots);
	free(f);
}

size_t fetcher_source_count(const struct fetcher *f)
{
	return f->count;
}

const char *fetcher_source_name(const struct fetcher *f, size_t i)
{
	return f->slots[i].name;
}

const char *fetcher_source_fault(const struct fetcher *f, size_t i)
{
	return f->slots[i].fault[0] != '\0' ? f->slots[i].fault : NULL;
}

const struct availability *fetcher_availability(const struct fetcher *f,
    size_t i)
{
	return availability_of(&f->known, f->slots[i].name);
}

/* ---- candidates ---- */

static void reject(struct fetch_job *job, const struct slot *s,
    const char *ref, const char *error)
{
	struct rejection *r;

	job->rejections = xrealloc(job->rejections,
	    (job->n_rejections + 1) * sizeof(*job->rejections));
	r = &job->rejections[job->n_rejections++];
	r->source = xstrdup(s->name);
	r->ref = xstrdup(ref);
	r->error = xstrdup(error);
	memset(&r->sound, 0, sizeof(r->sound));
	memcpy(r->identity, job->decoded.media.identity,
	    sizeof(r->identity));
	fingerprint_copy(&r->sound, &job->decoded.fingerprint);
}

/* ---- before a download ---- */

/* Waits between downloads of one source, for [fetch] delay or the source's own
 * if that is longer. The start is reserved under the lock, the wait is outside
 * it. */
static enum outcome wait_for_start(struct fetcher *f, struct slot *s)
{
	int64_t delay = config_source(f->env.cfg, s->name)->delay;
	int64_t now = clock_mono_ms(), start;

	if (f->env.cfg->fetch.delay > delay)
		delay = f->env.cfg->fetch.delay;
	pthread_mutex_lock(&f->lock);
	start = s->next_start_ms > now ? s->next_start_ms : now;
	s->next_start_ms = start + delay * 1000;
	pthread_mutex_unlock(&f->lock);
	return clock_sleep_ms(start - now) == 0 ? DONE : STOPPED;
}

/* Estimates the size by the track's length. */
static enum outcome check_room(const struct fetcher *f,
    const struct fetch_job *job, const struct candidate *c, bool download,
    struct error *error)
{
	double seconds = fmax((double)job->track->duration_ms / 1000,
	    c->duration_s);
	double bytes = fmin(seconds * MOST_BYTES_A_SECOND,
	    (double)f->env.cfg->fetch.max_size);

	return f->env.disk_room(f->env.ctx, (uint64_t)fmax(bytes,
	    ROOM_FOR_ONE), download, error);
}

/* DONE: the download is in the ledger and may start. */
static enum outcome reserve_download(struct fetcher *f, struct slot *s,
    struct fetch_job *job, const struct candidate *c)
{
	enum outcome o = check_room(f, job, c, true, &job->error);
	struct ledger_source caps;

	if (o != DONE || !s->source.remote)
		return o;
	caps = caps_of(f, s);
	o = wait_for_start(f, s);
	if (o == DONE)
		o = ledger_reserve(f->env.ledger, &caps, job->track->key,
		    &job->error);
	if (o == DONE)
		job->downloads++;
	if (o == SERVICE_FAILED && job->error.reason == LEDGER_SOURCE) {
		job->error.reason = SOURCE_CAPPED;
	} else if (o == SERVICE_FAILED) {
		pthread_mutex_lock(&f->lock);
		f->caps_used_up = true;
		snprintf(f->caps_error, sizeof(f->caps_error), "%s",
		    job->error.text);
		pthread_mutex_unlock(&f->lock);
	}
	return o;
}

/* Fills error (may be NULL) if so. */
static bool caps_are_used_up(struct fetcher *f, struct error *error)
{
	bool used_up;

	pthread_mutex_lock(&f->lock);
	used_up = f->caps_used_up;
	if (used_up)
		error_set(error, SERVICE_FAILED, "%s", f->caps_error);
	pthread_mutex_unlock(&f->lock);
	return used_up;
}

/* ---- one source ---- */

static void remove_delivery(struct fetch_job *job)
{
	delivery_free(&job->delivery);
	decoded_media_free(&job->decoded);
	finished_unmark(job);
	folder_remove(job->folder);
	free(job->folder);
	job->folder = NULL;
}

/* A file of another recording is rejected for good. A candidate that could
 * not be downloaded, or is a bad copy, is skipped for some days; a file of
 * the user's folders only in this run. */
static void discard_candidate(struct fetch_job *job, const struct slot *s,
    const struct candidate *c, const struct error *error)
{
	int64_t seconds = s->source.remote && error->reason != SOURCE_NOT_NOW ?
	    SKIP_S : 0;
	char *label = track_label(job->track);

	log_info("%s %s for %s source=%s: %s", job->wrong_recording ? "rejected"
	    : "skipped", c->ref, label, s->name, error->text);
	if (job->wrong_recording)
		reject(job, s, c->ref, error->text);
	else
		searches_skip(&job->known, s->name, c->ref, error->text,
		    clock_wall(), seconds);
	job->retry_soon |= !job->wrong_recording &&
	    error->reason == SOURCE_NOT_NOW;
	best_rejected_note(&job->best_rejected, c, job->match_result.score,
	    error->text);
	remove_delivery(job);
	free(label);
}

static void keep_candidate(struct fetch_job *job, struct candidate *c)
{
	candidate_free(&job->candidate);
	job->candidate = *c;
	memset(c, 0, sizeof(*c));
	c->ref = xstrdup(job->candidate.ref);
	c->title = xstrdup("");
}

static enum outcome make_folder(const struct fetcher *f,
    struct fetch_job *job)
{
	char *tmp;
	enum outcome o;

	if (job->folder != NULL)
		return DONE;
	tmp = path_join(f->env.state_dir, STATE_TMP);
	job->folder = xasprintf("%s/get-XXXXXX", tmp);
	free(tmp);
	if (mkdtemp(job->folder) != NULL)
		return DONE;
	o = file_cant_write(job->folder, errno, RUN_LATER, &job->error);
	free(job->folder);
	job->folder = NULL;
	return o;
}

/* As reserve_download, unless a counted search did it. RUN_LATER: the caps are
 * used up; SERVICE_FAILED: those of the source. */
static enum outcome reserve(struct fetcher *f, struct slot *s,
    struct fetch_job *job, const struct candidate *c, struct error *error)
{
	enum outcome o = job->reserved ? check_room(f, job, c, true,
	    &job->error) : reserve_download(f, s, job, c);

	job->reserved = false;
	if (o != DONE)
		*error = job->error;
	return o == SERVICE_FAILED && error->reason != SOURCE_CAPPED ?
	    RUN_LATER : o;
}

/* Every start of a transfer is reserved. If the page had expired, starts once
 * more. */
static enum outcome download(struct fetcher *f, struct slot *s,
    struct fetch_job *job, const struct candidate *c, struct error *error)
{
	struct error room;
	enum outcome o;

	for (int starts = 1;; starts++) {
		o = make_folder(f, job);
		if (o != DONE)
			*error = job->error;
		else
			o = reserve(f, s, job, c, error);
		if (o != DONE)
			return o;
		o = s->source.get(s->source.self, job->track, c, job->folder,
		    &job->delivery, error);
		if (o != SERVICE_FAILED || error->reason != SOURCE_STALE ||
		    starts == MAX_STARTS)
			break;
		remove_delivery(job);
	}
	/* The disk may have filled up: that is not the candidate's failure. */
	if (o == ITEM_FAILED || o == SERVICE_FAILED) {
		enum outcome full = check_room(f, job, c, true, &room);

		if (full != DONE) {
			*error = room;
			return full;
		}
	}
	return o;
}

/* The worker's reason in error is not an enum source_reason: cleared. */
static enum outcome verify(struct fetcher *f, bool remote,
    struct fetch_job *job, struct error *error)
{
	enum outcome o = verify_delivery(&f->env, remote, job, error);

	if (o != DONE)
		error->reason = SOURCE_GONE;
	return o;
}

/* What a delivery says of its source, after verify ended with o. A copy that
 * can't be decoded whole is the candidate's fault, unless it repeats over
 * several tracks, as behind a captive portal. Returns o, or SERVICE_FAILED if
 * the source is unavailable. */
static enum outcome note_delivery(struct fetcher *f, struct slot *s,
    struct fetch_job *job, enum outcome o, struct error *error)
{
	if (!s->source.remote)
		return o;
	if (o == DONE || job->decoded.complete)
		note_success(f, s, true);
	if (o != ITEM_FAILED || job->decoded.complete)
		return o;
	return note_repeatable(f, s, job, "downloads are no whole audio files",
	    false, error);
}

/* Downloads one candidate and verifies it. */
static enum outcome try_candidate(struct fetcher *f, struct slot *s,
    struct fetch_job *job, struct candidate *c)
{
	struct error error;
	enum outcome o;

	job->wrong_recording = false;
	o = download(f, s, job, c, &error);
	if (o == SERVICE_FAILED && error.reason == SOURCE_CAPPED) {
		job->error = error;
		return o;
	}
	if (o == SERVICE_FAILED) {
		note_outage(f, s, job, &error, false);
	} else if (o == DONE) {
		keep_candidate(job, c);
		if (s->source.remote)
			finished_mark(job);
		o = verify(f, s->source.remote, job, &error);
		c = &job->candidate;
		o = note_delivery(f, s, job, o, &error);
	}
	if (o == SERVICE_FAILED) {
		if (job->pinned == NULL)
			searches_note_outage(&job->known, s->name, c->ref,
			    error.text, clock_wall(), worked_at(f, s));
		remove_delivery(job);
	}
	if (o == ITEM_FAILED && job->pinned == NULL)
		discard_candidate(job, s, c, &error);
	if (o != DONE)
		job->error = error;
	return o;
}

/* Sets the job's error and best rejected candidate. */
static void note_no_match(struct fetch_job *job, const struct slot *s,
    const struct candidates *list, int tries)
{
	const struct match_result *j = &job->match_result;

	if (tries == 0)
		error_set(&job->error, ITEM_FAILED, "no match on %s: %s",
		    s->name, j->reason);
	if (j->pick < 0 && j->best >= 0 && (size_t)j->best < list->count)
		best_rejected_note(&job->best_rejected, &list->items[j->best],
		    j->score, j->reason);
}

/* Runs the next query, which is reserved if it starts a transfer. */
static enum outcome run_query(struct fetcher *f, struct slot *s,
    struct candidate_search *search, struct error *error)
{
	static const struct candidate any = { .views = -1 };
	unsigned searches = search->job->searches;
	enum outcome o = DONE;

	if (candidate_search_is_counted(search)) {
		search->job->reserved = false;
		o = reserve(f, s, search->job, &any, error);
		if (o != DONE)
			return o;
		search->job->reserved = true;
	}
	o = candidate_search_run_query(search, error);
	if (o == SERVICE_FAILED)
		note_outage(f, s, search->job, error, true);
	else if (o == DONE && search->job->searches > searches)
		note_success(f, s, false);
	return o;
}

/* Chooses the next candidate: a certain match at once, any other only after all
 * queries. ITEM_FAILED: there is none. */
static enum outcome choose_next(struct fetcher *f, struct slot *s,
    struct candidate_search *search)
{
	struct match_result *j = &search->job->match_result;
	struct error error;

	for (;;) {
		enum outcome o;

		f->env.matcher->choose(f->env.matcher->self, search->job->track,
		    search->list.items, search->list.count, j);
		if (j->pick >= 0 && (j->score >= CERTAIN ||
		    !candidate_search_has_query(search)))
			return DONE;
		if (!candidate_search_has_query(search))
			return ITEM_FAILED;
		o = run_query(f, s, search, &error);
		if (o != DONE)
			search->job->error = error;
		if (o != DONE && o != ITEM_FAILED)
			return o;
	}
}

/* DONE: delivered. ITEM_FAILED: this source does not have the track; job->end
 * says whether candidates failed. SERVICE_FAILED: an outage. Else it ends the
 * run. */
static enum outcome try_candidates(struct fetcher *f, struct slot *s,
    struct candidate_search *search)
{
	struct fetch_job *job = search->job;
	enum outcome o = DONE;
	int unclear = 0;

	for (int tries = 0;; tries++) {
		o = choose_next(f, s, search);
		if (o == ITEM_FAILED || (o == DONE && tries == MAX_TRIES)) {
			note_no_match(job, s, &search->list, tries);
			return tries == 0 || unclear < tries ? ITEM_FAILED :
			    note_repeatable(f, s, job, "no download delivers "
			    "a file", true, &job->error);
		}
		if (o == DONE)
			o = try_candidate(f, s, job,
			    &search->list.items[job->match_result.pick]);
		if (o != ITEM_FAILED)
			return o;
		unclear += s->source.remote &&
		    job->error.reason == SOURCE_UNCLEAR;
		job->end = FETCH_FAILED;
		candidate_search_drop_rejected(search);
	}
}

static enum outcome try_source(struct fetcher *f, struct slot *s,
    struct fetch_job *job, bool lossless_only)
{
	struct candidate_search search;
	enum outcome o;

	if (!enter_source(f, s, &job->error))
		return SERVICE_FAILED;
	candidate_search_begin(&search, &s->source, job,
	    f->env.cfg->fetch.search_expiry);
	search.lossless_only = lossless_only;
	o = try_candidates(f, s, &search);
	job->reserved = false;
	candidate_search_end(&search);
	leave_source(f, s);
	return o;
}

/* ---- one track ---- */

/* An outage or a cap ends the remote fetches, not the run. */
static void defer(struct fetcher *f, struct fetch_job *job, enum outcome o)
{
	job->end = FETCH_DEFERRED;
	job->outcome = o == SERVICE_FAILED || (o == RUN_LATER &&
	    caps_are_used_up(f, NULL)) ? DONE : o;
}

/* Sets the end of a job that had one candidate only. */
static void end_pinned(struct fetcher *f, struct fetch_job *job,
    enum outcome o)
{
	if (o == DONE)
		job->end = FETCH_GOT;
	else if (o == ITEM_FAILED)
		job->end = FETCH_FAILED;
	else
		defer(f, job, o);
}

/* NULL: it is not among [fetch] sources any more. */
static struct slot *slot_named(struct fetcher *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->slots[i].name, name) == 0)
			return &f->slots[i];
	return NULL;
}

static struct slot *slot_for_links(struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->slots[i].open && f->slots[i].source.links)
			return &f->slots[i];
	return NULL;
}

static void get_pinned_link(struct fetcher *f, struct fetch_job *job)
{
	struct slot *s = slot_for_links(f);
	struct candidate c = { .ref = xstrdup(job->pinned),
		.title = xstrdup(job->track->title), .views = -1 };
	enum outcome o = SERVICE_FAILED;

	if (s == NULL) {
		o = error_set(&job->error, ITEM_FAILED, "you pinned a link, "
		    "but no source of [fetch] sources fetches links");
	} else if (job->remote && !caps_are_used_up(f, &job->error) &&
	    enter_source(f, s, &job->error)) {
		job->source = s->name;
		o = try_candidate(f, s, job, &c);
		leave_source(f, s);
	}
	candidate_free(&c);
	end_pinned(f, job, o);
}

static void get_pinned_file(struct fetcher *f, struct fetch_job *job)
{
	enum outcome o = f->env.disk_room(f->env.ctx, ROOM_FOR_ONE, false,
	    &job->error);

	job->source = PINNED_SOURCE;
	job->candidate = (struct candidate){ .ref = xstrdup(job->pinned),
		.title = xstrdup(job->track->title), .views = -1 };
	job->delivery = (struct delivery){ .path = xstrdup(job->pinned),
		.keep_tags = true };
	if (o == DONE)
		o = verify_delivery(&f->env, false, job, &job->error);
	end_pinned(f, job, o);
}

static void get_pinned(struct fetcher *f, struct fetch_job *job)
{
	job->match_result = (struct match_result){ .pick = 0, .score = 1,
		.reason = "pinned by you" };
	if (job->pinned_identity != NULL)
		get_pinned_file(f, job);
	else
		get_pinned_link(f, job);
}

/* DONE: the source delivered. ITEM_FAILED: it does not have the track.
 * SERVICE_FAILED: an outage, or a cap of the source. Else it ends the job. */
static enum outcome try_slot(struct fetcher *f, struct slot *s,
    struct fetch_job *job, bool lossless_only)
{
	if (stop_requested())
		return error_set(&job->error, STOPPED, "the run was stopped");
	if (s->open && s->source.remote && caps_are_used_up(f, &job->error))
		return RUN_LATER;
	job->source = s->name;
	return try_source(f, s, job, lossless_only);
}

/* Before anything else is downloaded: a lossless file from any source that can
 * tell; for an upgrade, any file of the user's folders, too. Returns whether the
 * job has ended. */
static bool try_lossless(struct fetcher *f, struct fetch_job *job)
{
	for (size_t i = 0; i < f->count; i++) {
		struct slot *s = &f->slots[i];
		enum outcome o;

		if (!s->open || !s->source.lossless ||
		    (s->source.remote && !job->remote))
			continue;
		o = try_slot(f, s, job, s->source.remote || !job->upgrade);
		if (o == DONE)
			job->end = FETCH_GOT;
		else if (o != ITEM_FAILED && o != SERVICE_FAILED)
			defer(f, job, o);
		else
			continue;
		return true;
	}
	return false;
}

/* Tries the sources in order until one delivers. After an outage of any the job
 * is deferred: that source may have the track. */
static void try_in_order(struct fetcher *f, struct fetch_job *job)
{
	bool has_outage = false;
	struct error outage;

	for (size_t i = 0; i < f->count; i++) {
		struct slot *s = &f->slots[i];
		enum outcome o;

		if (s->open && s->source.remote && !job->remote)
			continue;
		o = try_slot(f, s, job, false);
		if (o == SERVICE_FAILED) {
			has_outage = true;
			outage = job->error;
		} else if (o == DONE) {
			job->end = FETCH_GOT;
			return;
		} else if (o != ITEM_FAILED) {
			defer(f, job, o);
			return;
		}
	}
	if (has_outage)
		job->error = outage;
	if (has_outage || job->retry_soon)
		defer(f, job, DONE);
}

static void try_sources(struct fetcher *f, struct fetch_job *job)
{
	job->end = FETCH_NOT_FOUND;
	error_set(&job->error, ITEM_FAILED, "no source was searched");
	if (job->upgrade)
		try_lossless(f, job);
	else if (f->env.cfg->fetch.prefer != PREFER_LOSSLESS ||
	    !try_lossless(f, job))
		try_in_order(f, job);
}

/* ---- downloads of an earlier run ---- */

/* Uses an earlier run's finished download. False: there is none, or it was
 * discarded because it is not the track; then search as usual. */
static bool resume_finished(struct fetcher *f, struct fetch_job *job)
{
	char *name, *label;
	struct slot *s;
	enum outcome o;
	struct error error;

	if (!finished_take(f->finished, job, &name))
		return false;
	s = slot_named(f, name);
	free(name);
	if (s == NULL || candidate_search_is_rejected(job,
	    job->candidate.ref)) {
		remove_delivery(job);
		return false;
	}
	job->source = s->name;
	label = track_label(job->track);
	log_info("reusing a finished download: %s for %s source=%s",
	    job->candidate.ref, label, s->name);
	free(label);
	o = check_room(f, job, &job->candidate, false, &job->error);
	if (o == DONE) {
		o = verify(f, true, job, &error);
		if (o != DONE)
			job->error = error;
	}
	if (o == ITEM_FAILED && job->pinned == NULL) {
		discard_candidate(job, s, &job->candidate, &error);
		return false;
	}
	end_pinned(f, job, o);
	return true;
}

bool fetcher_has_finished(const struct fetcher *f, const char *track_key)
{
	return finished_has(f->finished, track_key);
}

void fetcher_discard_finished(struct fetcher *f)
{
	finished_free(f->finished, true);
	f->finished = NULL;
}

void fetcher_get(struct fetcher *f, struct fetch_job *job)
{
	int64_t begun = clock_mono_ms();

	if (resume_finished(f, job))
		;
	else if (job->pinned != NULL)
		get_pinned(f, job);
	else
		try_sources(f, job);
	job->ms = clock_mono_ms() - begun;
}

void fetch_job_free(struct fetch_job *job)
{
	bool keep = job->finished && job->end == FETCH_DEFERRED;

	if (job->folder != NULL && !keep) {
		finished_unmark(job);
		folder_remove(job->folder);
	}
	free(job->folder);
	candidate_free(&job->candidate);
	delivery_free(&job->delivery);
	decoded_media_free(&job->decoded);
	for (size_t i = 0; i < job->n_rejections; i++) {
		free(job->rejections[i].source);
		free(job->rejections[i].ref);
		free(job->rejections[i].error);
		fingerprint_free(&job->rejections[i].sound);
	}
	free(job->rejections);
	best_rejected_free(&job->best_rejected);
	searches_free(&job->known);
	job->folder = NULL;
	job->rejections = NULL;
	job->n_rejections = 0;
}
