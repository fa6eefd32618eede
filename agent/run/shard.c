/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shard: one of several machines analyzes its slice of a library. Its state is
 * a folder of its own: STATE/shards/3-of-8, so that processes on one host do
 * not meet; a killed one goes on from there. A part that an earlier run wrote,
 * perhaps on another machine, is read first, so that it is enough to keep that.
 */
#include "run/context.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "index/part.h"
#include "library/lock.h"

#define BATCH 1000	/* records in one transaction */

struct taking_over {
	struct index *index;
	size_t count;
};

/* LMDB is for one machine: on a network file system its locks and its map are
 * not those of another one. */
static enum outcome prepare_state(const struct run_context *run,
    struct error *error)
{
	const char *dir = run->cfg->state.dir;

	if (file_make_dirs(dir, 0700) != 0)
		return file_cant_write(dir, errno, RUN_CONFIG, error);
	if (library_is_remote(dir))
		return error_set(error, RUN_CONFIG, "%s: is on a network file "
		    "system: set [state] dir to a folder on a disk of this "
		    "machine", dir);
	return DONE;
}

static enum outcome take_over(void *ctx, const struct part_record *r,
    struct error *error)
{
	struct taking_over *t = ctx;
	enum outcome o = DONE;
	bool taken;

	if (!index_in_transaction(t->index))
		o = index_begin(t->index, error);
	if (o == DONE)
		o = part_store(t->index, r, &taken, error);
	if (o == DONE && ++t->count % BATCH == 0)
		o = index_commit(t->index, error);
	return o;
}

/* Is there something at the part's path that must not be replaced? */
static enum outcome check_older(const struct run_context *run,
    const struct part_info *older, enum outcome o, struct error *error)
{
	const struct shard *s = run->opt->shard;
	const char *path = run->opt->part;

	if (!older->is_part)
		return error_set(error, RUN_CONFIG, "%s: exists and is not a "
		    "part of likesync: name another file", path);
	if (o == DONE && (older->shard.number != s->number ||
	    older->shard.count != s->count))
		return error_set(error, RUN_CONFIG, "%s: has shard %" PRIu32
		    "/%" PRIu32 ", not %" PRIu32 "/%" PRIu32 ": name another "
		    "file", path, older->shard.number, older->shard.count,
		    s->number, s->count);
	return o;
}

/* What an earlier run of this shard analyzed, here or elsewhere. */
static enum outcome read_older_part(struct run_context *run)
{
	struct taking_over t = { .index = run->index };
	const char *path = run->opt->part;
	struct part_info older;
	struct error error;
	enum outcome o;

	if (access(path, F_OK) != 0)
		return DONE;
	/* First without taking anything: it may be another shard's. */
	o = part_read(path, &older, NULL, NULL, &error);
	o = check_older(run, &older, o, &error);
	if (o == DONE)
		o = part_read(path, &older, take_over, &t, &error);
	if (index_in_transaction(run->index) &&
	    index_commit(run->index, &error) != DONE)
		o = RUN_FAILED;
	if (o == RUN_FAILED && older.is_part) {
		log_warning("%s; it is replaced", error.text);
		return DONE;
	}
	if (o != DONE)
		note_outcome(run, o, &error);
	return o;
}

struct part_making {
	struct run_context *run;
	struct part_writer *writer;
	enum outcome outcome;
	struct error error;
};

/* Of several files with one identity the first has the record. */
static bool is_first_copy(struct index *x, const struct file *f)
{
	struct file first;
	bool same = index_find_identity(x, f->media.identity, &first) ==
	    DONE && strcmp(first.path, f->path) == 0;

	file_free(&first);
	return same;
}

static int add_record(void *ctx, const struct file *f)
{
	struct part_making *m = ctx;
	struct index *x = m->run->index;
	struct part_record r;

	if (f->media.identity[0] == '\0' ||
	    !shard_has(m->run->opt->shard, f->path) || !is_first_copy(x, f))
		return 0;
	memset(&r, 0, sizeof(r));
	memcpy(r.identity, f->media.identity, sizeof(r.identity));
	if (index_get_analysis(x, r.identity, &r.analysis) == DONE) {
		index_get_fingerprint(x, r.identity, &r.fingerprint);
		m->outcome = part_add(m->writer, &r, &m->error);
	}
	part_record_free(&r);
	return m->outcome != DONE;
}

static enum outcome write_part(struct run_context *run)
{
	struct part_making m = { .run = run };
	const struct summary *sum = run->sum;
	/* Before a stop not all files may have been found. */
	bool complete = sum->outcome == DONE && sum->backlog == 0 &&
	    !stop_requested();

	m.outcome = part_create(run->opt->part, run->opt->shard, &m.writer,
	    &m.error);
	if (m.outcome == DONE)
		index_each_file(run->index, add_record, &m);
	if (m.outcome == DONE)
		m.outcome = part_finish(m.writer, complete, &m.error);
	part_close(m.writer);
	if (m.outcome == DONE && !complete)
		m.outcome = error_set(&m.error, RUN_LATER, "%s: is not "
		    "complete: run this shard again", run->opt->part);
	if (m.outcome != DONE)
		note_outcome(run, m.outcome, &m.error);
	return m.outcome;
}

static enum outcome work_on_shard(struct run_context *run)
{
	struct error error;
	enum outcome o = prepare_state(run, &error);

	if (o != DONE) {
		note_outcome(run, o, &error);
		return o;
	}
	o = run_context_open(run);
	if (o == DONE)
		o = read_older_part(run);
	if (o == DONE)
		o = run_timed(run, STAGE_SCAN, scan_library);
	if (o == DONE)
		o = run_timed(run, STAGE_ANALYZE, analyze_backlog);
	if (o == DONE || o == STOPPED)
		o = run_timed(run, STAGE_DOCUMENT, write_part);
	return o;
}

enum outcome run_shard(const struct config *cfg, const struct run_options *opt,
    struct summary *sum)
{
	struct config own = *cfg;
	struct run_context run = { .cfg = &own, .opt = opt, .sum = sum,
		.lock_fd = -1 };

	own.state.dir = xasprintf("%s/" STATE_SHARDS "/%" PRIu32 "-of-%" PRIu32,
	    cfg->state.dir, opt->shard->number, opt->shard->count);
	run_begin(&run);
	work_on_shard(&run);
	progress_watch(NULL, NULL);
	sum->stopped = stop_reason();
	sum->ended = clock_wall();
	run_context_close(&run);
	free(own.state.dir);
	run_log_summary(sum);
	return sum->outcome;
}
