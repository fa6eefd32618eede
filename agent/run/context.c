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
#include "base/mem.h"
#include "base/state.h"
#include "sources/finished.h"
#include "library/lock.h"
#include "library/place.h"
#include "match/match.h"
#include "types/link.h"
#include "records/runs.h"

#define LOCK_WAIT_MS 250	/* `likesync status` tries the lock, for a moment */

static enum outcome fail(struct run_context *h, enum outcome o, struct error *error)
{
	note_outcome(h, o, error);
	return o;
}

/* Who holds the lock, as he wrote it there himself. */
static enum outcome tell_holder(struct run_context *h, const char *path)
{
	struct buf text = BUF_INIT;
	struct error error;

	file_lock_holder(path, &text);
	error_set(&error, RUN_LATER, "another run holds the lock %s (%s): try "
	    "again when it is done", path,
	    text.len > 0 ? buf_str(&text) : "it left no name");
	buf_free(&text);
	return fail(h, RUN_LATER, &error);
}

static enum outcome take_lock(struct run_context *h)
{
	char *path = path_join(h->cfg->state.dir, STATE_RUN_LOCK);
	char holder[FILE_HOLDER_MAX];
	enum outcome o = DONE;
	struct error error;

	h->running = (struct running){ .pid = (long)getpid(),
		.since = h->sum->started, .doing = "starting" };
	memcpy(h->running.run, h->sum->run, sizeof(h->running.run));
	running_print(&h->running, holder, sizeof(holder));
	h->lock_fd = file_lock(path, LOCK_WAIT_MS, holder);
	if (h->lock_fd < 0 && errno == EWOULDBLOCK) {
		o = tell_holder(h, path);
	} else if (h->lock_fd < 0) {
		error_set(&error, RUN_CONFIG, "%s: %s", path, strerror(errno));
		o = fail(h, RUN_CONFIG, &error);
	}
	free(path);
	return o;
}

/* The lock above is of the state folder: there may be others. */
static enum outcome take_library(struct run_context *h, struct error *error)
{
	const char *root = h->cfg->library.path;

	return library_lock(root, library_is_remote(root), &h->library_lock,
	    error);
}

void hand_says(struct run_context *h, const char *doing)
{
	char holder[FILE_HOLDER_MAX];

	if (h->lock_fd < 0)
		return;
	snprintf(h->running.doing, sizeof(h->running.doing), "%s", doing);
	running_print(&h->running, holder, sizeof(holder));
	file_lock_note(h->lock_fd, holder);
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

/* What earlier runs left that is made after the ledger, or counted: then a
 * ledger that is missing, or empty, was lost rather than never made. */
static enum ledger_past past_of(const struct run_context *h)
{
	const char *dir = h->cfg->state.dir;
	struct counters c;

	counters_load(dir, &c);
	if (c.downloads > 0 || (h->provenance != NULL &&
	    provenance_each(h->provenance, is_download, NULL) != 0))
		return LEDGER_USED;
	return h->provenance != NULL || exists(dir, STATE_INDEX "/data.mdb") ?
	    LEDGER_MADE : LEDGER_NEW;
}

static enum outcome open_provenance(struct run_context *h, struct error *error)
{
	char *path = path_join(h->cfg->state.dir, STATE_PROVENANCE);
	enum outcome o = h->provenance != NULL ? DONE :
	    provenance_open(path, &h->provenance, error);

	free(path);
	return o;
}

/* Provenance tells of downloads, but is not made before the ledger is. */
static enum outcome open_budget(struct run_context *h, struct error *error)
{
	const struct config *cfg = h->cfg;
	char *path = path_join(cfg->state.dir, STATE_LEDGER);
	enum outcome o = exists(cfg->state.dir, STATE_PROVENANCE) ?
	    open_provenance(h, error) : DONE;

	if (o == DONE)
		o = ledger_open(path, past_of(h), cfg->fetch.per_hour,
		    cfg->fetch.per_day, &h->ledger, error);
	free(path);
	return o;
}

static enum outcome open_pins(struct run_context *h, struct error *error)
{
	char *path = path_join(h->cfg->state.dir, STATE_PINS);
	enum outcome o = pins_open(path, &h->pins, error);

	free(path);
	return o;
}

/* A dry run works on a copy of the index, so that it can scan and plan as a
 * real one would and leave nothing behind. */
static enum outcome copy_index(struct run_context *h, const char *dir,
    struct error *error)
{
	char *from = path_join(dir, "data.mdb"), *to;
	int in = file_open(from), out, failed = 0;

	h->scratch = xstrdup("/tmp/likesync-dry-XXXXXX");
	if (mkdtemp(h->scratch) == NULL)
		failed = 1;
	to = path_join(h->scratch, "data.mdb");
	if (!failed && in >= 0) {
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		failed = out < 0 || file_copy(in, out, -1, NULL) != 0;
		if (out >= 0)
			close(out);
	}
	if (failed)
		error_set(error, RUN_FAILED, "%s: can't copy the index for a dry "
		    "run: %s", h->scratch, strerror(errno));
	if (in >= 0)
		close(in);
	free(to);
	free(from);
	return failed ? RUN_FAILED : DONE;
}

static enum outcome open_index(struct run_context *h, struct error *error)
{
	char *dir = path_join(h->cfg->state.dir, STATE_INDEX);
	enum outcome o = h->opt->dry_run ? copy_index(h, dir, error) : DONE;

	if (o == DONE)
		o = index_open(h->opt->dry_run ? h->scratch : dir, false,
		    &h->index, error);
	free(dir);
	return o;
}

static enum outcome open_workers(struct run_context *h, struct error *error)
{
	const struct config *cfg = h->cfg;
	const struct workers_config wc = {
		.count = h->opt->workers > 0 ? h->opt->workers :
		    cfg->analysis.workers,
		.memory = cfg->analysis.memory,
		.timeout_ms = cfg->analysis.timeout * 1000,
	};

	if (workers_start(&wc, &h->workers, error) != DONE)
		return RUN_FAILED;
	h->media_service = workers_service(h->workers);
	h->matcher = match_judge();
	return DONE;
}

/* What a run needs for itself; finished downloads must not be what is in its
 * way. */
static enum outcome make_room(const char *dir, struct error *error)
{
	finished_clean(dir);
	if (state_room(dir, STATE_ROOM, error) == DONE)
		return DONE;
	state_clean_tmp(dir, NULL, NULL);
	return state_room(dir, STATE_ROOM, error);
}

enum outcome run_context_open(struct run_context *h)
{
	static enum outcome (*const steps[])(struct run_context *, struct error *) = {
		take_library, open_budget, open_provenance, open_pins, open_index,
		open_workers,
	};
	struct error error;
	enum outcome o = state_prepare(h->cfg->state.dir, &error);

	if (o != DONE)
		return fail(h, o, &error);
	o = take_lock(h);
	if (o != DONE)
		return o;
	if (!h->opt->dry_run)
		o = make_room(h->cfg->state.dir, &error);
	if (o != DONE)
		return fail(h, o, &error);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		o = steps[i](h, &error);
		if (o != DONE)
			return fail(h, o, &error);
	}
	if (!h->opt->dry_run)
		place_clean(h->cfg->library.path);
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

void run_context_close(struct run_context *h)
{
	plan_free(&h->plan);
	free(h->state);
	tracks_free(&h->wanted);
	workers_stop(h->workers);
	ledger_close(h->ledger);
	index_close(h->index);
	provenance_close(h->provenance);
	pins_close(h->pins);
	if (h->scratch != NULL)
		remove_scratch(h->scratch);
	free(h->scratch);
	if (h->lock_fd >= 0)
		close(h->lock_fd);
	h->lock_fd = -1;
	library_unlock(h->library_lock);
	h->library_lock = NULL;
}
