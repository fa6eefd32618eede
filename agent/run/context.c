/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "sources/finished.h"
#include "library/lock.h"
#include "library/place.h"
#include "match/match.h"
#include "types/link.h"
#include "records/runs.h"
#include "run/layouts.h"
#include "run/linking.h"
#include "spotify/session.h"

#define LOCK_WAIT_MS 250	/* `likesync status` holds it for a moment */

static enum outcome fail(struct run_context *run, enum outcome o,
    struct error *error)
{
	note_outcome(run, o, error);
	return o;
}

static enum outcome explain_lock(const char *path, struct error *error)
{
	struct buf text = BUF_INIT;

	file_lock_holder(path, &text);
	error_set(error, RUN_LATER, "another run holds the lock %s (%s): try "
	    "again when it is done", path,
	    text.len > 0 ? buf_str(&text) : "no details");
	buf_free(&text);
	return RUN_LATER;
}

enum outcome run_context_lock(struct run_context *run, struct error *error)
{
	char *path = path_join(run->cfg->state.dir, STATE_RUN_LOCK);
	char holder[FILE_HOLDER_MAX];
	enum outcome o = DONE;

	run->running = (struct running){ .pid = (long)getpid(),
		.since = run->sum->started, .doing = "starting" };
	memcpy(run->running.run, run->sum->run, sizeof(run->running.run));
	running_print(&run->running, holder, sizeof(holder));
	do {
		run->lock_fd = file_lock(path, LOCK_WAIT_MS, holder);
	} while (run->lock_fd < 0 && errno == EWOULDBLOCK &&
	    run->opt->if_locked == RUN_WAIT && !stop_requested());
	if (run->lock_fd < 0 && errno == EWOULDBLOCK)
		o = run->opt->if_locked == RUN_SKIP || stop_requested() ?
		    STOPPED : explain_lock(path, error);
	else if (run->lock_fd < 0)
		o = error_set(error, RUN_CONFIG, "%s: %s", path,
		    file_strerror(errno));
	free(path);
	return o;
}

/* Runs with other state folders may use the same library. */
static enum outcome lock_library(struct run_context *run, struct error *error)
{
	const char *root = run->cfg->library.path;

	return library_lock(root, library_is_remote(root), &run->library_lock,
	    error);
}

void run_context_set_activity(struct run_context *run, const char *doing)
{
	char holder[FILE_HOLDER_MAX];

	if (run->lock_fd < 0)
		return;
	snprintf(run->running.doing, sizeof(run->running.doing), "%s", doing);
	running_print(&run->running, holder, sizeof(holder));
	file_lock_note(run->lock_fd, holder);
}

static bool exists(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

static int is_download(void *ctx, const struct origin *o)
{
	(void)ctx;
	return link_is_web(o->ref);
}

/* If there are records that are only made after the ledger, a missing or empty
 * ledger was lost. */
static enum ledger_past ledger_past_of(const struct run_context *run)
{
	const char *dir = run->cfg->state.dir;
	struct counters c;

	counters_load(dir, &c);
	if (c.downloads > 0 || (run->provenance != NULL &&
	    provenance_each(run->provenance, is_download, NULL) != 0))
		return LEDGER_USED;
	return run->provenance != NULL || exists(dir, STATE_INDEX "/data.mdb") ?
	    LEDGER_MADE : LEDGER_NEW;
}

static enum outcome open_provenance(struct run_context *run,
    struct error *error)
{
	char *path = path_join(run->cfg->state.dir, STATE_PROVENANCE);
	enum outcome o = run->provenance != NULL ? DONE :
	    provenance_open(path, false, &run->provenance, error);

	free(path);
	return o;
}

/* Provenance shows whether there were downloads, but must not be created before
 * the ledger. */
static enum outcome open_ledger(struct run_context *run, struct error *error)
{
	const struct config *cfg = run->cfg;
	char *path = path_join(cfg->state.dir, STATE_LEDGER);
	enum outcome o = exists(cfg->state.dir, STATE_PROVENANCE) ?
	    open_provenance(run, error) : DONE;

	if (o == DONE)
		o = ledger_open(path, ledger_past_of(run), cfg->fetch.per_hour,
		    cfg->fetch.per_day, &run->ledger, error);
	free(path);
	return o;
}

static enum outcome open_pins(struct run_context *run, struct error *error)
{
	char *path = path_join(run->cfg->state.dir, STATE_PINS);
	enum outcome o = pins_open(path, false, &run->pins, error);

	free(path);
	return o;
}

static enum outcome open_takedowns(struct run_context *run,
    struct error *error)
{
	char *path = path_join(run->cfg->state.dir, STATE_TAKEDOWNS);
	enum outcome o = takedowns_open(path, run->opt->dry_run,
	    &run->takedowns, error);

	free(path);
	return o;
}

/* A dry run works on a copy of the index, so that it can scan and plan as a
 * real one would and leave nothing behind. */
static enum outcome copy_index(struct run_context *run, const char *dir,
    struct error *error)
{
	char *from = path_join(dir, "data.mdb"), *to;
	int in = file_open(from), out, failed = 0;

	run->scratch = xstrdup("/tmp/likesync-dry-XXXXXX");
	if (mkdtemp(run->scratch) == NULL)
		failed = 1;
	to = path_join(run->scratch, "data.mdb");
	if (!failed && in >= 0) {
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		failed = out < 0 || file_copy(in, out, -1, NULL) != 0;
		if (out >= 0)
			close(out);
	}
	if (failed)
		error_set(error, RUN_FAILED, "%s: can't copy the index for a "
		    "dry run: %s", run->scratch, strerror(errno));
	if (in >= 0)
		close(in);
	free(to);
	free(from);
	return failed ? RUN_FAILED : DONE;
}

static enum outcome open_index(struct run_context *run, struct error *error)
{
	char *dir = path_join(run->cfg->state.dir, STATE_INDEX);
	enum outcome o = run->opt->dry_run ? copy_index(run, dir, error) : DONE;

	if (o == DONE)
		o = index_open(run->opt->dry_run ? run->scratch : dir, false,
		    &run->index, error);
	free(dir);
	return o == DONE ? linking_prepare(run->index, error) : o;
}

static enum outcome open_workers(struct run_context *run, struct error *error)
{
	const struct config *cfg = run->cfg;
	const struct workers_config wc = {
		.count = run->opt->workers > 0 ? run->opt->workers :
		    cfg->analysis.workers,
		.memory = cfg->analysis.memory,
		.timeout_ms = cfg->analysis.timeout * 1000,
	};

	(void)error;
	run->workers = workers_open(&wc);
	run->media_service = workers_service(run->workers);
	run->matcher = match_service();
	return DONE;
}

/* Removes unfinished downloads, and finished ones too if the disk is full. */
static enum outcome free_state_room(const char *dir, struct error *error)
{
	finished_clean(dir);
	if (state_room(dir, STATE_ROOM, error) == DONE)
		return DONE;
	state_clean_tmp(dir, NULL, NULL);
	return state_room(dir, STATE_ROOM, error);
}

enum outcome run_context_open(struct run_context *run)
{
	static enum outcome (*const steps[])(struct run_context *run,
	    struct error *error) = {
		lock_library, open_ledger, open_provenance, open_pins,
		open_takedowns, open_jobs, open_index, open_workers,
	};
	const size_t count = sizeof(steps) / sizeof(*steps);
	/* A shard has no records, and changes nothing in the library. */
	size_t first = run->opt->shard != NULL ? count - 2 : 0;
	struct error error;
	enum outcome o = state_prepare(run->cfg->state.dir, &error);

	if (o == DONE && run->lock_fd < 0)
		o = run_context_lock(run, &error);
	if (o == DONE && !run->opt->dry_run)
		o = free_state_room(run->cfg->state.dir, &error);
	if (o != DONE)
		return fail(run, o, &error);
	for (size_t i = first; i < count; i++) {
		o = steps[i](run, &error);
		if (o != DONE)
			return fail(run, o, &error);
	}
	return DONE;
}

static void remove_scratch(const char *dir)
{
	static const char *const names[] = { "data.mdb", "lock.mdb" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = path_join(dir, names[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
}

void run_context_close(struct run_context *run)
{
	plan_free(&run->plan);
	free(run->state);
	tracks_free(&run->wanted);
	session_free(run->session);
	layouts_free(run->layouts);
	workers_stop(run->workers);
	ledger_close(run->ledger);
	index_close(run->index);
	provenance_close(run->provenance);
	pins_close(run->pins);
	takedowns_close(run->takedowns);
	jobs_close(run->jobs);
	map_free(run->turns, NULL);
	if (run->scratch != NULL)
		remove_scratch(run->scratch);
	free(run->scratch);
	if (run->lock_fd >= 0)
		close(run->lock_fd);
	run->lock_fd = -1;
	library_unlock(run->library_lock);
	run->library_lock = NULL;
}
