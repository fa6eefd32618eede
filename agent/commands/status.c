/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status: health, recent runs, pending work. */
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "base/json.h"
#include "base/mem.h"
#include "commands/arrivals.h"
#include "commands/problem_files.h"
#include "commands/status_summary.h"
#include "commands/terminal.h"
#include "records/runs.h"

#define LAST_RUNS 5
#define RUN_COLUMNS 34		/* before what a run did */

static void put_run(void *ctx, const struct json *run)
{
	json_put_tree(ctx, NULL, run);
}

static void put_running(struct json_writer *w, const struct running *r)
{
	json_open_object(w, "running");
	json_put_int(w, "pid", r->pid);
	json_put_string_if(w, "run", r->run);
	json_put_time(w, "since", r->since);
	json_put_string(w, "doing", r->doing);
	json_close(w);
}

static int print_object(const struct config *cfg,
    const struct status_summary *s, bool with_new)
{
	struct json_writer *w = command_json(NULL);

	json_put_bool(w, "healthy", s->n_warnings == 0);
	json_open_array(w, "warnings");
	for (size_t i = 0; i < s->n_warnings; i++)
		json_put_string(w, NULL, s->warnings[i]);
	json_close(w);
	if (s->is_running)
		put_running(w, &s->running);
	else
		json_put_null(w, "running");
	put_unavailable_sources(cfg, w);
	json_put_int(w, "liked", (int64_t)s->state_reader.liked);
	json_put_int(w, "in_library", (int64_t)s->in_library);
	json_put_int(w, "missing", (int64_t)s->missing);
	json_put_int(w, "ready", (int64_t)s->ready);
	json_put_int(w, "waiting", (int64_t)s->waiting);
	json_put_time(w, "next_attempt", s->next_attempt);
	json_put_int(w, "jobs", (int64_t)s->jobs);
	json_put_int(w, "job_tracks", (int64_t)s->job_tracks);
	json_put_int(w, "library_files", (int64_t)s->files);
	if (s->disk_percent >= 0)
		json_put_double(w, "disk_percent", s->disk_percent, 1);
	json_put_int(w, "disk_free_bytes", (int64_t)s->disk_free);
	json_put_int(w, "backlog", json_get_int(s->last_run, "backlog", 0));
	health_to_json(&s->health, w, "health");
	json_put_time(w, "last_success", s->counters.last_success);
	json_put_time(w, "authorization_expires_at", s->authorization_ends);
	json_put_time(w, "not_before", s->not_before);
	json_put_int(w, "runs_total", (int64_t)s->counters.runs);
	json_put_int(w, "fetched_total", (int64_t)s->counters.fetched);
	if (with_new)
		arrivals_to_json(&s->state_reader, clock_wall(), "new", w);
	json_open_array(w, "runs");
	runs_each(cfg->state.dir, LAST_RUNS, put_run, w);
	return command_print_json(w);
}

/* ---- as text ---- */

/* What the run did, and why it failed. */
static void describe_run(const struct json *run, struct buf *line)
{
	static const struct {
		const char *key, *name;
	} counts[] = {
		{ "fetched", "fetched" }, { "not_found", "not found" },
		{ "failed", "failed" }, { "analyzed", "analyzed" },
	};
	const char *error = json_get_string(run, "why");

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int64_t n = json_get_int(run, counts[i].key, 0);

		if (n > 0)
			buf_printf(line, "%s%lld %s", line->len > 0 ? ", " :
			    "", (long long)n, counts[i].name);
	}
	if (error != NULL)
		buf_printf(line, "%s%s", line->len > 0 ? "; " : "", error);
	else if (line->len == 0)
		buf_puts(line, "nothing to do");
}

static void print_run(void *ctx, const struct json *run)
{
	const char *started = json_get_string(run, "started");
	const char *outcome = json_get_string(run, "outcome");
	bool good = json_get_int(run, "exit_status", 0) == 0;
	struct buf line = BUF_INIT;

	(void)ctx;
	if (started == NULL || strlen(started) < 16)
		started = "0000-00-00T00:00";
	print_part("  %.10s %.5s  ", started, started + 11);
	print_ink(good ? INK_GOOD : INK_BAD);
	print_part("%-14s", outcome != NULL ? outcome : "?");
	print_ink(INK_PLAIN);
	describe_run(run, &line);
	print_cut(buf_str(&line), RUN_COLUMNS);
	buf_free(&line);
}

static void print_coloured(const char *name, enum ink colour,
    const char *text)
{
	print_part("%s", name);
	print_ink(colour);
	print_part("%s", text);
	print_ink(INK_PLAIN);
	print_text(stdout, "\n");
}

static void print_health(const struct status_summary *s)
{
	const struct running *r = &s->running;
	char took[32];

	if (s->n_warnings == 0)
		print_coloured("health     ", INK_GOOD, "good");
	for (size_t i = 0; i < s->n_warnings; i++)
		print_coloured(i == 0 ? "warnings   " : "           ", INK_BAD,
		    s->warnings[i]);
	if (s->is_running && r->since > 0) {
		duration_to_text(clock_wall() - r->since, took, sizeof(took));
		print_line("running    for %s (pid %ld): %s", took, r->pid,
		    r->doing);
	} else if (s->is_running) {
		print_line("running    pid %ld: %s", r->pid, r->doing);
	}
}

/* How many files have tags that differ from the analysis. */
static void print_tags(const struct health *h)
{
	const char *before = "tags       differ from the analysis: ";

	for (int t = 0; t < TAGGED_COUNT; t++) {
		if (h->tagged[t] == 0)
			continue;
		print_part("%s%s in %zu of %zu", before,
		    tagged_name((enum tagged)t), h->disagree[t],
		    h->tagged[t]);
		before = ", ";
	}
	if (*before == ',')
		print_text(stdout, "\n");
}

static void print_library(const struct config *cfg,
    const struct status_summary *s)
{
	char *problems = problem_files_text(cfg);

	print_line("likes      %zu, %zu in library, %zu missing",
	    s->state_reader.liked, s->in_library, s->missing);
	print_line("library    %zu files in %s", s->files, cfg->library.path);
	if (problems != NULL)
		print_line("problems   %s; %s", problems, PROBLEM_FILES_HINT);
	print_tags(&s->health);
	if (s->disk_percent >= 0)
		print_line("disk       %.0f%% used, %llu GB free",
		    s->disk_percent,
		    (unsigned long long)(s->disk_free >> 30));
	free(problems);
}

static void print_runs(const struct config *cfg, const struct status_summary *s)
{
	char ago[32], *text;

	if (s->last_run == NULL)
		return;
	if (s->counters.last_success > 0) {
		duration_to_text(clock_wall() - s->counters.last_success, ago,
		    sizeof(ago));
		text = xasprintf("last success %s ago", ago);
		print_coloured("last runs  ", INK_FAINT, text);
		free(text);
	} else {
		print_line("last runs  none has succeeded");
	}
	runs_each(cfg->state.dir, LAST_RUNS, print_run, NULL);
}

static void print_until(const char *what, int64_t t)
{
	char text[32];

	duration_to_text(t - clock_wall(), text, sizeof(text));
	print_line("           %s %s", what, text);
}

static void print_next(const struct config *cfg, const struct status_summary *s)
{
	int64_t backlog = json_get_int(s->last_run, "backlog", 0);
	int64_t hour = json_get_int(s->last_run, "cap_remaining_hour", -1);
	int64_t day = json_get_int(s->last_run, "cap_remaining_day", -1);
	char wait[32];

	print_part("next       %zu to fetch", s->ready);
	if (s->waiting > 0) {
		duration_to_text(s->next_attempt - clock_wall(), wait,
		    sizeof(wait));
		print_part(", %zu waiting, the first for %s", s->waiting, wait);
	}
	if (backlog > 0 || s->health.outdated > 0)
		print_part("; %lld files to analyze, %zu of them again",
		    (long long)backlog, s->health.outdated);
	print_text(stdout, "\n");
	if (s->jobs > 0)
		print_line("queue      %zu job%s, %zu track%s waiting", s->jobs,
		    s->jobs == 1 ? "" : "s", s->job_tracks,
		    s->job_tracks == 1 ? "" : "s");
	if (hour >= 0 && day >= 0)
		print_line("           remaining after the last run: %lld this "
		    "hour, %lld today", (long long)hour, (long long)day);
	if (s->not_before > clock_wall())
		print_until("Spotify rate limit: next request in",
		    s->not_before);
	if (!s->needs_authorization)
		print_line("           no login needed: likes are read from %s",
		    cfg->spotify.liked);
	else if (s->authorization_ends > clock_wall())
		print_until("Spotify authorization ends in",
		    s->authorization_ends);
}

int cmd_status(struct invocation *v)
{
	bool json = false, problems = false, with_new = false;
	const struct command_option options[] = {
		{ "problems", NULL, "list files that cannot be analyzed, or "
		    "only in part", &problems, NULL },
		{ "new", NULL, "with --json: also the files of the last week",
		    &with_new, NULL },
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v,
	    "likesync status [--problems] [--new] [--json]", options, 0);
	struct status_summary s;

	if (status < 0)
		status = status_summary_open(v->cfg, &s);
	if (status >= 0)
		return status;
	if (with_new && (!json || problems)) {
		status = command_usage(v, "--new needs --json, without "
		    "--problems");
	} else if (problems) {
		status = problem_files_print(v->cfg, &s.state_reader, json);
	} else if (json) {
		status = print_object(v->cfg, &s, with_new);
	} else {
		print_health(&s);
		print_library(v->cfg, &s);
		print_runs(v->cfg, &s);
		print_next(v->cfg, &s);
		status = print_end();
	}
	status_summary_close(&s);
	return status;
}
