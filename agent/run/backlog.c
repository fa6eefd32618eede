/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backlog: analyzes files without an analysis: those that the user added, and
 * those that earlier runs did not get to. A file that can't be analyzed is
 * recorded with the reason. After them, a few a run, come files analyzed by an
 * older analyzer, and failures that may have been transient.
 */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread_pool.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/utf8.h"

#define SECOND_CHANCE_S (7 * 86400)	/* after a transient failure */

/* In this order. */
enum priority {
	NOT_IN_DOCUMENT,	/* no analysis anywhere */
	NOT_IN_INDEX,		/* only another program's, in the document */
	REANALYZE		/* [analysis] reanalyze limits how many */
};

struct analysis_job {
	char *path;			/* absolute */
	char identity[IDENTITY_LEN + 1];
	enum priority priority;
	int64_t liked_at;		/* the track of this file; 0: none */
	int64_t added_at;		/* to the library */
	enum outcome outcome;
	struct error error;
	struct decoded_media decoded;
};

struct backlog {
	struct run_context *run;
	struct analysis_job *items;
	size_t count, cap;
	size_t next, limit;
	size_t pending, ended;		/* of those not REANALYZE */
	struct map *seen;		/* identities: one file of each */
	enum outcome outcome;
	struct error error;
};

/* Failures that may have been caused by the state of the machine. */
static bool may_be_transient(enum reason r)
{
	return r == REASON_UNREADABLE || r == REASON_TIMEOUT ||
	    r == REASON_MEMORY || r == REASON_CRASHED;
}

static bool needs_reanalysis(const struct analysis_record *r)
{
	if (analyzer_is_older(r->version))
		return true;
	return !r->analyzed && may_be_transient(r->reason) &&
	    clock_wall() - r->analyzed_at > SECOND_CHANCE_S;
}

/* False: the file needs no analysis. */
static bool find_priority(struct run_context *run, const struct file *f,
    enum priority *priority)
{
	struct analysis_record r;

	*priority = f->doc_id != NULL ? NOT_IN_INDEX : NOT_IN_DOCUMENT;
	if (index_get_analysis_head(run->index, f->media.identity, &r) != DONE)
		return true;
	*priority = REANALYZE;
	/* It will need one in time. */
	run->unsettled = run->unsettled || (!r.analyzed &&
	    may_be_transient(r.reason));
	return needs_reanalysis(&r);
}

/* When a track of the file was liked; 0: none is. */
static int64_t liked_at(struct index *x, const char *identity)
{
	struct song s;
	int64_t at = index_find_song_of(x, identity, &s) == DONE && s.liked ?
	    s.track.added_at : 0;

	song_free(&s);
	return at;
}

static int add_file(void *ctx, const struct file *f)
{
	struct backlog *b = ctx;
	const char *identity = f->media.identity;
	struct analysis_job *l;
	enum priority priority;

	if (identity[0] == '\0' || map_has_str(b->seen, identity) ||
	    (b->run->only != NULL && !map_has_str(b->run->only, identity)) ||
	    !find_priority(b->run, f, &priority) ||
	    (b->run->only != NULL && priority == REANALYZE))
		return 0;
	map_put_str(b->seen, identity, b);
	b->items = grow(b->items, &b->cap, b->count, sizeof(*b->items));
	l = &b->items[b->count++];
	memset(l, 0, sizeof(*l));
	l->path = path_join(b->run->cfg->library.path, f->path);
	memcpy(l->identity, identity, sizeof(l->identity));
	l->priority = priority;
	l->added_at = f->added_at;
	l->liked_at = liked_at(b->run->index, identity);
	b->pending += priority != REANALYZE;
	return 0;
}

static int newer_first(int64_t a, int64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

/* Within a priority: liked tracks first, the latest like first; then the newest
 * files. */
static int by_priority(const void *a, const void *b)
{
	const struct analysis_job *x = a, *y = b;
	int order = (int)x->priority - (int)y->priority;

	if (order == 0)
		order = newer_first(x->liked_at, y->liked_at);
	if (order == 0)
		order = newer_first(x->added_at, y->added_at);
	return order != 0 ? order : strcmp(x->path, y->path);
}

static void poll_requests(void *ctx)
{
	struct backlog *b = ctx;

	take_requests(b->run);
}

/* None once a request came: its tracks are fetched first. */
static void *next_file(void *ctx)
{
	struct backlog *b = ctx;

	if (b->outcome != DONE || b->next >= b->limit ||
	    (b->run->replan && !b->run->opt->scan_only))
		return NULL;
	return &b->items[b->next++];
}

static void analyze_file(void *ctx, void *job)
{
	struct backlog *b = ctx;
	struct analysis_job *l = job;
	const struct media_service *e = &b->run->media_service;
	int fd = file_open(l->path);

	if (fd < 0) {
		l->outcome = reason_set(&l->error, REASON_UNREADABLE,
		    "can't be opened: %s", strerror(errno));
		if (errno == ENOENT || errno == ENOTDIR)
			l->outcome = STOPPED;
		return;
	}
	l->outcome = e->decode(e->self, fd, &l->decoded, &l->error);
	close(fd);
	/* The file was replaced: the next scan finds that. */
	if (l->outcome == DONE && strcmp(l->identity,
	    l->decoded.media.identity) != 0)
		l->outcome = STOPPED;
}

/* A failed reanalysis keeps the older analysis; its version is raised, so that
 * this analyzer does not try again. */
static bool get_older_analysis(struct backlog *b, const struct analysis_job *l,
    struct analysis_record *r)
{
	if (l->priority != REANALYZE || l->outcome == DONE ||
	    index_get_analysis(b->run->index, l->identity, r) != DONE)
		return false;
	if (r->analyzed)
		return true;
	analysis_record_free(r);
	return false;
}

static enum outcome store_analysis(struct backlog *b,
    const struct analysis_job *l, struct error *error)
{
	const struct error *fault = l->outcome == DONE ? &l->decoded.fault :
	    &l->error;
	struct analysis_record r;
	enum outcome o;

	if (get_older_analysis(b, l, &r)) {
		memcpy(r.version, ANALYZER_VERSION, sizeof(ANALYZER_VERSION));
		o = index_put_analysis(b->run->index, l->identity, &r, error);
		analysis_record_free(&r);
		return o;
	}
	r = (struct analysis_record){ .analyzed = l->outcome == DONE,
		.analysis = l->decoded.analysis,
		.analyzed_at = clock_wall(),
		.complete = l->decoded.complete,
		.version = ANALYZER_VERSION };
	if (!r.complete)
		r.reason = reason_of(fault);
	snprintf(r.fault, sizeof(r.fault), "%.*s", (int)utf8_cut(fault->text,
	    strlen(fault->text), sizeof(r.fault) - 1), fault->text);
	o = index_put_analysis(b->run->index, l->identity, &r, error);
	return o != DONE ? o : index_put_fingerprint(b->run->index, l->identity,
	    &l->decoded.fingerprint, error);
}

static void count_analysis(struct backlog *b, const struct analysis_job *l)
{
	struct summary *s = b->run->sum;

	s->analyzed += l->outcome == DONE;
	s->reanalyzed += l->outcome == DONE && l->priority == REANALYZE;
	s->analysis_failed += l->outcome == ITEM_FAILED;
	b->ended += l->priority != REANALYZE;
	progress_step(s->analyzed + s->analysis_failed);
}

static void on_analyzed(void *ctx, void *job)
{
	struct backlog *b = ctx;
	struct analysis_job *l = job;
	struct error error = l->error;
	enum outcome o = l->outcome;

	if (o == DONE || o == ITEM_FAILED) {
		if (o == ITEM_FAILED)
			log_warning("%s: not analyzed: %s", l->path,
			    l->error.text);
		count_analysis(b, l);
		o = store_analysis(b, l, &error);
	}
	/* STOPPED: also a file that vanished or was replaced. */
	if (o != DONE && o != STOPPED && b->outcome == DONE) {
		b->outcome = o == SERVICE_FAILED ? RUN_FAILED : o;
		b->error = error;
	}
	decoded_media_free(&l->decoded);
}

static void free_backlog(struct backlog *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->items[i].path);
	free(b->items);
	map_free(b->seen, NULL);
}

/* All files without an analysis, and at most [analysis] reanalyze others; all
 * of these in a shard, which is there for nothing else. */
static size_t count_to_analyze(const struct backlog *b)
{
	const struct run_context *run = b->run;
	size_t again = b->count - b->pending;
	size_t share = (size_t)run->cfg->analysis.reanalyze;
	size_t n = b->pending + (again < share || run->opt->shard != NULL ?
	    again : share);

	if (run->opt->parts != NULL)
		return 0;
	if (run->opt->scan_only && run->opt->limit > 0 &&
	    (size_t)run->opt->limit < n)
		n = (size_t)run->opt->limit;
	return n;
}

enum outcome analyze_backlog(struct run_context *run)
{
	struct backlog b = { .run = run, .seen = map_new() };
	struct thread_pool thread_pool = {
		.threads = workers_count(run->workers), .ctx = &b,
		.next = next_file, .work = analyze_file, .done = on_analyzed,
		.tick = run->jobs != NULL && run->only == NULL ?
		    poll_requests : NULL,
		.tick_ms = REQUEST_POLL_MS };
	enum outcome o;

	each_unsettled_file(run, add_file, &b);
	if (b.count > 0)
		qsort(b.items, b.count, sizeof(*b.items), by_priority);
	b.limit = count_to_analyze(&b);
	run->unsettled = run->unsettled || b.count > 0;
	if (b.limit > 0) {
		progress_begin("analyzing", b.limit);
		thread_pool_run(&thread_pool);
		progress_end();
	}
	run->sum->backlog = b.pending - b.ended;
	o = b.outcome;
	free_backlog(&b);
	if (o == DONE && stop_requested())
		return STOPPED;
	return note_outcome(run, o, &b.error) ? DONE : o;
}
