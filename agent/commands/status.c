/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status: is it well? what happened? what is next? */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "base/log.h"
#include "commands/faulty.h"
#include "commands/standing.h"
#include "report/runs.h"

#define LAST_RUNS 5

static void put_run(void *ctx, const struct json *run)
{
	json_put_tree(ctx, NULL, run);
}

static void put_time(struct json_writer *w, const char *key, int64_t t)
{
	char text[ISO_TIME_LEN];

	if (t <= 0) {
		json_put_null(w, key);
		return;
	}
	time_to_iso(t, text);
	json_put_string(w, key, text);
}

static int print_json(const struct config *cfg, const struct standing *s)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_int(w, "liked", (int64_t)s->view.songs.count);
	json_put_int(w, "held", (int64_t)s->held);
	json_put_int(w, "missing", (int64_t)s->missing);
	json_put_int(w, "library_files", (int64_t)s->files);
	if (s->disk_percent >= 0)
		json_put_double(w, "disk_percent", s->disk_percent, 1);
	json_put_int(w, "disk_free_bytes", (int64_t)s->disk_free);
	json_put_int(w, "backlog",
	    json_get_int(s->last_run, "backlog", 0));
	health_to_json(&s->health, w, "health");
	put_time(w, "last_success", s->counters.last_success);
	put_time(w, "grant_expires_at", s->grant_ends);
	put_time(w, "not_before", s->not_before);
	json_put_int(w, "runs_total", (int64_t)s->counters.runs);
	json_put_int(w, "fetched_total", (int64_t)s->counters.fetched);
	json_open_array(w, "runs");
	runs_each(cfg->state.dir, LAST_RUNS, put_run, w);
	json_close(w);
	json_close(w);
	return command_print_json(json_writer_end(w, NULL));
}

static void print_run(void *ctx, const struct json *run)
{
	const char *started = json_get_string(run, "started");
	const char *why = json_get_string(run, "why");
	const char *outcome = json_get_string(run, "outcome");

	(void)ctx;
	printf("  %s  %-8s fetched %lld, not found %lld, failed %lld, "
	    "analyzed %lld%s%s\n", started != NULL ? started : "?",
	    outcome != NULL ? outcome : "?",
	    (long long)json_get_int(run, "fetched", 0),
	    (long long)json_get_int(run, "not_found", 0),
	    (long long)json_get_int(run, "failed", 0),
	    (long long)json_get_int(run, "analyzed", 0),
	    why != NULL ? ": " : "", why != NULL ? why : "");
}

static void print_until(const char *what, int64_t t, const char *after)
{
	char text[32];

	duration_to_text(t - clock_wall(), text, sizeof(text));
	printf("%s %s%s\n", what, text, after);
}

/* Where tags and ears differ, if there are tags. */
static void print_tags(const struct health *h)
{
	const char *before = "tags       differ from what we hear: ";

	for (int t = 0; t < TAGGED_COUNT; t++) {
		if (h->tagged[t] == 0)
			continue;
		printf("%s%s in %zu of %zu", before,
		    tagged_name((enum tagged)t), h->disagree[t],
		    h->tagged[t]);
		before = ", ";
	}
	if (*before == ',')
		printf("\n");
}

static void print_files(const struct config *cfg, const struct standing *s)
{
	int64_t backlog = json_get_int(s->last_run, "backlog", 0);
	char *faulty = faulty_text(cfg);

	printf("library    %zu files in %s\n", s->files, cfg->library.path);
	if (faulty != NULL)
		printf("faulty     %s; %s\n", faulty, FAULTY_HINT);
	if (backlog > 0 || s->health.outdated > 0)
		printf("analysis   %lld files to be done, %zu more that an "
		    "older likesync did\n", (long long)backlog,
		    s->health.outdated);
	print_tags(&s->health);
	free(faulty);
}

static void print_text(const struct config *cfg, const struct standing *s)
{
	char ago[32];

	printf("likes      %zu, %zu held, %zu missing\n", s->view.songs.count,
	    s->held, s->missing);
	print_files(cfg, s);
	if (s->disk_percent >= 0)
		printf("disk       %.0f%% used, %llu GB free\n",
		    s->disk_percent,
		    (unsigned long long)(s->disk_free >> 30));
	if (s->grant_ends > 0)
		print_until("grant      ends in", s->grant_ends, "");
	else if (strcmp(cfg->spotify.liked, "api") == 0)
		printf("grant      none: run `likesync auth login`\n");
	else
		printf("grant      not needed: likes come from %s\n",
		    cfg->spotify.liked);
	if (s->not_before > clock_wall())
		print_until("spotify    said to wait; asked again in",
		    s->not_before, "");
	if (s->counters.last_success > 0) {
		duration_to_text(clock_wall() - s->counters.last_success, ago,
		    sizeof(ago));
		printf("last good  %s ago\n", ago);
	} else {
		printf("last good  never\n");
	}
	printf("last runs\n");
	runs_each(cfg->state.dir, LAST_RUNS, print_run, NULL);
}

int cmd_status(struct invocation *v)
{
	bool json = false, faulty = false;
	const struct command_option options[] = {
		{ "faulty", NULL, "the files that can't be analyzed, or not "
		    "whole, each with its reason", &faulty, NULL },
		{ "json", NULL, "one JSON object", &json, NULL }, { 0 },
	};
	int status = command_options(v,
	    "likesync status [--faulty] [--json]", options, 0);
	struct standing s;
	struct why why;

	if (status >= 0)
		return status;
	status = EX_OK;
	if (standing_open(v->cfg, &s, &why) != DONE) {
		log_error("%s", why.text);
		status = 1;
	} else if (faulty) {
		status = faulty_print(v->cfg, &s.view, json);
	} else if (json) {
		status = print_json(v->cfg, &s);
	} else {
		print_text(v->cfg, &s);
		status = fflush(stdout) == 0 ? EX_OK : EX_IOERR;
	}
	standing_close(&s);
	return status;
}
