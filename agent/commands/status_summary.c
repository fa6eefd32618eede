/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/status_summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "library/place.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

#define HOUR INT64_C(3600)
#define STALE (13 * HOUR)	/* two runs of cron's six hours, and one more */
#define GRANT_ENDS_SOON (30 * 24 * HOUR)

static void count_song(struct status_summary *s, const struct song *song,
    int64_t now)
{
	const struct state_reader *v = &s->state_reader;

	if (view_is_held(v, song)) {
		s->in_library++;
		return;
	}
	s->missing++;
	if (view_is_removed(v, song) || song->track.is_local ||
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

static void look_at_grant(const struct config *cfg, struct status_summary *s)
{
	struct authorization g;

	s->needs_grant = strcmp(cfg->spotify.liked, "api") == 0;
	s->not_before = session_not_before(cfg);
	if (authorization_load(cfg->spotify.token_file, &g, NULL) == DONE) {
		s->authorization_ends = authorization_expires_at(&g);
		authorization_free(&g);
	}
}

static void add_concern(struct status_summary *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_concern(struct status_summary *s, const char *fmt, ...)
{
	va_list ap;

	if (s->n_concerns == MAX_CONCERNS)
		return;
	va_start(ap, fmt);
	vsnprintf(s->concerns[s->n_concerns], WHY_MAX, fmt, ap);
	va_end(ap);
	s->n_concerns++;
}

static void judge_grant(struct status_summary *s, int64_t now)
{
	char left[32];

	if (!s->needs_grant)
		return;
	duration_to_text(s->authorization_ends - now, left, sizeof(left));
	if (s->authorization_ends == 0)
		add_concern(s, "Spotify is not authorized: run `likesync auth "
		    "login`");
	else if (s->authorization_ends <= now)
		add_concern(s, "Spotify's authorization has ended: run "
		    "`likesync auth login`");
	else if (s->authorization_ends - now < GRANT_ENDS_SOON)
		add_concern(s, "Spotify's authorization ends in %s: run "
		    "`likesync auth login`", left);
}

static void judge_source(void *ctx, const struct availability *a,
    const char *text)
{
	struct status_summary *s = ctx;
	char when[32];

	duration_to_text(clock_wall() - a->since, when, sizeof(when));
	if (a->since > 0)
		add_concern(s, "source %s: for %s %s", a->name, when, text);
	else
		add_concern(s, "source %s: %s", a->name, text);
}

/* What is known now; else what the last run met. */
static void judge_sources(const struct config *cfg, struct status_summary *s)
{
	const struct json *sources = json_get(s->last_run, "sources");
	size_t before = s->n_concerns;

	view_each_unavailable(cfg, judge_source, s);
	if (s->n_concerns > before)
		return;
	for (size_t i = 0; i < json_count(sources); i++) {
		const struct json *x = json_at(sources, i);
		const char *fault = json_get_string(x, "unavailable");
		const char *name = json_get_string(x, "name");

		if (fault == NULL)
			fault = json_get_string(x, "unavailable");
		if (fault != NULL && name != NULL)
			add_concern(s, "source %s was unavailable: %s", name,
			    fault);
	}
}

static void judge_runs(struct status_summary *s, int64_t now)
{
	const char *error = json_get_string(s->last_run, "why");
	int64_t last = s->counters.last_success;
	char ago[32];

	if (s->last_run == NULL) {
		add_concern(s, "there was no run yet: `likesync sync` is the "
		    "first");
		return;
	}
	if (json_get_int(s->last_run, "exit_status", 0) != 0)
		add_concern(s, "the last run failed: %s",
		    error != NULL ? error : "it left no reason");
	duration_to_text(now - last, ago, sizeof(ago));
	if (last == 0)
		add_concern(s, "no run has succeeded yet");
	else if (now - last > STALE)
		add_concern(s, "the last good run was %s ago: does cron or "
		    "the timer still start it?", ago);
}

static void judge_disk(const struct config *cfg, struct status_summary *s)
{
	int limit = cfg->library.max_disk_usage;

	if (s->disk_percent < 0)
		add_concern(s, "%s can't be looked at: is its disk mounted?",
		    cfg->library.path);
	else if (limit > 0 && s->disk_percent > limit)
		add_concern(s, "the library's disk is %.0f%% full, "
		    "max_disk_usage is %d%%: nothing is fetched",
		    s->disk_percent, limit);
	else if (s->disk_free < cfg->library.min_free)
		add_concern(s, "less than min_free is left on the library's "
		    "disk: nothing is fetched");
}

enum outcome status_summary_open(const struct config *cfg,
    struct status_summary *s, struct error *error)
{
	int64_t now = clock_wall();
	enum outcome o;

	memset(s, 0, sizeof(*s));
	o = state_reader_open(cfg, &s->state_reader, error);
	if (o != DONE)
		return o;
	for (size_t i = 0; i < s->state_reader.songs.count; i++)
		count_song(s, &s->state_reader.songs.items[i], now);
	if (s->state_reader.index != NULL)
		s->files = index_count_files(s->state_reader.index);
	s->is_running = runs_now(cfg->state.dir, &s->running);
	counters_load(cfg->state.dir, &s->counters);
	runs_health(cfg->state.dir, &s->health);
	runs_each(cfg->state.dir, 1, keep_run, s);
	s->disk_percent = disk_usage(cfg->library.path, &s->disk_free);
	look_at_grant(cfg, s);
	judge_runs(s, now);
	judge_grant(s, now);
	judge_disk(cfg, s);
	judge_sources(cfg, s);
	return DONE;
}

void status_summary_close(struct status_summary *s)
{
	state_reader_close(&s->state_reader);
	json_free(s->last_run);
	s->last_run = NULL;
}
