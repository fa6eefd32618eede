/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/run.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "report/metrics.h"
#include "records/runs.h"
#include "run/context.h"
#include "run/cold.h"

void run_new_id(char out[RUN_ID_LEN + 1])
{
	uint8_t bytes[RUN_ID_LEN / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), out);
}

bool note_outcome(struct run_context *run, enum outcome o,
    const struct error *error)
{
	struct summary *s = run->sum;
	bool acts = s->outcome == RUN_ACT;

	if (o == DONE || o == STOPPED)
		return o == DONE;
	if (o > s->outcome || s->outcome == DONE) {
		s->outcome = o;
		s->error = *error;
	}
	/* Several steps may fail for one reason: alert a person once. */
	if (o == RUN_LATER || o == SERVICE_FAILED || (o == RUN_ACT && acts))
		log_warning("%s", error->text);
	else
		log_act("%s", error->text);
	return o == RUN_LATER || o == RUN_ACT || o == RUN_AUTH ||
	    o == SERVICE_FAILED;
}

enum outcome run_timed(struct run_context *run, enum stage stage,
    enum outcome (*step)(struct run_context *run))
{
	int64_t begun = clock_mono_ms();
	enum outcome o;

	run_context_set_activity(run, stage_text(stage));
	o = step(run);

	run->sum->stage_ms[stage] += clock_mono_ms() - begun;
	return o;
}

/* Fetches what is missing, analyzes and publishes; again if a request came. */
static enum outcome serve(struct run_context *run)
{
	bool first = true;
	enum outcome o;

	do {
		o = run_timed(run, STAGE_DIFF, make_diff);
		if (o != DONE || run->opt->dry_run)
			return o;
		o = run_timed(run, STAGE_FETCH, acquire_missing);
		if (o == DONE && first)
			o = run_timed(run, STAGE_ANALYZE, recover_analyses);
		if (o == DONE && run->opt->parts != NULL)
			o = run_timed(run, STAGE_ANALYZE, merge_parts);
		if (o == DONE)
			o = run_timed(run, STAGE_ANALYZE, analyze_backlog);
		if (o == DONE)
			o = run_timed(run, STAGE_ANALYZE, write_analysis_tags);
		/* After a stop, publish what was done before it. */
		if (o == DONE || o == STOPPED)
			o = run_timed(run, STAGE_DOCUMENT, publish_document);
		if (o == DONE)
			o = run_timed(run, STAGE_DOCUMENT, write_exports);
		first = false;
	} while (o == DONE && run->replan && !run->opt->scan_only &&
	    !stop_requested());
	return o;
}

/*
 * The run. After a transient failure of a step (Spotify limits requests, a
 * source is unavailable) the others still run: what is in the index is fetched,
 * what is in the library is analyzed and published.
 */
static enum outcome work(struct run_context *run)
{
	enum outcome o = run_context_open(run);

	if (o == DONE) {
		hooks_at_start(run);
		o = take_requests(run);
	}
	if (o == DONE && !run->opt->queue_only)
		o = run_timed(run, STAGE_LIKED, pull_likes);
	if (o == DONE && !run->opt->queue_only)
		o = run_timed(run, STAGE_LIKED, pull_playlists);
	if (o == DONE)
		o = settle_unlikes(run);
	if (o == DONE)
		o = run_timed(run, STAGE_SCAN, scan_library);
	if (o == DONE)
		o = finish_interrupted(run);
	return o == DONE ? serve(run) : o;
}

static void write_metrics(struct run_context *run, const struct counters *c)
{
	struct error error;

	if (counters_save(run->cfg->state.dir, c, &error) != DONE)
		log_warning("%s", error.text);
	if (run->cfg->metrics.textfile != NULL &&
	    metrics_write(run->cfg, run->sum, c, &error) != DONE)
		note_outcome(run, RUN_CONFIG, &error);
}

/*
 * Writes journal, counters and metrics, also after a failure. Hooks run when
 * all of it is written; failed hooks are counted afterwards.
 */
static void report(struct run_context *run)
{
	struct counters c;
	struct error error;
	size_t bad = 0;

	run_context_set_activity(run, "writing metrics and running hooks");
	if (run->jobs != NULL)
		bad = announce_jobs(run);
	if (run->jobs != NULL && run->ledger != NULL)
		note_queue(run, bad > 0);
	counters_load(run->cfg->state.dir, &c);
	counters_add(&c, run->sum);
	if (runs_append(run->cfg->state.dir, run->sum, &error) != DONE)
		log_warning("%s", error.text);
	write_metrics(run, &c);
	bad += hooks_at_end(run);
	if (bad > 0) {
		c.hooks_failed += bad;
		write_metrics(run, &c);
	}
}

static void on_progress(void *ctx, const char *line)
{
	run_context_set_activity(ctx, line);
}

/* Alerts a person when no run has succeeded for a day. A run that was ended
 * by a signal does not count. */
static void note_alerts(struct run_context *run)
{
	const struct summary *s = run->sum;
	int status = outcome_exit_status(s->outcome);
	int64_t since = run->alerts.failing_since;
	bool ended = s->stopped != NULL && strcmp(s->stopped, "deadline") != 0;
	struct error error;
	char time[32];

	if (run->opt->dry_run || run->opt->scan_only || ended)
		return;
	/* The state folder may be another user's: nothing is written there.
	 * `queue run` leaves the work to the run that has the lock. */
	if (run->lock_fd < 0 && (status == EX_CONFIG || status == 0))
		return;
	if (alerts_note_run(&run->alerts, status == 0, s->started) &&
	    status == EX_TEMPFAIL) {
		duration_to_text(s->started - since, time, sizeof(time));
		error_set(&error, RUN_ACT, "no run has succeeded for %s: see "
		    "`likesync doctor`; this one ended because: %s", time,
		    s->error.text);
		note_outcome(run, RUN_ACT, &error);
	}
	if (alerts_save(run->cfg->state.dir, &run->alerts, &error) != DONE)
		log_warning("%s", error.text);
}

void run_begin(struct run_context *run)
{
	struct summary *sum = run->sum;

	memset(sum, 0, sizeof(*sum));
	run_new_id(sum->run);
	log_set_run(sum->run);
	sum->dry_run = run->opt->dry_run;
	sum->started = clock_wall();
	sum->disk_percent = -1;
	sum->cap_hour = sum->cap_day = -1;
	stop_set_deadline(run->opt->max_runtime > 0 ? run->opt->max_runtime :
	    run->cfg->run.max_runtime);
	progress_watch(on_progress, run);
}

void run_log_summary(const struct summary *sum)
{
	char *text = summary_text(sum);

	log_info("%s: %s", sum->dry_run ? "dry run" :
	    outcome_exit_status(sum->outcome) == 0 ? "done" : "incomplete",
	    text);
	free(text);
}

enum outcome run(const struct config *cfg, const struct run_options *opt,
    struct summary *sum)
{
	struct run_context run = { .cfg = cfg, .opt = opt, .sum = sum,
	    .lock_fd = -1 };
	bool skipped;

	run_begin(&run);
	alerts_load(cfg->state.dir, &run.alerts, sum->started);
	work(&run);
	progress_watch(NULL, NULL);
	sum->stopped = stop_reason();
	note_alerts(&run);
	collect_statistics(&run);
	if (sum->outcome == DONE && !opt->dry_run && sum->stopped == NULL &&
	    run.lock_fd >= 0)
		cold_clear(&run);
	sum->ended = clock_wall();
	/* Without the lock another run is reporting. */
	skipped = run.lock_fd < 0 && sum->outcome == DONE;
	if (run.lock_fd >= 0 && !opt->dry_run)
		report(&run);
	run_context_close(&run);
	if (skipped)
		return DONE;	/* another run does the work */
	run_log_summary(sum);
	return sum->outcome;
}
