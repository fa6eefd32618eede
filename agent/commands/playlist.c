/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/log.h"
#include "commands/list_coverage.h"
#include "commands/own_playlists.h"
#include "commands/playlist_copy.h"
#include "commands/playlist_job.h"
#include "commands/state_reader.h"
#include "commands/terminal.h"
#include "report/coverage_json.h"

/* ---- output ---- */

static void print_count(unsigned n, const char *what, const char *separator)
{
	if (n > 0)
		print_part("%s%u %s%s", separator, n, what, n == 1 ? "" : "s");
}

static void print_totals(const struct coverage *c)
{
	const struct track_list *l = &c->list;
	unsigned skipped = track_list_skipped(l);

	print_part("%s \"%s\"", l->kind, l->name != NULL ? l->name : "");
	if (l->owner != NULL && *l->owner != '\0')
		print_part(" by %s", l->owner);
	print_part(": %zu track%s, %zu in library, %zu missing",
	    l->tracks.count, l->tracks.count == 1 ? "" : "s", c->in_library,
	    c->missing + c->waiting);
	if (c->waiting > 0)
		print_part(" (%zu waiting)", c->waiting);
	if (skipped > 0) {
		print_part("; %u skipped (", skipped);
		print_count(l->episodes, "episode", "");
		print_count(l->local, "local file", l->episodes > 0 ? ", " :
		    "");
		print_count(l->unusable, "entry without a track",
		    l->episodes + l->local > 0 ? ", " : "");
		print_part(")");
	}
	print_text(stdout, "\n");
	if (!l->complete)
		print_line("the list changed while it was read: run it again");
}

static void print_entry(const struct coverage_entry *e)
{
	char *label = track_label(e->track);

	print_line("%4u  %s", e->track->position, label);
	free(label);
	if (e->state == COVERAGE_IN_LIBRARY) {
		print_part("      in library: %s (%s", e->file,
		    evidence_text(e->how));
		if (e->how == EVIDENCE_NAME)
			print_part(", score %.2f", e->score);
		print_text(stdout, ")\n");
		return;
	}
	print_line("      %s: %s", coverage_state_name(e->state), e->reason);
	print_best_rejected(6, e->attempts, &e->best_rejected,
	    &e->nearest_file);
}

static int print_coverage(const struct coverage *c, bool missing_only)
{
	print_totals(c);
	for (size_t i = 0; i < c->list.tracks.count; i++)
		if (!missing_only ||
		    c->entries[i].state != COVERAGE_IN_LIBRARY)
			print_entry(&c->entries[i]);
	return print_end();
}

static int put_coverage(const struct coverage *c, bool missing_only)
{
	struct json_writer *w = json_writer_new(false);

	coverage_to_json(c, missing_only, w);
	return command_print_json(w);
}

/* ---- the command ---- */

/* What the options ask for. */
struct request {
	bool missing;		/* only tracks that are not in the library */
	bool fetch, queue;
	bool own;		/* only name the user's playlists */
	const char *name;	/* of a playlist in a file; NULL: the first */
	const char *from, *limit, *batch;
	struct playlist_job job;
	struct playlist_copy copy;
};

static int parse_options(struct invocation *v, struct request *q)
{
	const struct command_option options[] = {
		{ "missing", NULL, "only tracks that are not in the library",
		    &q->missing, NULL },
		{ "check-missing", NULL, "the same", &q->missing, NULL },
		{ "own", NULL, "list your own playlists", &q->own, NULL },
		{ "name", "NAME", "the playlist of that name of Playlist1.json",
		    NULL, &q->name },
		{ "queue", NULL, "queue what is missing for the next run",
		    &q->queue, NULL },
		{ "fetch", NULL, "fetch what is missing now", &q->fetch, NULL },
		{ "start-from", "N", "queue or fetch from this position on",
		    NULL, &q->from },
		{ "limit", "N", "queue or fetch at most N tracks", NULL,
		    &q->limit },
		{ "sequential", NULL, "fetch one track at a time",
		    &q->job.sequential, NULL },
		{ "batch-size", "N", "fetch and publish N tracks at a time",
		    NULL, &q->batch },
		{ "no-resume", NULL, "begin a new job instead of continuing",
		    &q->job.no_resume, NULL },
		{ "output-dir", "DIR", "copy the list's files to this folder",
		    NULL, &q->copy.folder },
		{ "organize-by", "WAY", "in folders by artist, album, year or "
		    "none", NULL, &q->copy.organize },
		{ "year-folders", NULL, "these in a folder for each year",
		    &q->copy.year_folders, NULL },
		{ "debug", NULL, "log in detail, as likesync -v", &v->verbose,
		    NULL },
		{ "dry-run", NULL, "print what --fetch would do, and its cost",
		    &q->job.dry_run, NULL },
		OPTION_JSON(&q->job.json), { 0 },
	};

	return command_options(v, "likesync playlist [OPTION ...] LINK|FILE | "
	    "--own [--json]",
	    options, 1);
}

/* EX_OK, or EX_USAGE with a message. */
static int check_options(const struct invocation *v, struct request *q)
{
	bool makes_job = q->fetch || q->queue;

	if (command_number(v, "--start-from", q->from, 1, 1000000,
	    &q->job.start_from) != 0 ||
	    command_number(v, "--limit", q->limit, 1, 1000000,
	    &q->job.limit) != 0 ||
	    command_number(v, "--batch-size", q->batch, 1, 1000000,
	    &q->job.batch) != 0)
		return EX_USAGE;
	if (q->own && (v->argc > 1 || makes_job || q->missing ||
	    q->name != NULL || q->copy.folder != NULL))
		return command_usage(v, "--own lists playlists: give no list "
		    "with it, and no other option than --json");
	if (q->fetch && q->queue)
		return command_usage(v, "choose --fetch or --queue");
	if (!makes_job && (q->from != NULL || q->limit != NULL))
		return command_usage(v, "--start-from and --limit need --fetch "
		    "or --queue");
	if (!makes_job && q->job.no_resume)
		return command_usage(v, "--no-resume needs --fetch or --queue");
	if (!q->fetch && (q->job.dry_run || q->job.sequential ||
	    q->batch != NULL))
		return command_usage(v, "--dry-run, --sequential and "
		    "--batch-size need --fetch");
	if (q->batch != NULL && q->job.json && !q->job.dry_run)
		return command_usage(v, "--batch-size makes several jobs, and "
		    "--json prints one: choose one of the two");
	if (q->copy.folder != NULL && q->queue)
		return command_usage(v, "--output-dir needs files: use it with "
		    "--fetch, or alone");
	q->job.fetch = q->fetch;
	q->copy.quiet = q->job.json;
	return playlist_copy_check(v, &q->copy, !q->job.dry_run);
}

static int answer(const struct invocation *v, const struct request *q,
    const struct coverage *c)
{
	if (q->fetch || q->queue)
		return playlist_make_job(v, c, &q->job);
	return (q->job.json ? put_coverage : print_coverage)(c, q->missing);
}

/* Copies what is in the library now. */
static int copy_files(const struct invocation *v, const struct request *q,
    struct list_operand *list)
{
	struct coverage c;
	int status = list_coverage_make(v, list, &c);

	if (status == EX_OK) {
		status = playlist_copy(v, &c, &q->copy);
		coverage_free(&c);
	}
	return status;
}

static int carry_out(const struct invocation *v, const struct request *q)
{
	struct list_operand list;
	struct coverage c;
	int status = list_operand_parse(v, v->argc > 1 ? v->argv[1] : NULL,
	    q->name, &list);

	if (status != EX_OK)
		return status;
	list.json = q->job.json;
	status = list_coverage_make(v, &list, &c);
	if (status == EX_OK) {
		status = answer(v, q, &c);
		coverage_free(&c);
	}
	if (status == EX_OK && q->copy.folder != NULL && !q->job.dry_run)
		status = copy_files(v, q, &list);
	list_operand_free(&list);
	return status;
}

int playlist_queue(const struct invocation *v, const char *by, bool json)
{
	const struct request q = { .queue = true,
		.job = { .by = by, .json = json } };

	return carry_out(v, &q);
}

int cmd_playlist(struct invocation *v)
{
	struct request q = { .name = NULL };
	int status = parse_options(v, &q);

	if (status >= 0)
		return status;
	status = check_options(v, &q);
	if (status != EX_OK)
		return status;
	return q.own ? own_playlists_print(v, q.job.json) : carry_out(v, &q);
}
