/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue: lists jobs, shows, adds and cancels one, and serves the queue. Only
 * `queue run` takes the run lock; the others read, and leave a request.
 */
#include "commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "commands/queue.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "records/ledger.h"
#include "records/requests.h"
#include "records/runs.h"
#include "report/job_eta.h"
#include "report/job_json.h"
#include "run/run.h"

#define USAGE "likesync queue [--json] [JOB]\n" \
	"       likesync queue add [--by NAME] [--json] [LINK]\n" \
	"       likesync queue cancel [--json] JOB\n" \
	"       likesync queue run [--wait] [--max-runtime TIME]"
#define MAX_QUEUE_FILE 4096
#define POLL_MS 500

/* ---- reading ---- */

/* What the last run noted of the queue; all 0 if there was none. */
struct queue_note {
	int64_t waiting, due, noted, likes;
};

static bool read_queue_note(const struct config *cfg, struct queue_note *note)
{
	char *path = path_join(cfg->state.dir, STATE_QUEUE);
	struct json *v = json_read(path, MAX_QUEUE_FILE);

	*note = (struct queue_note){ .waiting = json_get_int(v, "waiting", 0),
		.due = json_get_int(v, "due", 0),
		.noted = json_get_int(v, "noted", 0),
		.likes = json_get_int(v, "likes", 0) };
	free(path);
	json_free(v);
	return v != NULL;
}

void queue_eta_input(const struct config *cfg, struct eta_input *in)
{
	char *path = path_join(cfg->state.dir, STATE_LEDGER);
	struct ledger_remaining left;
	struct queue_note note;
	struct counters c;

	ledger_read(path, cfg->fetch.per_hour, cfg->fetch.per_day, &left);
	read_queue_note(cfg, &note);
	counters_load(cfg->state.dir, &c);
	*in = (struct eta_input){ .hour_left = left.hour, .day_left = left.day,
		.per_hour = cfg->fetch.per_hour, .per_day = cfg->fetch.per_day,
		.likes = note.likes > 0 ? (size_t)note.likes : 0,
		.fetch_s = c.fetched > 0 ? c.fetch_seconds / (double)c.fetched :
		    0, .parallel = cfg->fetch.parallel };
	free(path);
}

/* ---- adding ---- */

static enum outcome write_request(const struct config *cfg, const char *verb,
    const char *id, struct json_writer *w, struct error *error)
{
	char name[REQUEST_NAME_MAX];

	snprintf(name, sizeof(name), "%s-%s", verb, id);
	return request_write(cfg->state.dir, name, w, error);
}

/* The id of a job that is not there yet. An unfinished one of the same tracks
 * is cancelled. */
static enum outcome begin_anew(const struct config *cfg,
    const struct jobs *jobs, const struct tracks *tracks,
    char id[JOB_ID_LEN + 1], struct error *error)
{
	enum outcome o = DONE;

	jobs_id_for(jobs, tracks, id);
	if (jobs_find(jobs, id) != NULL)
		o = write_request(cfg, "cancel", id, job_cancel_request(id),
		    error);
	for (unsigned n = 0; jobs_find(jobs, id) != NULL; n++)
		job_make_id(tracks, n, id);
	return o;
}

enum outcome queue_request(const struct config *cfg,
    const struct tracks *tracks, bool anew, struct job *job,
    struct error *error)
{
	struct jobs *jobs = NULL;
	enum outcome o = state_prepare(cfg->state.dir, error);

	if (o == DONE)
		o = jobs_read_all(cfg->state.dir, &jobs, error);
	if (o == DONE && anew)
		o = begin_anew(cfg, jobs, tracks, job->id, error);
	else if (o == DONE)
		jobs_id_for(jobs, tracks, job->id);
	if (o == DONE && jobs_find(jobs, job->id) == NULL) {
		job->created_at = clock_wall();
		job->count = tracks->count;
		job->tracks = xcalloc(tracks->count, sizeof(*job->tracks));
		for (size_t i = 0; i < tracks->count; i++)
			job->tracks[i].track = tracks->items[i];
		o = job_check(job, error);
		if (o == DONE)
			o = write_request(cfg, "queue", job->id,
			    job_to_request(job), error);
		free(job->tracks);
		job->tracks = NULL;
	}
	jobs_close(jobs);
	return o;
}

int queue_print_added(const struct job *job, size_t count)
{
	struct json_writer *w = command_json(NULL);

	json_put_string(w, "jobId", job != NULL ? job->id : NULL);
	json_put_int(w, "queuedCount", (int64_t)count);
	return command_print_json(w);
}

/* ---- printing ---- */

static void print_job(const struct jobs *jobs, const struct job *job,
    const struct eta_input *in)
{
	int64_t eta = job_eta(jobs, job, in);
	char time[32] = "", failed[32] = "";

	if (eta >= 0)
		duration_to_text(eta, time, sizeof(time));
	if (job->failed > 0)
		snprintf(failed, sizeof(failed), ", %zu failed", job->failed);
	print_line("%s  %-10s  %zu of %zu%s  %s%s%s", job->id,
	    job_status_name(job_status(job)), job->completed, job->count,
	    failed,
	    job->name != NULL ? job->name : "",
	    *time != '\0' ? "  about " : "", time);
}

static void print_tracks(const struct job *job)
{
	static const char *const words[] = { "waiting", "in library",
		"failed" };

	for (size_t i = 0; i < job->count; i++) {
		const struct job_track *t = &job->tracks[i];
		char *label = track_label(&t->track);

		print_line("  %-10s  %s%s%s", words[t->state], label,
		    t->reason != NULL ? ": " : "",
		    t->reason != NULL ? t->reason : "");
		free(label);
	}
}

static int list_jobs(const struct config *cfg, const struct jobs *jobs,
    bool json)
{
	struct json_writer *w = json_writer_new(false);
	struct eta_input in;

	queue_eta_input(cfg, &in);
	json_open_object(w, NULL);
	json_open_array(w, "jobs");
	for (size_t i = 0; i < jobs_count(jobs); i++) {
		const struct job *job = jobs_at(jobs, i);

		if (json)
			job_to_json(job, job_eta(jobs, job, &in), false, w);
		else
			print_job(jobs, job, &in);
	}
	json_close(w);
	json_close(w);
	if (json)
		return command_print_json(w);
	free(json_writer_end(w, NULL));
	if (jobs_count(jobs) == 0)
		print_line("the queue is empty");
	return print_end();
}

static int show_job(const struct invocation *v, const struct jobs *jobs,
    const char *id, bool json)
{
	const struct job *job = jobs_find(jobs, id);
	struct json_writer *w;
	struct eta_input in;
	struct error error;

	if (job == NULL)
		return command_failed(v, error_set(&error, ITEM_FAILED,
		    "%s: there is no such job", id), &error, json);
	queue_eta_input(v->cfg, &in);
	if (!json) {
		print_job(jobs, job, &in);
		print_tracks(job);
		return print_end();
	}
	w = json_writer_new(false);
	job_to_json(job, job_eta(jobs, job, &in), true, w);
	return command_print_json(w);
}

static int show(const struct invocation *v, bool json)
{
	struct jobs *jobs;
	struct error error;
	enum outcome o = jobs_read_all(v->cfg->state.dir, &jobs, &error);
	int status;

	if (o != DONE)
		return command_failed(v, o, &error, json);
	status = v->argc > 1 ? show_job(v, jobs, v->argv[1], json) :
	    list_jobs(v->cfg, jobs, json);
	jobs_close(jobs);
	return status;
}

/* ---- cancelling ---- */

static enum outcome request_cancel(const struct config *cfg, const char *id,
    struct error *error)
{
	enum outcome o = state_prepare(cfg->state.dir, error);

	return o != DONE ? o : write_request(cfg, "cancel", id,
	    job_cancel_request(id), error);
}

static int print_cancelled(const char *id, bool json)
{
	struct json_writer *w;

	if (!json) {
		print_line("%s  cancelled", id);
		return print_end();
	}
	w = command_json(NULL);
	json_put_string(w, "jobId", id);
	json_put_string(w, "status", job_status_name(JOB_CANCELLED));
	return command_print_json(w);
}

static int cancel(const struct invocation *v, const char *id, bool json)
{
	const struct job *job;
	struct jobs *jobs;
	struct error error;
	enum outcome o = jobs_read_all(v->cfg->state.dir, &jobs, &error);

	if (o == DONE) {
		job = jobs_find(jobs, id);
		if (job == NULL)
			o = error_set(&error, ITEM_FAILED, "%s: there is no "
			    "such job", id);
		else if (job_has_ended(job) && !job->cancelled)
			o = error_set(&error, ITEM_FAILED, "%s: the job is "
			    "%s already", id, job_status_name(
			    job_status(job)));
		else if (!job->cancelled)
			o = request_cancel(v->cfg, id, &error);
		jobs_close(jobs);
	}
	return o == DONE ? print_cancelled(id, json) :
	    command_failed(v, o, &error, json);
}

/* ---- serving ---- */

/* Has the journal of jobs lines that the note does not know? A run that is
 * killed leaves it so. */
static bool journal_is_newer(const struct config *cfg)
{
	char *journal = path_join(cfg->state.dir, STATE_JOBS);
	char *note = path_join(cfg->state.dir, STATE_QUEUE);
	struct stat j, n;
	bool newer = stat(journal, &j) == 0 && j.st_size > 0 &&
	    (stat(note, &n) != 0 || j.st_mtim.tv_sec > n.st_mtim.tv_sec ||
	    (j.st_mtim.tv_sec == n.st_mtim.tv_sec &&
	    j.st_mtim.tv_nsec > n.st_mtim.tv_nsec));

	free(note);
	free(journal);
	return newer;
}

/* Reads two small files at most: this is started every minute. A note from the
 * future says nothing: the clock was set back. */
static bool is_due(const struct config *cfg)
{
	int64_t now = clock_wall();
	struct queue_note note;

	if (requests_waiting(cfg->state.dir) || journal_is_newer(cfg))
		return true;
	return read_queue_note(cfg, &note) && note.due > 0 &&
	    (note.due <= now || note.noted > now);
}

/* Until no run is active. One process at most waits: what others ask for
 * meanwhile, it takes. False: another one waits already. */
static bool wait_for_active_run(const struct config *cfg)
{
	char *path = path_join(cfg->state.dir, STATE_QUEUE_LOCK);
	int lock = file_lock(path, 0, NULL);
	bool another = lock < 0 && errno == EWOULDBLOCK;
	struct running running;

	while (!another && !stop_requested() &&
	    runs_now(cfg->state.dir, &running))
		clock_sleep_ms(POLL_MS);
	if (lock >= 0)
		close(lock);
	free(path);
	return !another;
}

static int serve(struct invocation *v, bool wait, const char *runtime)
{
	struct run_options opt = { .queue_only = true,
		.if_locked = wait ? RUN_WAIT : RUN_SKIP };
	struct summary sum;
	long long seconds = 0;

	if (runtime != NULL &&
	    command_duration(v, "--max-runtime", runtime, &seconds) != 0)
		return EX_USAGE;
	if (!is_due(v->cfg) || (wait && (!wait_for_active_run(v->cfg) ||
	    !is_due(v->cfg))))
		return EX_OK;
	opt.max_runtime = seconds;
	return outcome_exit_status(run(v->cfg, &opt, &sum));
}

/* One of the words that follow `queue`. */
enum verb { SHOW, ADD, CANCEL, RUN };

static enum verb verb_of(const struct invocation *v)
{
	static const char *const verbs[] = { [ADD] = "add",
		[CANCEL] = "cancel", [RUN] = "run" };

	for (enum verb verb = ADD; verb <= RUN; verb++)
		if (v->argc > 1 && strcmp(v->argv[1], verbs[verb]) == 0)
			return verb;
	return SHOW;
}

static int check_usage(const struct invocation *v, enum verb verb,
    const char *run_option, bool json, const char *by)
{
	if (verb == CANCEL && v->argc != 3)
		return command_usage(v, "cancel: name the job");
	if ((verb == SHOW || verb == RUN) && v->argc > 2)
		return command_usage(v, "%s: unexpected argument", v->argv[2]);
	if (run_option != NULL && verb != RUN)
		return command_usage(v, "--%s is for `queue run` only",
		    run_option);
	if (by != NULL && verb != ADD)
		return command_usage(v, "--by is for `queue add` only");
	if (json && verb == RUN)
		return command_usage(v, "--json is for showing, adding and "
		    "cancelling jobs only");
	return EX_OK;
}

int cmd_queue(struct invocation *v)
{
	bool json = false, wait = false;
	const char *runtime = NULL, *by = NULL;
	const struct command_option options[] = {
		{ "by", "NAME", "add: who asks, for the list of jobs", NULL,
		    &by },
		{ "wait", NULL, "run: wait while another run is working", &wait,
		    NULL },
		{ "max-runtime", "TIME", "run: end after this time, such as "
		    "45m", NULL, &runtime },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, USAGE, options, 2);
	enum verb verb;

	if (status >= 0)
		return status;
	verb = verb_of(v);
	status = check_usage(v, verb, wait ? "wait" : runtime != NULL ?
	    "max-runtime" : NULL, json, by);
	if (status != EX_OK)
		return status;
	return verb == ADD ? queue_add(v, by, json) :
	    verb == CANCEL ? cancel(v, v->argv[2], json) :
	    verb == RUN ? serve(v, wait, runtime) : show(v, json);
}
