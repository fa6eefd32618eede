/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backlog: files that nobody has listened to yet: what the user put into the
 * library himself, and what a run did not get to. Each is analyzed once; one
 * that can't be is remembered with its fault until its bytes change or a newer
 * analyzer comes.
 */
#include "run/hand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crew.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/utf8.h"

struct listening {
	char *path;			/* absolute */
	char identity[IDENTITY_LEN + 1];
	bool in_document;		/* somebody knows something of it */
	enum outcome outcome;
	struct why why;
	struct examination examination;
};

struct backlog {
	struct hand *h;
	struct listening *items;
	size_t count, cap;
	size_t next, ended, limit;
	struct map *seen;		/* identities: one file of each */
	enum outcome outcome;
	struct why why;
};

static bool is_known(struct hand *h, const char *identity)
{
	struct analysis_record r;
	bool known;

	if (index_get_analysis(h->index, identity, &r) != DONE)
		return false;
	known = r.analyzed || strcmp(r.version, ANALYZER_VERSION) == 0;
	analysis_record_free(&r);
	return known;
}

static int collect(void *ctx, const struct file *f)
{
	struct backlog *b = ctx;
	const char *identity = f->media.identity;
	struct listening *l;

	if (identity[0] == '\0' || map_has_str(b->seen, identity) ||
	    is_known(b->h, identity))
		return 0;
	map_put_str(b->seen, identity, b);
	b->items = grow(b->items, &b->cap, b->count, sizeof(*b->items));
	l = &b->items[b->count++];
	memset(l, 0, sizeof(*l));
	l->path = path_join(b->h->cfg->library.path, f->path);
	memcpy(l->identity, identity, sizeof(l->identity));
	l->in_document = f->doc_id != NULL;
	return 0;
}

/* Those of which the document says nothing yet come first. */
static int unknown_first(const void *a, const void *b)
{
	const struct listening *x = a, *y = b;

	if (x->in_document != y->in_document)
		return x->in_document ? 1 : -1;
	return strcmp(x->path, y->path);
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
	const struct examiner *e = &b->h->examiner;
	int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		l->outcome = why_set(&l->why, STOPPED, "%s: %s", l->path,
		    strerror(errno));
		return;
	}
	l->outcome = e->examine(e->self, fd, &l->examination, &l->why);
	close(fd);
}

static enum outcome remember(struct backlog *b, const struct listening *l,
    struct why *why)
{
	struct analysis_record r = { .analyzed = l->outcome == DONE,
		.analysis = l->examination.analysis,
		.analyzed_at = clock_wall(),
		.complete = l->examination.complete,
		.version = ANALYZER_VERSION };
	const struct why *fault = l->outcome == DONE ? &l->examination.fault :
	    &l->why;

	if (!r.complete)
		r.reason = reason_of(fault);
	snprintf(r.fault, sizeof(r.fault), "%.*s", (int)utf8_cut(fault->text,
	    strlen(fault->text), sizeof(r.fault) - 1), fault->text);
	return index_put_analysis(b->h->index, l->identity, &r, why);
}

static void take_listening(void *ctx, void *job)
{
	struct backlog *b = ctx;
	struct listening *l = job;
	struct why why = l->why;
	enum outcome o = l->outcome;

	if (o == DONE || o == TRACK_FAILED) {
		b->h->sum->analyzed += o == DONE;
		b->h->sum->analysis_failed += o == TRACK_FAILED;
		if (o == TRACK_FAILED)
			log_warning("%s: not analyzed: %s", l->path,
			    l->why.text);
		o = remember(b, l, &why);
		progress_step(++b->ended);
	}
	/* A file that went away, or a stop, is nobody's failure. */
	if (o != DONE && o != STOPPED && b->outcome == DONE) {
		b->outcome = o == SERVICE_FAILED ? RUN_FAILED : o;
		b->why = why;
	}
	examination_free(&l->examination);
}

static void free_backlog(struct backlog *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->items[i].path);
	free(b->items);
	map_free(b->seen, NULL);
}

enum outcome analyze_backlog(struct hand *h)
{
	struct backlog b = { .h = h, .seen = map_new() };
	struct crew crew = { .threads = workers_count(h->workers), .ctx = &b,
		.next = next_file, .work = listen_to, .done = take_listening };
	enum outcome o;

	index_each_file(h->index, collect, &b);
	if (b.count > 0)
		qsort(b.items, b.count, sizeof(*b.items), unknown_first);
	b.limit = b.count;
	if (h->opt->scan_only && h->opt->limit > 0 &&
	    (size_t)h->opt->limit < b.limit)
		b.limit = (size_t)h->opt->limit;
	if (b.limit > 0) {
		progress_begin("analyzing", b.limit);
		crew_run(&crew);
		progress_end();
	}
	h->sum->backlog = b.count - b.ended;
	o = b.outcome;
	free_backlog(&b);
	if (o == DONE && stop_requested())
		return STOPPED;
	return note_outcome(h, o, &b.why) ? DONE : o;
}
