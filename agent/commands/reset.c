/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reset: forgets failed attempts, cached searches and the queue, so that the
 * next run tries every track again. Files, pins, provenance and the ledger stay.
 */
#include "commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "index/index.h"
#include "records/jobs.h"
#include "records/pins.h"
#include "records/requests.h"

#define LOCK_WAIT_MS 250

/* What is there to forget. */
struct reset {
	int lock;
	struct index *index;
	struct jobs *jobs;
	struct pins *pins;
	char **keys;		/* of the tracks with attempts */
	size_t count, cap;
	size_t waiting;		/* jobs */
};

static int collect_key(void *ctx, const struct song *s)
{
	struct reset *r = ctx;

	if (s->attempts == 0 && s->last_try == 0)
		return 0;
	r->keys = grow(r->keys, &r->cap, r->count, sizeof(char *));
	r->keys[r->count++] = xstrdup(s->track.key);
	return 0;
}

static enum outcome apply_request(void *ctx, const struct json *request,
    struct error *error)
{
	struct reset *r = ctx;
	enum outcome o = pins_apply_request(r->pins, request, error);

	return o != ITEM_FAILED ? o :
	    jobs_apply_request(r->jobs, request, error);
}

static enum outcome open_state(const struct config *cfg, struct reset *r,
    struct error *error)
{
	char *path = path_join(cfg->state.dir, STATE_RUN_LOCK);
	char *index = path_join(cfg->state.dir, STATE_INDEX);
	char *jobs = path_join(cfg->state.dir, STATE_JOBS);
	char *pins = path_join(cfg->state.dir, STATE_PINS);
	enum outcome o = state_prepare(cfg->state.dir, error);
	size_t taken;

	if (o == DONE) {
		r->lock = file_lock(path, LOCK_WAIT_MS, NULL);
		if (r->lock < 0)
			o = errno == EWOULDBLOCK ? error_set(error, RUN_LATER,
			    "a run is active: try again when it is done") :
			    error_set(error, RUN_CONFIG, "%s: %s", path,
			    file_strerror(errno));
	}
	if (o == DONE)
		o = jobs_open(jobs, &r->jobs, error);
	if (o == DONE)
		o = pins_open(pins, false, &r->pins, error);
	if (o == DONE)
		o = requests_take(cfg->state.dir, apply_request, r, &taken,
		    error);
	if (o == DONE)
		o = index_open(index, false, &r->index, error);
	free(pins);
	free(jobs);
	free(index);
	free(path);
	return o;
}

static enum outcome forget_attempts(struct reset *r, struct error *error)
{
	enum outcome o = index_begin(r->index, error);

	for (size_t i = 0; i < r->count && o == DONE; i++) {
		struct song s;

		if (index_get_song(r->index, r->keys[i], &s) != DONE)
			continue;
		s.attempts = 0;
		s.last_try = s.next_attempt = s.asked = 0;
		s.reason[0] = '\0';
		best_rejected_free(&s.best_rejected);
		o = index_put_song(r->index, &s, error);
		if (o == DONE)
			o = index_put_searches(r->index, r->keys[i], NULL, 0,
			    error);
		song_free(&s);
	}
	if (o == DONE)
		return index_commit(r->index, error);
	index_abort(r->index);
	return o;
}

static bool is_confirmed(void)
{
	char answer[16];

	print_part("Forget all failed attempts and the queue? Files, pins, "
	    "rejections and caps stay. [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y');
}

static enum outcome reset(const struct config *cfg, struct error *error)
{
	struct reset r = { .lock = -1 };
	enum outcome o = open_state(cfg, &r, error);

	if (o == DONE) {
		index_each_song(r.index, collect_key, &r);
		for (size_t i = 0; i < jobs_count(r.jobs); i++)
			r.waiting += !job_has_ended(jobs_at(r.jobs, i));
	}
	if (o == DONE)
		o = forget_attempts(&r, error);
	if (o == DONE)
		o = jobs_clear(r.jobs, error);
	if (o == DONE)
		print_line("reset: %zu track%s, %zu job%s", r.count,
		    r.count == 1 ? "" : "s", r.waiting,
		    r.waiting == 1 ? "" : "s");
	for (size_t i = 0; i < r.count; i++)
		free(r.keys[i]);
	free(r.keys);
	index_close(r.index);
	pins_close(r.pins);
	jobs_close(r.jobs);
	if (r.lock >= 0)
		close(r.lock);
	return o;
}

int cmd_reset(struct invocation *v)
{
	bool yes = false;
	const struct command_option options[] = {
		{ "yes", NULL, "do not ask", &yes, NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync reset [--yes]", options, 0);
	struct error error;
	enum outcome o;

	if (status >= 0)
		return status;
	if (!yes && isatty(STDIN_FILENO) == 0)
		return command_usage(v, "nobody can be asked here: add --yes");
	/* Without the lock, which runs need. */
	o = yes || is_confirmed() ? reset(v->cfg, &error) : STOPPED;
	if (o == STOPPED)
		print_line("nothing was changed");
	else if (o != DONE)
		print_error("likesync reset: %s", error.text);
	return o == DONE || o == STOPPED ? print_end() :
	    outcome_exit_status(o);
}
