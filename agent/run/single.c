/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/single.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/state.h"
#include "index/lists.h"
#include "run/context.h"
#include "run/forget.h"

/* Takes the run lock, which run_context_close gives back. */
static enum outcome begin(struct run_context *run, const struct config *cfg,
    const char *doing, struct error *error)
{
	static const struct run_options options = { .scan_only = true };
	enum outcome o;

	*run = (struct run_context){ .cfg = cfg, .opt = &options,
		.sum = run->sum, .only = run->only, .lock_fd = -1 };
	memset(run->sum, 0, sizeof(*run->sum));
	run_new_id(run->sum->run);
	run->sum->started = clock_wall();
	o = state_prepare(cfg->state.dir, error);
	if (o == DONE)
		o = run_context_lock(run, error);
	if (o == DONE)
		run_context_set_activity(run, doing);
	return o;
}

int64_t run_library_first_read(struct index *x)
{
	return x != NULL ? index_get_note_int(x, NOTE_SCANNED, 0) : 0;
}

bool run_library_was_read(struct index *x)
{
	return run_library_first_read(x) != 0;
}

/* step: after which what it could not do is logged. */
static enum outcome run_step(struct run_context *run, const struct config *cfg,
    const char *doing, enum outcome (*step)(struct run_context *run),
    struct error *error)
{
	enum outcome o = begin(run, cfg, doing, error);

	if (o == DONE) {
		error->text[0] = '\0';
		o = run_context_open(run);
		if (o == DONE)
			o = step(run);
		if (o == DONE)
			o = run->sum->outcome;
	}
	run_context_close(run);
	return o;
}

enum outcome run_read_library(const struct config *cfg, struct error *error)
{
	struct summary sum;
	struct run_context run = { .sum = &sum };

	return run_step(&run, cfg, "reading the library", scan_library, error);
}

enum outcome run_analyze(const struct config *cfg,
    const struct map *identities, struct error *error)
{
	struct summary sum;
	struct run_context run = { .sum = &sum, .only = identities };

	return run_step(&run, cfg, "analyzing for an export", analyze_backlog,
	    error);
}

enum outcome run_move_library(const struct config *cfg, enum move_which which,
    bool apply, struct move_report *report, struct error *error)
{
	static const struct run_options plan = { .scan_only = true,
		.dry_run = true };
	struct summary sum;
	struct run_context run = { .sum = &sum };
	enum outcome o = begin(&run, cfg, "planning moves", error);

	memset(report, 0, sizeof(*report));
	if (!apply)
		run.opt = &plan;
	if (o == DONE) {
		error->text[0] = '\0';
		o = run_context_open(&run);
		if (o == DONE)
			o = move_library(&run, which, apply, report, error);
	}
	run_context_close(&run);
	return o;
}

enum outcome run_forget(const struct config *cfg, const char *key,
    const char *label, const char *identity, size_t *removed,
    struct error *error)
{
	struct summary sum;
	struct run_context run = { .sum = &sum };
	enum outcome o = begin(&run, cfg, "forgetting a track", error);

	*removed = 0;
	if (o == DONE) {
		error->text[0] = '\0';
		o = run_context_open(&run);
		if (o == DONE)
			o = forget_track(&run, key, label, identity, removed,
			    error);
	}
	run_context_close(&run);
	return o;
}

enum outcome run_remember(const struct config *cfg, const char *key,
    struct error *error)
{
	struct summary sum;
	struct run_context run = { .sum = &sum };
	char *path = path_join(cfg->state.dir, STATE_TAKEDOWNS);
	enum outcome o = begin(&run, cfg, "allowing a track again", error);

	if (o == DONE)
		o = takedowns_open(path, false, &run.takedowns, error);
	if (o == DONE && !takedowns_forbid(run.takedowns, key))
		o = error_set(error, ITEM_FAILED, "it is not forgotten");
	if (o == DONE)
		o = takedowns_end(run.takedowns, key, TAKEDOWN_REMEMBERED,
		    error);
	run_context_close(&run);
	free(path);
	return o;
}

enum outcome run_upgrade(const struct config *cfg,
    const struct upgrade_options *opt, struct upgrade_report *r,
    struct error *error)
{
	const struct run_options options = { .dry_run = !opt->apply };
	struct summary sum;
	struct run_context run = { .sum = &sum };
	enum outcome o = begin(&run, cfg, "looking for better files", error);

	memset(r, 0, sizeof(*r));
	run.opt = &options;
	if (o == DONE) {
		error->text[0] = '\0';
		o = run_context_open(&run);
		if (o == DONE)
			o = upgrade_library(&run, opt, r, error);
	}
	run_context_close(&run);
	return o;
}

enum outcome run_store_list(const struct config *cfg,
    const struct track_list *l, struct error *error)
{
	struct summary sum;
	struct run_context run = { .sum = &sum };
	char *dir = path_join(cfg->state.dir, STATE_INDEX);
	enum outcome o = begin(&run, cfg, "storing a playlist", error);

	if (o == DONE)
		o = index_open(dir, false, &run.index, error);
	if (o == DONE)
		o = index_put_list(run.index, l, error);
	/* It may be one that is followed. */
	if (o == DONE)
		o = index_put_note_int(run.index, NOTE_MARKED, 0, error);
	run_context_close(&run);
	free(dir);
	return o;
}
