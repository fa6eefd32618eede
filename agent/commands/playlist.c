/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/state.h"
#include "commands/playlist_job.h"
#include "commands/queue.h"
#include "commands/state_reader.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "imports/list_file.h"
#include "records/jobs.h"
#include "report/coverage_json.h"
#include "run/coverage.h"
#include "run/lists.h"
#include "run/single.h"
#include "spotify/session.h"

#define QUIET_MS 2000	/* a shorter reading of the library is not announced */

/* ---- the list ---- */

/* The list that the operand names; 64 with a message if it names none. */
static int parse_operand(const struct invocation *v, const char *name,
    struct spotify_link *link)
{
	const char *text = v->argv[1];

	if (v->argc < 2)
		return command_usage(v, "give a link of a playlist, album or "
		    "track, or a file");
	spotify_link_parse(text, link);
	if (link->kind == LINK_OTHER)
		return command_usage(v, "%s: a link of Spotify, but of no "
		    "playlist, album or track (%s)", text, link->id);
	if (link->kind != LINK_NONE && name != NULL)
		return command_usage(v, "--name is for a file of several "
		    "playlists");
	if (link->kind == LINK_NONE && (spotify_link_is_address(text) ||
	    access(text, F_OK) != 0))
		return command_usage(v, "%s: no link of Spotify, and no such "
		    "file", text);
	return 0;
}

static enum outcome read_link(const struct config *cfg, struct index *x,
    struct spotify_link *link, struct track_list *out, bool *is_new,
    struct error *error)
{
	enum outcome o = spotify_link_follow(link, error);
	struct session *s;

	if (o == DONE && link->kind == LINK_OTHER)
		o = error_set(error, ITEM_FAILED, "the short link leads to no "
		    "playlist, album or track (%s)", link->id);
	if (o != DONE)
		return o;
	s = session_new(cfg);
	o = session_refresh(s, error);
	if (o == DONE)
		o = list_read(s, x, link, out, is_new, error);
	log_debug("spotify: %u requests", session_requests(s));
	session_free(s);
	return o;
}

/* A file that is no list is the argument's fault, not the configuration's. */
static enum outcome read_list(const struct invocation *v, const char *name,
    struct index *x, struct spotify_link *link, struct track_list *out,
    bool *is_new, struct error *error)
{
	enum outcome o;

	*is_new = false;
	if (link->kind != LINK_NONE)
		return read_link(v->cfg, x, link, out, is_new, error);
	o = list_file_read_playlist(v->argv[1], name, out, error);
	return o == RUN_CONFIG ? ITEM_FAILED : o;
}

/* ---- the library ---- */

/* Announces a reading of the library that takes long, once. */
struct announcement {
	int64_t begun_ms;
	bool made;
};

static void announce(void *ctx, const char *line)
{
	struct announcement *a = ctx;

	if (a->made || clock_mono_ms() - a->begun_ms < QUIET_MS)
		return;
	a->made = true;
	print_error("likesync playlist: reading the names and tags of the "
	    "library for the first time (%s)", line);
}

static enum outcome read_library(const struct config *cfg, struct error *error)
{
	struct announcement a = { .begun_ms = clock_mono_ms() };
	enum outcome o;

	progress_watch(announce, &a);
	o = run_read_library(cfg, error);
	progress_watch(NULL, NULL);
	return o;
}

/* After that the index has the library, whose names it reads if need be. A
 * failure of r is logged already. */
static enum outcome complete_index(const struct config *cfg,
    struct state_reader *r, struct error *error)
{
	enum outcome o;

	if (run_library_was_read(r->index))
		return DONE;
	state_reader_close(r);
	o = read_library(cfg, error);
	return o == DONE && state_reader_open_index(cfg, r) >= 0 ? RUN_FAILED :
	    o;
}

static void compare(const struct config *cfg, const struct state_reader *r,
    struct track_list *list, struct coverage *out)
{
	const struct linking_input in = { .index = r->index,
		.provenance = r->provenance, .pins = r->pins,
		.library = cfg->library.path };
	struct jobs *jobs = NULL;
	struct error error;

	if (queue_read(cfg, &jobs, &error) != DONE)
		log_warning("%s", error.text);
	coverage_make(&in, jobs, list, out);
	jobs_close(jobs);
}

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
	print_best_rejected(e->attempts, &e->best_rejected, &e->nearest_file);
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

static enum outcome make_coverage(const struct invocation *v,
    const char *name, struct spotify_link *link, struct coverage *out,
    struct error *error)
{
	struct track_list list = { .rows = 0 };
	struct state_reader r;
	bool is_new = false;
	enum outcome o;

	if (state_reader_open_index(v->cfg, &r) >= 0)
		return RUN_FAILED;
	o = read_list(v, name, r.index, link, &list, &is_new, error);
	if (o == DONE)
		o = complete_index(v->cfg, &r, error);
	/* While a run works, the list is simply read again next time. */
	if (o == DONE && is_new &&
	    run_store_list(v->cfg, &list, error) != DONE)
		log_debug("%s", error->text);
	if (o == DONE)
		compare(v->cfg, &r, &list, out);
	track_list_free(&list);
	state_reader_close(&r);
	return o;
}

/* What the options ask for. */
struct request {
	bool missing;		/* only tracks that are not in the library */
	bool fetch, queue;
	const char *name;	/* of a playlist in a file; NULL: the first */
	const char *from, *limit;
	struct playlist_job job;
};

static int parse_options(struct invocation *v, struct request *q)
{
	const struct command_option options[] = {
		{ "missing", NULL, "only tracks that are not in the library",
		    &q->missing, NULL },
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
		{ "dry-run", NULL, "print what --fetch would do, and its cost",
		    &q->job.dry_run, NULL },
		OPTION_JSON(&q->job.json), { 0 },
	};

	return command_options(v, "likesync playlist [OPTION ...] LINK|FILE",
	    options, 1);
}

/* EX_OK, or EX_USAGE with a message. */
static int check_options(const struct invocation *v, struct request *q)
{
	bool makes_job = q->fetch || q->queue;

	if (command_number(v, "--start-from", q->from, 1, 1000000,
	    &q->job.start_from) != 0 ||
	    command_number(v, "--limit", q->limit, 1, 1000000,
	    &q->job.limit) != 0)
		return EX_USAGE;
	if (q->fetch && q->queue)
		return command_usage(v, "choose --fetch or --queue");
	if (!makes_job && (q->from != NULL || q->limit != NULL))
		return command_usage(v, "--start-from and --limit need --fetch "
		    "or --queue");
	if (!q->fetch && (q->job.dry_run || q->job.sequential))
		return command_usage(v, "--dry-run and --sequential need "
		    "--fetch");
	q->job.fetch = q->fetch;
	return EX_OK;
}

static int answer(const struct invocation *v, const struct request *q,
    const struct coverage *c)
{
	if (q->fetch || q->queue)
		return playlist_make_job(v, c, &q->job);
	return (q->job.json ? put_coverage : print_coverage)(c, q->missing);
}

int cmd_playlist(struct invocation *v)
{
	struct request q = { .name = NULL };
	int status = parse_options(v, &q);
	struct spotify_link link = { .kind = LINK_NONE };
	struct error error = { .text = "" };
	struct coverage c;
	enum outcome o;

	if (status >= 0)
		return status;
	status = check_options(v, &q);
	if (status == EX_OK)
		status = parse_operand(v, q.name, &link);
	if (status != EX_OK)
		return status;
	o = make_coverage(v, q.name, &link, &c, &error);
	if (o == DONE) {
		status = answer(v, &q, &c);
		coverage_free(&c);
	} else {
		if (error.text[0] != '\0')
			log_act("%s", error.text);
		status = o == STOPPED ? EX_TEMPFAIL : outcome_exit_status(o);
	}
	spotify_link_free(&link);
	return status;
}
