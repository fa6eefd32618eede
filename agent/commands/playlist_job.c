/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/playlist_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stop.h"
#include "commands/preview.h"
#include "commands/queue.h"
#include "commands/terminal.h"
#include "records/runs.h"
#include "report/job_json.h"
#include "run/run.h"

#define POLL_MS 1000

/* ---- the job ---- */

/* The tracks are borrowed from the coverage. */
static void select_missing(const struct coverage *c,
    const struct playlist_job *what, struct tracks *out)
{
	for (size_t i = 0; i < c->list.tracks.count; i++) {
		const struct coverage_entry *e = &c->entries[i];

		if (e->state == COVERAGE_IN_LIBRARY ||
		    (long)e->track->position < what->start_from)
			continue;
		if (what->limit > 0 && out->count == (size_t)what->limit)
			return;
		*tracks_add(out) = *e->track;
	}
}

/* The address of the list, or the path of its file. Caller frees. */
static char *link_of_list(const struct invocation *v,
    const struct track_list *l)
{
	return strcmp(l->kind, "file") == 0 ? realpath(v->argv[1], NULL) :
	    xasprintf("https://open.spotify.com/%s/%s", l->kind, l->id);
}

/* ---- fetching it now ---- */

static void print_track(void *ctx, const struct track *t, const char *reason)
{
	char *label = track_label(t);

	(void)ctx;
	if (reason == NULL)
		print_line("in library: %s", label);
	else
		print_line("failed: %s: %s", label, reason);
	free(label);
	fflush(stdout);
}

/* A run that has the lock takes the request, and serves it. */
static bool wait_for_run(const struct config *cfg, const char *id)
{
	struct running running;
	bool ended = false;

	while (!ended && !stop_requested() &&
	    runs_now(cfg->state.dir, &running)) {
		struct jobs *jobs;
		const struct job *job;

		if (jobs_read_all(cfg->state.dir, &jobs, NULL) != DONE)
			break;
		job = jobs_find(jobs, id);
		ended = job == NULL || job_has_ended(job);
		jobs_close(jobs);
		if (!ended)
			clock_sleep_ms(POLL_MS);
	}
	return ended;
}

static int print_result(const struct config *cfg, const char *id, bool json,
    const struct summary *sum)
{
	struct json_writer *w;
	const struct job *job;
	struct eta_input in;
	/* A deadline ends a run as it should. */
	bool stopped = stop_requested() &&
	    strcmp(stop_reason(), "deadline") != 0;
	struct jobs *jobs;
	struct error error;

	if (jobs_read_all(cfg->state.dir, &jobs, &error) != DONE) {
		print_error("likesync playlist: %s", error.text);
		return EX_TEMPFAIL;
	}
	job = jobs_find(jobs, id);
	if (job == NULL) {
		print_error("likesync playlist: job %s was reset", id);
		jobs_close(jobs);
		return 1;
	}
	queue_eta_input(cfg, &in);
	if (json) {
		w = json_writer_new(false);
		job_to_json(job, job_eta(jobs, job, &in), true, w);
		command_print_json(w);
	} else {
		print_line("job %s: %zu in library, %zu failed, %zu waiting",
		    id, job->completed, job->failed, jobs_waiting(job));
	}
	stopped = stopped && !job_has_ended(job);
	jobs_close(jobs);
	if (stopped) {
		print_error("likesync playlist: stopped by %s; job %s is "
		    "served by the next run", stop_reason(), id);
		return EX_TEMPFAIL;
	}
	return sum->outcome != DONE ? outcome_exit_status(sum->outcome) :
	    print_end();
}

static int fetch(const struct invocation *v, const char *id,
    const struct playlist_job *what)
{
	struct run_options opt = { .queue_only = true, .job = id,
		.if_locked = RUN_WAIT, .parallel = what->sequential ? 1 : 0,
		.on_track = what->json ? NULL : print_track };
	struct summary sum = { .outcome = DONE };

	if (!wait_for_run(v->cfg, id) && !stop_requested())
		run(v->cfg, &opt, &sum);
	return print_result(v->cfg, id, what->json, &sum);
}

/* ---- the command's part ---- */

static int request_and_fetch(const struct invocation *v,
    const struct coverage *c, const struct playlist_job *what,
    const struct tracks *tracks)
{
	struct job job = { .name = c->list.name,
		.link = link_of_list(v, &c->list),
		.by = (char *)(uintptr_t)(what->by != NULL ? what->by :
		    "terminal") };
	struct error error;
	enum outcome o = queue_request(v->cfg, tracks, what->no_resume, &job,
	    &error);

	free(job.link);
	if (o != DONE)
		return command_failed(v, o, &error, what->json);
	return what->fetch ? fetch(v, job.id, what) :
	    queue_print_added(&job, tracks->count);
}

static int make_jobs(const struct invocation *v, const struct coverage *c,
    const struct playlist_job *what, const struct tracks *tracks)
{
	size_t batch = what->fetch && what->batch > 0 ? (size_t)what->batch :
	    tracks->count;
	int status = EX_OK;

	for (size_t i = 0; i < tracks->count && status == EX_OK &&
	    !stop_requested(); i += batch) {
		struct tracks part = { .items = &tracks->items[i],
			.count = tracks->count - i };

		if (part.count > batch)
			part.count = batch;
		status = request_and_fetch(v, c, what, &part);
	}
	return status;
}

int playlist_make_job(const struct invocation *v, const struct coverage *c,
    const struct playlist_job *what)
{
	struct tracks tracks = { .items = NULL };
	struct run_options opt = { .queue_only = true, .wanted = &tracks };
	int status;

	select_missing(c, what, &tracks);
	if (what->dry_run) {
		status = preview_run(v, opt, what->json);
	} else if (tracks.count > 0) {
		status = make_jobs(v, c, what, &tracks);
	} else if (what->fetch && !what->json) {
		print_line("nothing is missing");
		status = print_end();
	} else {
		status = queue_print_added(NULL, 0);
	}
	free(tracks.items);
	return status;
}
