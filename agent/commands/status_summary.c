/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/status_summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "library/place.h"
#include "records/jobs.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

#define HOUR INT64_C(3600)
#define STALE (13 * HOUR)	/* two runs every six hours, and one more hour */
#define ENDS_SOON (30 * 24 * HOUR)

static void count_missing(struct status_summary *s, const struct song *song,
    int64_t now)
{
	const struct state_reader *v = &s->state_reader;

	s->missing++;
	if (state_reader_was_deleted(v, song) || song->track.is_local ||
	    !track_has_name(&song->track))
		return;
	if (song->next_attempt <= now) {
		s->ready++;
		return;
	}
	s->waiting++;
	if (s->next_attempt == 0 || song->next_attempt < s->next_attempt)
		s->next_attempt = song->next_attempt;
}

static void keep_run(void *ctx, const struct json *run)
{
	struct status_summary *s = ctx;
	struct json_writer *w = json_writer_new(false);
	size_t len;
	char *text;

	json_put_tree(w, NULL, run);
	text = json_writer_end(w, &len);
	json_free(s->last_run);
	s->last_run = json_parse(text, len, NULL);
	free(text);
}

static void read_authorization(const struct config *cfg,
    struct status_summary *s)
{
	struct authorization g;

	s->needs_authorization = strcmp(cfg->spotify.liked, "api") == 0;
	s->not_before = session_not_before(cfg);
	if (authorization_load(cfg->spotify.token_file, &g, NULL) == DONE) {
		s->authorization_ends = authorization_expires_at(&g);
		authorization_free(&g);
	}
}

static void add_warning(struct status_summary *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_warning(struct status_summary *s, const char *fmt, ...)
{
	va_list ap;

	if (s->n_warnings == MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(s->warnings[s->n_warnings], ERROR_MAX, fmt, ap);
	va_end(ap);
	s->n_warnings++;
}

static void check_authorization(struct status_summary *s, int64_t now)
{
	char left[32];

	if (!s->needs_authorization)
		return;
	duration_to_text(s->authorization_ends - now, left, sizeof(left));
	if (s->authorization_ends == 0)
		add_warning(s, "no Spotify authorization: run `likesync auth "
		    "login`");
	else if (s->authorization_ends <= now)
		add_warning(s, "the Spotify authorization has ended: run "
		    "`likesync auth login`");
	else if (s->authorization_ends - now < ENDS_SOON)
		add_warning(s, "the Spotify authorization ends in %s: run "
		    "`likesync auth login`", left);
}

static void check_source(void *ctx, const struct availability *a,
    const char *text)
{
	struct status_summary *s = ctx;
	char when[32];

	duration_to_text(clock_wall() - a->since, when, sizeof(when));
	if (a->since > 0)
		add_warning(s, "source %s: for %s: %s", a->name, when, text);
	else
		add_warning(s, "source %s: %s", a->name, text);
}

/* Remote sources as recorded now. Nothing is recorded of a folder but what the
 * last run found. */
static void check_sources(const struct config *cfg, struct status_summary *s)
{
	const struct json *sources = json_get(s->last_run, "sources");

	each_unavailable_source(cfg, check_source, s);
	for (size_t i = 0; i < json_count(sources); i++) {
		const struct json *x = json_at(sources, i);
		const char *fault = json_get_string(x, "unavailable");
		const char *name = json_get_string(x, "name");

		if (fault != NULL && name != NULL &&
		    !config_source_is_remote(cfg, name))
			add_warning(s, "source %s was unavailable: %s", name,
			    fault);
	}
}

static void check_runs(struct status_summary *s, int64_t now)
{
	const char *error = json_get_string(s->last_run, "why");
	int64_t last = s->counters.last_success;
	char ago[32];

	if (s->last_run == NULL) {
		if (!s->is_running)
			add_warning(s, "no run yet: start one with `likesync "
			    "sync`");
		return;
	}
	if (json_get_int(s->last_run, "exit_status", 0) != 0)
		add_warning(s, "the last run failed: %s",
		    error != NULL ? error : "no reason recorded");
	duration_to_text(now - last, ago, sizeof(ago));
	if (last == 0)
		add_warning(s, "no run has succeeded yet");
	else if (now - last > STALE)
		add_warning(s, "no run has succeeded for %s: check that cron "
		    "or the timer starts it", ago);
}

static void check_disk(const struct config *cfg, struct status_summary *s)
{
	int limit = cfg->library.max_disk_usage;

	if (s->disk_percent < 0)
		add_warning(s, "%s: can't be read: check that its disk is "
		    "mounted", cfg->library.path);
	else if (limit > 0 && s->disk_percent > limit)
		add_warning(s, "the library's disk is %.0f%% full, above "
		    "max_disk_usage (%d%%): nothing is fetched",
		    s->disk_percent, limit);
	else if (s->disk_free < cfg->library.min_free)
		add_warning(s, "the library's disk has less than min_free "
		    "free: nothing is fetched");
}

static void count_jobs(const struct config *cfg, struct status_summary *s)
{
	struct jobs *jobs;

	if (jobs_read_all(cfg->state.dir, &jobs, NULL) != DONE)
		return;
	jobs_count_open(jobs, &s->jobs, &s->job_tracks);
	jobs_close(jobs);
}

int status_summary_open(const struct config *cfg, struct status_summary *s)
{
	int64_t now = clock_wall();
	int status;

	memset(s, 0, sizeof(*s));
	status = state_reader_open(cfg, &s->state_reader);
	if (status >= 0)
		return status;
	for (size_t i = 0; i < s->state_reader.songs.count; i++)
		count_missing(s, &s->state_reader.songs.items[i], now);
	s->in_library = s->state_reader.liked - s->missing;
	if (s->state_reader.index != NULL)
		s->files = index_count_files(s->state_reader.index);
	s->is_running = runs_now(cfg->state.dir, &s->running);
	counters_load(cfg->state.dir, &s->counters);
	runs_health(cfg->state.dir, &s->health);
	runs_each(cfg->state.dir, 1, keep_run, s);
	s->disk_percent = disk_usage(cfg->library.path, &s->disk_free);
	read_authorization(cfg, s);
	count_jobs(cfg, s);
	check_runs(s, now);
	check_authorization(s, now);
	check_disk(cfg, s);
	check_sources(cfg, s);
	return -1;
}

void status_summary_close(struct status_summary *s)
{
	state_reader_close(&s->state_reader);
	json_free(s->last_run);
	s->last_run = NULL;
}
