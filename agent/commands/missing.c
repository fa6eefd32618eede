/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/problem_files.h"
#include "commands/terminal.h"
#include "commands/state_reader.h"
#include "commands/track_filter.h"
#include "sources/source.h"
#include "records/runs.h"

static void put_missing(const struct state_reader *v, const struct song *s,
    struct json_writer *w)
{
	json_open_object(w, NULL);
	track_to_json(&s->track, w, "track");
	json_put_string(w, "reason", state_reader_reason(v, s));
	best_rejected_to_json(&s->best_rejected, w, "best_rejected");
	best_rejected_to_json(&s->nearest_file, w, "nearest_file");
	json_put_int(w, "attempts", s->attempts);
	json_put_time(w, "next_attempt", s->next_attempt);
	json_close(w);
}

static void print_missing(const struct state_reader *v, const struct song *s)
{
	char *label = track_label(&s->track), wait[32];

	print_line("%s", label);
	print_part("    %s", state_reader_reason(v, s));
	if (s->attempts > 0 && s->next_attempt > clock_wall()) {
		duration_to_text(s->next_attempt - clock_wall(), wait,
		    sizeof(wait));
		print_part(" (");
		print_attempts(s->attempts);
		print_part(", next try in %s)", wait);
	}
	print_text(stdout, "\n");
	print_best_rejected(4, s->attempts, &s->best_rejected,
	    &s->nearest_file);
	free(label);
}

/* When the last run started, as its journal has it. */
static void note_started(void *ctx, const struct json *run)
{
	const char *started = json_get_string(run, "started");

	snprintf(ctx, ISO_TIME_LEN, "%s", started != NULL ? started : "");
}

/* last_run "": none has ended, so an empty list says nothing. */
static void print_total(size_t shown, size_t missing, size_t liked,
    const char *last_run)
{
	if (*last_run == '\0' && liked == 0) {
		print_line("no run yet: `likesync sync` reads your Liked Songs "
		    "and searches the library for them");
		return;
	}
	print_part("%zu of %zu wanted tracks are missing", missing, liked);
	if (shown < missing)
		print_part("; %zu shown", shown);
	print_text(stdout, "\n");
	if (missing > 0)
		print_line("`likesync pin TRACK FILE|LINK` chooses the "
		    "recording, `likesync reject` excludes one");
}

static void print_unavailable(void *ctx, const struct availability *a,
    const char *text)
{
	char since[ISO_TIME_LEN] = "";

	(void)ctx;
	if (a->since > 0)
		time_to_iso(a->since, since);
	print_line("source %s: %s%s%s", a->name, text, *since != '\0' ?
	    ", since " : "", since);
}

/* A missing track may be an unreadable file of a source's folder. */
static void print_unreadable(void *ctx, const char *source, const char *path,
    const char *error)
{
	(void)ctx, (void)path;
	print_line("%s: %s", source, error);
}

static void put_unreadable(void *ctx, const char *source, const char *path,
    const char *error)
{
	struct json_writer *w = ctx;

	json_open_object(w, NULL);
	json_put_string(w, "source", source);
	json_put_string(w, "path", path);
	json_put_string(w, "error", error);
	json_close(w);
}

static void each_unreadable(const struct config *cfg,
    folder_unreadable *each, void *ctx)
{
	for (char **name = cfg->fetch.sources; *name != NULL; name++) {
		const struct source_config *sc = config_source(cfg, *name);

		if (sc != NULL && sc->type == SOURCE_FOLDER)
			folder_each_unreadable(sc, cfg->state.dir, each, ctx);
	}
}

static int print_object(const struct config *cfg, const struct state_reader *r,
    const char *last_run)
{
	struct json_writer *w = command_json("missing");
	struct health health;

	for (size_t i = 0; i < r->songs.count; i++)
		put_missing(r, &r->songs.items[i], w);
	json_close(w);
	json_put_int(w, "liked", (int64_t)r->liked);
	put_unavailable_sources(cfg, w);
	json_put_string(w, "last_run", *last_run != '\0' ? last_run : NULL);
	runs_health(cfg->state.dir, &health);
	json_put_int(w, "problem_files", (int64_t)health_problems(&health));
	json_open_array(w, "unreadable");
	each_unreadable(cfg, put_unreadable, w);
	return command_print_json(w);
}

static int print_all(const struct config *cfg, const struct state_reader *r,
    size_t missing, const char *last_run)
{
	char *problems = problem_files_text(cfg);

	for (size_t i = 0; i < r->songs.count; i++)
		print_missing(r, &r->songs.items[i]);
	print_total(r->songs.count, missing, r->liked, last_run);
	each_unavailable_source(cfg, print_unavailable, NULL);
	/* A missing track may be a file with a problem. */
	if (problems != NULL)
		print_line("library files: %s; %s", problems,
		    PROBLEM_FILES_HINT);
	free(problems);
	each_unreadable(cfg, print_unreadable, NULL);
	return print_end();
}

/* Drops from r what is not shown. */
static void apply_filter(const struct track_filter *f, struct state_reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->songs.count; i++) {
		struct song *s = &r->songs.items[i];

		if (track_filter_shows(f, r, s))
			r->songs.items[n++] = *s;
		else
			song_free(s);
	}
	r->songs.count = n;
}

int cmd_missing(struct invocation *v)
{
	bool json = false;
	struct track_filter filter = { .playlist = NULL };
	const struct command_option options[] = {
		TRACK_FILTER_OPTIONS(filter), OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync missing [OPTION ...]",
	    options, 0);
	struct state_reader r;
	char last_run[ISO_TIME_LEN] = "";
	size_t missing;

	if (status < 0)
		status = state_reader_open(v->cfg, &r);
	if (status >= 0)
		return status;
	status = track_filter_open(v, &r, &filter);
	if (status == EX_OK) {
		missing = r.songs.count;
		apply_filter(&filter, &r);
		runs_each(v->cfg->state.dir, 1, note_started, last_run);
		status = json ? print_object(v->cfg, &r, last_run) :
		    print_all(v->cfg, &r, missing, last_run);
	}
	track_filter_close(&filter);
	state_reader_close(&r);
	return status;
}
