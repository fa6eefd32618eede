/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merge: the parts that shards wrote, into the index. Only analyses of files
 * that are in the library are taken, so a part can't fill the disk. A part that
 * is refused leaves the others their turn; a merge that was ended goes on where
 * it is started again, since what is known already changes nothing.
 */
#include "run/context.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/stop.h"
#include "index/part.h"

#define BATCH 1000	/* records in one transaction */

struct merge {
	struct run_context *run;
	size_t seen, taken, unknown;	/* records of this part */
	bool index_failed;		/* no fault of the part */
};

static enum outcome merge_record(void *ctx, const struct part_record *r,
    struct error *error)
{
	struct merge *m = ctx;
	struct index *x = m->run->index;
	enum outcome o = DONE;
	bool taken = false;

	m->seen++;
	if (!index_has_identity(x, r->identity)) {
		m->unknown++;
		return DONE;
	}
	if (!index_in_transaction(x))
		o = index_begin(x, error);
	if (o == DONE)
		o = part_store(x, r, &taken, error);
	if (o == DONE && m->seen % BATCH == 0)
		o = index_commit(x, error);
	m->taken += taken;
	m->index_failed = o != DONE;
	return o;
}

static void log_merged(const struct merge *m, const char *path,
    const struct part_info *part)
{
	if (m->unknown == part->records && m->unknown > 0)
		log_warning("%s: none of its %zu recordings is in this library",
		    path, part->records);
	log_info("%s: shard %" PRIu32 "/%" PRIu32 "%s: %zu analyses, %zu taken, "
	    "%zu of no file in the library", path, part->shard.number,
	    part->shard.count, part->complete ? "" : ", not complete yet",
	    part->records, m->taken, m->unknown);
}

static enum outcome merge_part(struct run_context *run, const char *path,
    bool *index_failed, struct error *error)
{
	struct merge m = { .run = run };
	struct part_info part;
	enum outcome o = part_read(path, &part, merge_record, &m, error);

	/* Also what came before a stop. */
	if (index_in_transaction(run->index) && !m.index_failed &&
	    index_commit(run->index, o == DONE ? error : NULL) != DONE) {
		m.index_failed = true;
		o = o == DONE ? RUN_FAILED : o;
	} else if (index_in_transaction(run->index)) {
		index_abort(run->index);
	}
	*index_failed = m.index_failed;
	run->sum->analyses_merged += m.index_failed ? 0 : m.taken;
	if (o == DONE)
		log_merged(&m, path, &part);
	return o;
}

enum outcome merge_parts(struct run_context *run)
{
	bool index_failed = false;

	for (char *const *path = run->opt->parts; *path != NULL; path++) {
		struct error error;
		enum outcome o = merge_part(run, *path, &index_failed, &error);

		if (o == STOPPED || stop_requested())
			return STOPPED;
		run->sum->parts_merged += o == DONE;
		run->sum->parts_refused += o != DONE && !index_failed;
		if (o != DONE)
			note_outcome(run, o, &error);
		if (index_failed)
			return o;
	}
	return DONE;
}
