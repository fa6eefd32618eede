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

void run_new_id(char out[RUN_ID_LEN + 1])
{
	uint8_t bytes[RUN_ID_LEN / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), out);
}

bool note_outcome(struct run_context *h, enum outcome o, const struct error *error)
{
	struct summary *s = h->sum;
	bool acts = s->outcome == RUN_ACT;

	/* Nothing is to be told of these: the summary line says it. */
	if (o == DONE || o == STOPPED)
		return o == DONE;
	if (o > s->outcome || s->outcome == DONE) {
		s->outcome = o;
		s->error = *error;
	}
	/* One full disk is met at several steps: a person reads of it once. */
	if (o == RUN_LATER || o == SERVICE_FAILED || (o == RUN_ACT && acts))
		log_warning("%s", error->text);
	else
		log_act("%s", error->text);
	return o == RUN_LATER || o == RUN_ACT || o == RUN_AUTH ||
	    o == SERVICE_FAILED;
}

/* Takes the time of a step. */
static enum outcome timed(struct run_context *h, enum stage stage,
    enum outcome (*step)(struct run_context *h))
{
	int64_t begun = clock_mono_ms();
	enum outcome o;

	hand_says(h, stage_text(stage));
	o = step(h);

	h->sum->stage_ms[stage] += clock_mono_ms() - begun;
	return o;
}

/*
 * The run. A step that fails for this time only (Spotify says wait, a source
 * is out of order) leaves the others their work: what is in the index is
 * fetched, what is in the library is analyzed and published all the same.
 */
static enum outcome work(struct run_context *h)
{
	enum outcome o = run_context_open(h);

	if (o == DONE) {
		hooks_at_start(h);
		o = timed(h, STAGE_LIKED, pull_likes);
	}
	if (o == DONE)
		o = timed(h, STAGE_SCAN, scan_library);
	if (o == DONE)
		o = finish_interrupted(h);
	if (o == DONE)
		o = timed(h, STAGE_DIFF, make_diff);
	if (o == DONE && !h->opt->dry_run) {
		o = timed(h, STAGE_FETCH, acquire_missing);
		if (o == DONE)
			o = timed(h, STAGE_ANALYZE, recover_analyses);
		if (o == DONE)
			o = timed(h, STAGE_ANALYZE, analyze_backlog);
		/* What was done before a stop is published nevertheless. */
		if (o == DONE || o == STOPPED)
			o = timed(h, STAGE_DOCUMENT, publish_document);
	}
	return o;
}

/* Counters and metrics; the first go on where the last run left them. */
static void write_figures(struct run_context *h, const struct counters *c)
{
	const char *textfile = h->cfg->metrics.textfile;
	struct error error;

	if (counters_save(h->cfg->state.dir, c, &error) != DONE)
		log_warning("%s", error.text);
	if (textfile != NULL &&
	    metrics_write(textfile, h->sum, c, &error) != DONE)
		note_outcome(h, RUN_CONFIG, &error);
}

/*
 * Journal, counters, metrics: also, and above all, after a failure. Hooks come
 * last, so that they find all of it written. How they fared can only be told
 * after that.
 */
static void report(struct run_context *h)
{
	struct counters c;
	struct error error;
	size_t bad;

	hand_says(h, "writing metrics and running hooks");
	counters_load(h->cfg->state.dir, &c);
	counters_add(&c, h->sum);
	if (runs_append(h->cfg->state.dir, h->sum, &error) != DONE)
		log_warning("%s", error.text);
	write_figures(h, &c);
	bad = hooks_at_end(h);
	if (bad > 0) {
		c.hooks_failed += bad;
		write_figures(h, &c);
	}
}

static void note_progress(void *ctx, const char *line)
{
	hand_says(ctx, line);
}

/* A failure that passes by itself concerns a person once it has lasted for a
 * day. What only a person can end was told where it was met; a run that was
 * told to end says nothing of how things are. */
static void note_alerts(struct run_context *h)
{
	const struct summary *s = h->sum;
	int status = outcome_exit_status(s->outcome);
	int64_t since = h->alerts.failing_since;
	bool ended = s->stopped != NULL && strcmp(s->stopped, "deadline") != 0;
	struct error error;
	char time[32];

	if (h->opt->dry_run || h->opt->scan_only || ended)
		return;
	if (alerts_note_run(&h->alerts, status == 0, s->started) &&
	    status == EX_TEMPFAIL) {
		duration_to_text(s->started - since, time, sizeof(time));
		error_set(&error, RUN_ACT, "no run has succeeded for %s: see "
		    "`likesync doctor`; this one ended because: %s", time,
		    s->error.text);
		note_outcome(h, RUN_ACT, &error);
	}
	if (alerts_save(h->cfg->state.dir, &h->alerts, &error) != DONE)
		log_warning("%s", error.text);
}

enum outcome run(const struct config *cfg, const struct run_options *opt,
    struct summary *sum)
{
	struct run_context h = { .cfg = cfg, .opt = opt, .sum = sum, .lock_fd = -1 };
	int64_t ledger = opt->max_runtime > 0 ? opt->max_runtime :
	    cfg->run.max_runtime;
	char *text;

	memset(sum, 0, sizeof(*sum));
	run_new_id(sum->run);
	log_set_run(sum->run);
	sum->dry_run = opt->dry_run;
	sum->started = clock_wall();
	sum->disk_percent = -1;
	sum->cap_hour = sum->cap_day = -1;
	stop_set_deadline(ledger);
	progress_watch(note_progress, &h);
	alerts_load(cfg->state.dir, &h.alerts, sum->started);
	work(&h);
	progress_watch(NULL, NULL);
	sum->stopped = stop_reason();
	note_alerts(&h);
	collect_statistics(&h);
	sum->ended = clock_wall();
	/* Without the lock there was no run: another one is reporting. */
	if (h.lock_fd >= 0 && !opt->dry_run)
		report(&h);
	run_context_close(&h);
	text = summary_text(sum);
	log_info("%s: %s", opt->dry_run ? "dry run" :
	    outcome_exit_status(sum->outcome) == 0 ? "done" : "not all done",
	    text);
	free(text);
	return sum->outcome;
}
