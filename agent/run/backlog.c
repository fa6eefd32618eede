/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backlog: files that nobody has listened to yet: what the user put into the
 * library himself, and what a run did not get to. One that can't be analyzed
 * is remembered with its fault. After them, a few a run, those that an older
 * analyzer listened to, or that failed for what may have been the machine's
 * fault.
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

#define SECOND_CHANCE_S (7 * 86400)	/* after a failure that may pass */

/* Why a recording is listened to, and so its turn. */
enum turn {
	UNHEARD,		/* the document says nothing of it */
	UNKNOWN,		/* we don't, but it does */
	AGAIN			/* within the run's share */
};

struct listening {
	char *path;			/* absolute */
	char identity[IDENTITY_LEN + 1];
	enum turn turn;
	int64_t liked_at;		/* of the song that it is; 0: none */
	int64_t added_at;		/* to the library */
	enum outcome outcome;
	struct error error;
	struct examination examination;
};

struct backlog {
	struct run_context *h;
	struct listening *items;
	size_t count, cap;
	size_t next, limit;
	size_t unheard, ended;		/* UNHEARD and UNKNOWN ones */
	struct map *seen;		/* identities: one file of each */
	struct map *wanted;		/* identities -> when they were liked */
	enum outcome outcome;
	struct error error;
};

/* Failures that the machine may have had a part in. */
static bool may_pass(enum reason r)
{
	return r == REASON_UNREADABLE || r == REASON_TIMEOUT ||
	    r == REASON_MEMORY || r == REASON_CRASHED;
}

/* An older analyzer's work is done anew, be it good or bad; and what the
 * machine may have had a part in, after a while. */
static bool is_due_again(const struct analysis_record *r)
{
	if (analyzer_is_older(r->version))
		return true;
	return !r->analyzed && may_pass(r->reason) &&
	    clock_wall() - r->analyzed_at > SECOND_CHANCE_S;
}

/* False: it needs no listening. */
static bool find_turn(struct run_context *h, const struct file *f, enum turn *turn)
{
	struct analysis_record r;
	bool again;

	*turn = f->doc_id != NULL ? UNKNOWN : UNHEARD;
	if (index_get_analysis(h->index, f->media.identity, &r) != DONE)
		return true;
	*turn = AGAIN;
	again = is_due_again(&r);
	analysis_record_free(&r);
	return again;
}

static int note_wanted(void *ctx, const struct song *s)
{
	struct backlog *b = ctx;
	int64_t *liked_at;

	if (s->identity[0] == '\0' || !s->liked ||
	    map_has_str(b->wanted, s->identity))
		return 0;
	liked_at = xcalloc(1, sizeof(*liked_at));
	*liked_at = s->track.added_at;
	map_put_str(b->wanted, s->identity, liked_at);
	return 0;
}

static int collect(void *ctx, const struct file *f)
{
	struct backlog *b = ctx;
	const char *identity = f->media.identity;
	const int64_t *liked_at;
	struct listening *l;
	enum turn turn;

	if (identity[0] == '\0' || map_has_str(b->seen, identity) ||
	    !find_turn(b->h, f, &turn))
		return 0;
	map_put_str(b->seen, identity, b);
	b->items = grow(b->items, &b->cap, b->count, sizeof(*b->items));
	l = &b->items[b->count++];
	memset(l, 0, sizeof(*l));
	l->path = path_join(b->h->cfg->library.path, f->path);
	memcpy(l->identity, identity, sizeof(l->identity));
	l->turn = turn;
	l->added_at = f->added_at;
	liked_at = map_get_str(b->wanted, identity);
	l->liked_at = liked_at != NULL ? *liked_at : 0;
	b->unheard += turn != AGAIN;
	return 0;
}

static int newer_first(int64_t a, int64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

/* What nobody knows anything of, then what is liked, the last liked first,
 * then what came last. */
static int by_turn(const void *a, const void *b)
{
	const struct listening *x = a, *y = b;
	int order = (int)x->turn - (int)y->turn;

	if (order == 0)
		order = newer_first(x->liked_at, y->liked_at);
	if (order == 0)
		order = newer_first(x->added_at, y->added_at);
	return order != 0 ? order : strcmp(x->path, y->path);
}

static void *next_file(void *ctx)
{
	struct backlog *b = ctx;

	if (b->outcome != DONE || b->next >= b->limit)
		return NULL;
	return &b->items[b->next++];
}

static void listen_to(void *ctx, void *job)
{
	struct backlog *b = ctx;
	struct listening *l = job;
	const struct media_service *e = &b->h->media_service;
	int fd = file_open(l->path);

	if (fd < 0) {
		l->outcome = reason_set(&l->error, REASON_UNREADABLE,
		    "can't be opened: %s", strerror(errno));
		if (errno == ENOENT || errno == ENOTDIR)
			l->outcome = STOPPED;
		return;
	}
	l->outcome = e->examine(e->self, fd, &l->examination, &l->error);
	close(fd);
	/* Another recording by now: the next scan is told of it. */
	if (l->outcome == DONE && strcmp(l->identity,
	    l->examination.media.identity) != 0)
		l->outcome = STOPPED;
}

/* A recording that was analyzed before and can't be now keeps what is known
 * of it; it is only not asked again by this analyzer. */
static bool keep_older(struct backlog *b, const struct listening *l,
    struct analysis_record *r)
{
	if (l->turn != AGAIN || l->outcome == DONE ||
	    index_get_analysis(b->h->index, l->identity, r) != DONE)
		return false;
	if (r->analyzed)
		return true;
	analysis_record_free(r);
	return false;
}

static enum outcome remember(struct backlog *b, const struct listening *l,
    struct error *error)
{
	const struct error *fault = l->outcome == DONE ? &l->examination.fault :
	    &l->error;
	struct analysis_record r;
	enum outcome o;

	if (keep_older(b, l, &r)) {
		memcpy(r.version, ANALYZER_VERSION, sizeof(ANALYZER_VERSION));
		o = index_put_analysis(b->h->index, l->identity, &r, error);
		analysis_record_free(&r);
		return o;
	}
	r = (struct analysis_record){ .analyzed = l->outcome == DONE,
		.analysis = l->examination.analysis,
		.analyzed_at = clock_wall(),
		.complete = l->examination.complete,
		.version = ANALYZER_VERSION };
	if (!r.complete)
		r.reason = reason_of(fault);
	snprintf(r.fault, sizeof(r.fault), "%.*s", (int)utf8_cut(fault->text,
	    strlen(fault->text), sizeof(r.fault) - 1), fault->text);
	o = index_put_analysis(b->h->index, l->identity, &r, error);
	return o != DONE ? o : index_put_fingerprint(b->h->index, l->identity,
	    &l->examination.fingerprint, error);
}

static void count_listening(struct backlog *b, const struct listening *l)
{
	struct summary *s = b->h->sum;

	s->analyzed += l->outcome == DONE;
	s->reanalyzed += l->outcome == DONE && l->turn == AGAIN;
	s->analysis_failed += l->outcome == ITEM_FAILED;
	b->ended += l->turn != AGAIN;
	progress_step(s->analyzed + s->analysis_failed);
}

static void take_listening(void *ctx, void *job)
{
	struct backlog *b = ctx;
	struct listening *l = job;
	struct error error = l->error;
	enum outcome o = l->outcome;

	if (o == DONE || o == ITEM_FAILED) {
		if (o == ITEM_FAILED)
			log_warning("%s: not analyzed: %s", l->path,
			    l->error.text);
		count_listening(b, l);
		o = remember(b, l, &error);
	}
	/* A file that went away, or a stop, is nobody's failure. */
	if (o != DONE && o != STOPPED && b->outcome == DONE) {
		b->outcome = o == SERVICE_FAILED ? RUN_FAILED : o;
		b->error = error;
	}
	examination_free(&l->examination);
}

static void free_backlog(struct backlog *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->items[i].path);
	free(b->items);
	map_free(b->seen, NULL);
	map_free(b->wanted, free);
}

/* How many of those in line this run takes: all that are not known, and its
 * share of the others. */
static size_t take_share(const struct backlog *b)
{
	const struct run_context *h = b->h;
	size_t again = b->count - b->unheard;
	size_t share = (size_t)h->cfg->analysis.reanalyze;
	size_t n = b->unheard + (again < share ? again : share);

	if (h->opt->scan_only && h->opt->limit > 0 &&
	    (size_t)h->opt->limit < n)
		n = (size_t)h->opt->limit;
	return n;
}

enum outcome analyze_backlog(struct run_context *h)
{
	struct backlog b = { .h = h, .seen = map_new(), .wanted = map_new() };
	struct thread_pool thread_pool = { .threads = workers_count(h->workers), .ctx = &b,
		.next = next_file, .work = listen_to, .done = take_listening };
	enum outcome o;

	index_each_song(h->index, note_wanted, &b);
	index_each_file(h->index, collect, &b);
	if (b.count > 0)
		qsort(b.items, b.count, sizeof(*b.items), by_turn);
	b.limit = take_share(&b);
	if (b.limit > 0) {
		progress_begin("analyzing", b.limit);
		thread_pool_run(&thread_pool);
		progress_end();
	}
	h->sum->backlog = b.unheard - b.ended;
	o = b.outcome;
	free_backlog(&b);
	if (o == DONE && stop_requested())
		return STOPPED;
	return note_outcome(h, o, &b.error) ? DONE : o;
}
