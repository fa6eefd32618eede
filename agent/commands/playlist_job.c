/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/playlist_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "commands/preview.h"
#include "commands/queue.h"
#include "commands/terminal.h"
#include "records/requests.h"
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

/* As a request for the next or the active run. */
static enum outcome request_job(const struct invocation *v,
    const struct track_list *list, const struct tracks *tracks,
    char id[JOB_ID_LEN + 1], struct error *error)
{
	const struct config *cfg = v->cfg;
	struct job job = { .name = list->name, .link = link_of_list(v, list),
		.by = (char *)(uintptr_t)"terminal",
		.created_at = clock_wall(), .count = tracks->count };
	char name[REQUEST_NAME_MAX];
	struct jobs *jobs;
	enum outcome o = state_prepare(cfg->state.dir, error);

	if (o == DONE)
		o = queue_read(cfg, &jobs, error);
	if (o != DONE) {
		free(job.link);
		return o;
	}
	jobs_id_for(jobs, tracks, job.id);
	job.tracks = xcalloc(tracks->count, sizeof(*job.tracks));
	for (size_t i = 0; i < tracks->count; i++)
		job.tracks[i].track = tracks->items[i];
	snprintf(name, sizeof(name), "queue-%s", job.id);
	if (jobs_find(jobs, job.id) == NULL)
		o = request_write(cfg->state.dir, name, job_to_request(&job),
		    error);
	memcpy(id, job.id, sizeof(job.id));
	free(job.tracks);
	free(job.link);
	jobs_close(jobs);
	return o;
}

static int print_queued(const char *id, size_t count)
{
	struct json_writer *w = command_json(NULL);

	json_put_string(w, "jobId", id);
	json_put_int(w, "queuedCount", (int64_t)count);
	return command_print_json(w);
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

		if (queue_read(cfg, &jobs, NULL) != DONE)
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
	struct jobs *jobs;
	struct error error;

	if (queue_read(cfg, &jobs, &error) != DONE) {
		print_error("likesync playlist: %s", error.text);
		return EX_TEMPFAIL;
	}
	job = jobs_find(jobs, id);
	queue_eta_input(cfg, &in);
	if (job != NULL && json) {
		w = json_writer_new(false);
		job_to_json(job, job_eta(jobs, job, &in), true, w);
		command_print_json(w);
	} else if (job != NULL) {
		print_line("job %s: %zu in library, %zu failed, %zu waiting",
		    id, job->completed, job->failed, jobs_waiting(job));
	}
	jobs_close(jobs);
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

int playlist_make_job(const struct invocation *v, const struct coverage *c,
    const struct playlist_job *what)
{
	struct tracks tracks = { .items = NULL };
	char id[JOB_ID_LEN + 1] = "";
	struct run_options opt = { .queue_only = true, .wanted = &tracks };
	struct error error;
	enum outcome o = DONE;
	int status = EX_OK;

	select_missing(c, what, &tracks);
	if (what->dry_run) {
		status = preview_run(v, opt, what->json);
	} else if (tracks.count > 0) {
		o = request_job(v, &c->list, &tracks, id, &error);
		if (o != DONE) {
			print_error("likesync playlist: %s", error.text);
			status = outcome_exit_status(o);
		}
	}
	if (!what->dry_run && o == DONE)
		status = what->fetch && tracks.count > 0 ?
		    fetch(v, id, what) : what->fetch && !what->json ?
		    (print_line("nothing is missing"), print_end()) :
		    print_queued(tracks.count > 0 ? id : NULL, tracks.count);
	free(tracks.items);
	return status;
}
