/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * acquire: fetches what the plan says. Pool threads search, download and
 * verify; everything durable is done on the run's own thread, one track after
 * the other: a file that was fetched is placed (placing.c), a failure is
 * recorded.
 */
#include "run/context.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread_pool.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "library/place.h"
#include "records/overrides.h"

#define FIRST_RETRY_S (6 * 3600)	/* doubled after each failure */
#define LAST_RETRY_S (30 * 86400)

struct acquisition {
	struct run_context *run;
	struct fetcher *fetcher;
	size_t next;			/* in plan.order */
	size_t ended;
	size_t got, got_liked;
	size_t outages;			/* jobs deferred by one */
	enum outcome outcome;		/* what ends the run, if not DONE */
	struct error error;
};

/* ---- the jobs ---- */

struct fetch_job *new_fetch_job(struct run_context *run,
    const struct track *track, bool remote, const struct pin *pin)
{
	struct fetch_job *job = xcalloc(1, sizeof(*job));
	const char *key = track->key;

	job->takedowns = run->takedowns;
	job->track = track;
	job->remote = remote;
	if (pin != NULL) {
		job->pinned = pin->ref;
		job->pinned_identity = pin->identity;
	} else {
		job->rejected = (const char *const *)overrides_rejected(
		    run->pins, run->provenance, key);
		index_get_searches(run->index, key, &job->known);
		job->rejected_prints = rejected_fingerprints(run, key,
		    job->rejected, &job->n_rejected_prints);
	}
	return job;
}

void free_fetch_job(struct fetch_job *job)
{
	struct fingerprint *sounds =
	    (struct fingerprint *)(uintptr_t)job->rejected_prints;

	for (size_t i = 0; i < job->n_rejected_prints; i++)
		fingerprint_free(&sounds[i]);
	free(sounds);
	overrides_list_free((char **)(uintptr_t)job->rejected);
	fetch_job_free(job);
	free(job);
}

/* Waiting tracks are looked for in the user's folders. A pinned one is not,
 * unless its download is finished already. */
static bool is_tried(const struct acquisition *a, const struct plan_item *item,
    const struct pin *pin)
{
	if (a->run->opt->queue_only && item->turn == 0)
		return false;
	return item->action == PLAN_FETCH || item->action == PLAN_PLACE ||
	    (item->action == PLAN_WAIT && (pin == NULL ||
	    fetcher_has_finished(a->fetcher, item->track->key)));
}

/* None once a request came: what is tried next is planned anew. */
static void *next_job(void *ctx)
{
	struct acquisition *a = ctx;
	const struct plan *plan = &a->run->plan;

	while (a->next < plan->count && a->outcome == DONE && !a->run->replan) {
		const struct plan_item *item =
		    &plan->items[plan->order[a->next++]];
		const struct pin *pin = pins_of(a->run->pins, item->track->key);

		if (!is_tried(a, item, pin))
			continue;
		if (item->turn > 0)
			a->outcome = start_track(a->run, item->track->key,
			    &a->error);
		if (a->outcome == DONE)
			return new_fetch_job(a->run, item->track,
			    item->action == PLAN_FETCH, pin);
	}
	return NULL;
}

static void poll_requests(void *ctx)
{
	struct acquisition *a = ctx;

	take_requests(a->run);
}

static void do_job(void *ctx, void *job)
{
	struct acquisition *a = ctx;

	fetcher_get(a->fetcher, job);
}

static struct source_summary *source_of(struct run_context *run,
    const char *name)
{
	struct summary *s = run->sum;

	for (size_t i = 0; i < s->n_sources; i++)
		if (name != NULL && strcmp(s->source[i].name, name) == 0)
			return &s->source[i];
	return NULL;
}

/* ---- results ---- */

static int64_t retry_after(int attempts)
{
	int64_t wait = FIRST_RETRY_S;

	for (int i = 1; i < attempts && wait < LAST_RETRY_S; i++)
		wait *= 2;
	return wait < LAST_RETRY_S ? wait : LAST_RETRY_S;
}

/* Records a failed attempt and when to try again. Without a remote source there
 * was no attempt; after an outage only the reason is recorded, and the next run
 * tries again. */
static enum outcome remember_failure(struct run_context *run,
    const struct fetch_job *job, struct error *error)
{
	bool counts_as_attempt = job->end != FETCH_DEFERRED;
	struct song s;
	enum outcome o = DONE;

	if ((job->remote || job->pinned != NULL) &&
	    index_get_song(run->index, job->track->key, &s) == DONE) {
		s.last_try = clock_wall();
		if (counts_as_attempt) {
			s.attempts++;
			/* Early enough for a run at the same time of day. */
			s.next_attempt = s.last_try + retry_after(s.attempts) -
			    600;
			best_rejected_free(&s.best_rejected);
			best_rejected_copy(&s.best_rejected,
			    &job->best_rejected);
		}
		memcpy(s.reason, job->error.text, sizeof(s.reason) - 1);
		s.reason[sizeof(s.reason) - 1] = '\0';
		o = index_put_song(run->index, &s, error);
		song_free(&s);
	}
	return o;
}

enum outcome remember_rejections(struct run_context *run,
    const struct fetch_job *job, struct error *error)
{
	enum outcome o = DONE;

	for (size_t i = 0; i < job->n_rejections && o == DONE; i++) {
		const struct rejection *r = &job->rejections[i];
		const struct rejected what = { .source = r->source,
			.ref = r->ref, .reason = r->error, .identity =
			r->identity[0] != '\0' ? (char *)(uintptr_t)
			r->identity : NULL };

		o = provenance_reject(run->provenance, job->track->key, &what,
		    error);
		if (o == DONE && what.identity != NULL)
			o = index_put_fingerprint(run->index, r->identity,
			    &r->sound, error);
	}
	run->sum->rejected += job->n_rejections;
	return o;
}

/* Search results are dropped once the track is in the library. */
static enum outcome remember_searches(struct run_context *run,
    const struct fetch_job *job, struct error *error)
{
	char *text = NULL;
	size_t len = 0;
	enum outcome o;

	if (job->searches == 0 && !job->known.changed &&
	    job->end != FETCH_GOT)
		return DONE;
	if (job->end != FETCH_GOT)
		text = searches_to_text(&job->known, clock_wall(),
		    run->cfg->fetch.search_expiry, &len);
	o = index_put_searches(run->index, job->track->key, text, len, error);
	free(text);
	return o;
}

static void count_end(struct run_context *run, const struct fetch_job *job)
{
	struct summary *s = run->sum;
	struct source_summary *source = source_of(run, job->source);
	/* Every run looks for waiting tracks in the user's folders: that is
	 * not an attempt. */
	bool attempt = job->remote || job->pinned != NULL;

	s->downloads += job->downloads;
	s->searches += job->searches;
	s->upscaled += job->upscaled;
	s->fetch_ms += job->ms;
	s->got += job->end == FETCH_GOT;
	s->not_found += attempt && job->end == FETCH_NOT_FOUND;
	s->failed += job->end == FETCH_FAILED;
	s->defer += job->remote && job->end == FETCH_DEFERRED;
	if (source == NULL)
		return;
	source->downloads += job->downloads;
	source->ms += job->ms;
	source->got += job->end == FETCH_GOT;
	source->not_found += attempt && job->end == FETCH_NOT_FOUND;
	source->failed += job->end == FETCH_FAILED;
}

static enum outcome finish_job(struct run_context *run, struct fetch_job *job,
    struct error *error)
{
	enum outcome o = remember_rejections(run, job, error);

	if (o == DONE && job->end == FETCH_GOT) {
		o = place_download(run, job, error);
		if (o != DONE) {
			job->end = o == ITEM_FAILED ? FETCH_FAILED :
			    FETCH_DEFERRED;
			job->error = *error;
		}
	}
	if (o == DONE || o == ITEM_FAILED)
		o = remember_searches(run, job, error);
	if (o == DONE && (job->end == FETCH_NOT_FOUND ||
	    job->end == FETCH_FAILED || job->outage))
		o = remember_failure(run, job, error);
	if (o == DONE)
		o = end_track(run, job, error);
	if (o == DONE && job->end == FETCH_DEFERRED &&
	    job->outcome >= RUN_LATER) {
		*error = job->error;
		o = job->outcome;
	}
	return o;
}

static void count_liked(struct acquisition *a, const struct fetch_job *job)
{
	struct run_context *run = a->run;
	bool is_liked = (size_t)(job->track - run->wanted.items) <
	    run->n_liked;

	a->got += job->end == FETCH_GOT;
	a->got_liked += is_liked && job->end == FETCH_GOT;
	if (is_liked && run->likes_to_fetch > 0 && (job->end == FETCH_GOT ||
	    (job->remote && job->end != FETCH_DEFERRED)))
		run->likes_to_fetch--;
}

static void on_job_done(void *ctx, void *result)
{
	struct acquisition *a = ctx;
	struct fetch_job *job = result;
	char *label = track_label(job->track);
	struct error error;
	enum outcome o = finish_job(a->run, job, &error);

	if (job->end != FETCH_GOT && job->remote)
		log_info("not fetched %s: %s", label, job->error.text);
	if (o != DONE && a->outcome == DONE) {
		a->outcome = o;
		a->error = error;
	}
	count_end(a->run, job);
	count_liked(a, job);
	a->outages += job->outage && job->end == FETCH_DEFERRED;
	progress_step(++a->ended);
	free(label);
	free_fetch_job(job);
}

/* ---- the stage ---- */

/* The library needs room for one more file; the state folder for as many as are
 * fetched at a time. */
enum outcome check_disk_room(void *ctx, uint64_t need, bool download,
    struct error *error)
{
	const struct run_context *run = ctx;
	const struct config *cfg = run->cfg;
	enum outcome o = disk_room(cfg->library.path,
	    cfg->library.max_disk_usage, cfg->library.min_free, need, error);

	if (o != DONE || !download)
		return o;
	return state_room(cfg->state.dir, STATE_ROOM +
	    need * (uint64_t)cfg->fetch.parallel, error);
}

static void list_sources(struct run_context *run, const struct fetcher *f)
{
	if (run->sum->n_sources > 0)	/* by an earlier plan of this run */
		return;
	for (size_t i = 0; i < fetcher_source_count(f) && i < MAX_SOURCES; i++)
		run->sum->source[run->sum->n_sources++].name =
		    fetcher_source_name(f, i);
}

static void report_unavailable(struct source_summary *s, const char *fault,
    const struct availability *a)
{
	snprintf(s->fault, sizeof(s->fault), "%s", fault);
	if (a == NULL)
		return;
	s->must_act = a->must_act;
	s->since = a->since;
	s->until = a->until;
}

/* Does a track wait for a source, rather than for the time of its own next
 * attempt? */
static bool tracks_wait_for_source(const struct run_context *run)
{
	const struct plan *p = &run->plan;

	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].action == PLAN_WAIT &&
		    p->items[i].next_attempt == 0)
			return true;
	return run->sum->defer > 0;
}

/* Why the source is unavailable, or delivered nothing but outages in this run;
 * NULL. */
static const char *failure_of(const struct acquisition *a, size_t i)
{
	const char *fault = fetcher_source_fault(a->fetcher, i);
	const struct availability *known = fetcher_availability(a->fetcher, i);

	if (fault != NULL)
		return fault;
	return a->outages > 0 && known != NULL && known->streak > 0 &&
	    (i >= MAX_SOURCES || a->run->sum->source[i].got == 0) ?
	    known->reason : NULL;
}

/* RUN_ACT, so that a person is alerted: in every run for a program that can't
 * work, once a day for an outdated program or a service that refuses us. */
static enum outcome outcome_of_outage(struct run_context *run,
    const struct availability *known, const char *name)
{
	const char *kind = "refused";
	char key[ALERT_KEY];

	if (known == NULL || (!known->must_act && !known->refused))
		return RUN_LATER;
	if (known->must_act && known->until == 0)
		return RUN_ACT;
	if (known->must_act)
		kind = "stale";
	snprintf(key, sizeof(key), "%s %s", kind, name);
	return alerts_tell(&run->alerts, key, run->sum->started) ? RUN_ACT :
	    RUN_LATER;
}

/* Returns the outcome for the run, with a->error about one unavailable source:
 * not DONE if tracks wait for a source. Logs the other unavailable sources. */
static enum outcome report_sources(struct acquisition *a)
{
	enum outcome worst = DONE, o;
	bool wait = tracks_wait_for_source(a->run);

	for (size_t i = 0; i < fetcher_source_count(a->fetcher); i++) {
		const char *name = fetcher_source_name(a->fetcher, i);
		const char *fault = fetcher_source_fault(a->fetcher, i);
		const char *failure = failure_of(a, i);
		const struct availability *known =
		    fetcher_availability(a->fetcher, i);

		if (fault != NULL && i < MAX_SOURCES)
			report_unavailable(&a->run->sum->source[i], fault,
			    known);
		if (failure == NULL)
			continue;
		o = wait ? outcome_of_outage(a->run, known, name) : DONE;
		if (o <= worst)
			log_warning("source %s: %s", name, failure);
		else if (worst != DONE)
			log_warning("%s", a->error.text);
		if (o > worst)
			worst = error_set(&a->error, o, "source %s: %s%s", name,
			    failure, o == RUN_ACT && known->refused ? ": set "
			    "cookies in [source] args, or use another network "
			    "address" : "");
	}
	return worst;
}

enum outcome acquire_missing(struct run_context *run)
{
	const struct fetcher_env env = { .cfg = run->cfg,
		.media_service = &run->media_service, .matcher = &run->matcher,
		.ledger = run->ledger, .state_dir = run->cfg->state.dir,
		.disk_room = check_disk_room, .ctx = run };
	struct acquisition a = { .run = run };
	struct thread_pool thread_pool = {
		.threads = run->opt->parallel > 0 ? run->opt->parallel :
		    run->cfg->fetch.parallel, .ctx = &a,
		.next = next_job, .work = do_job, .done = on_job_done,
		.tick = poll_requests, .tick_ms = REQUEST_POLL_MS };
	size_t jobs = run->plan.fetch + run->plan.place + run->plan.wait;
	enum outcome o;

	/* Finished downloads that no track needs any more. */
	if (jobs == 0 && !run->opt->scan_only)
		state_clean_tmp(run->cfg->state.dir, NULL, NULL);
	if (jobs == 0)
		return DONE;
	/* A download that no worker could open would be in vain. */
	if (run->plan.fetch + run->plan.place > 0 &&
	    workers_ready(run->workers, &a.error) != DONE)
		return note_outcome(run, RUN_FAILED, &a.error) ? DONE :
		    RUN_FAILED;
	a.fetcher = fetcher_new(&env);
	list_sources(run, a.fetcher);
	progress_begin("fetching", jobs);
	thread_pool_run(&thread_pool);
	progress_end();
	o = a.outcome;
	if (o == DONE && !stop_requested())
		fetcher_discard_finished(a.fetcher);
	if (o == DONE)
		o = report_sources(&a);
	fetcher_free(a.fetcher);
	run->sum->queue -= a.got < run->sum->queue ? a.got : run->sum->queue;
	run->sum->in_library += a.got_liked;
	if (o == DONE && stop_requested())
		return STOPPED;
	return note_outcome(run, o, &a.error) ? DONE : o;
}
