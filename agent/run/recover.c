/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recover: with a new index, takes the document's analyses of files that have
 * not changed since they were analyzed.
 */
#include "run/context.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "document/recover.h"

/* Tags are written, and a file is copied, after the analysis. */
#define SLACK_S 3600

struct recovery {
	struct run_context *run;
	struct entries unanalyzed;		/* files without an analysis */
	int64_t *modified;		/* parallel: Unix time */
	size_t modified_cap;
	size_t count;			/* analyses taken over */
	enum outcome outcome;
	struct error error;
};

static int collect_unanalyzed(void *ctx, const struct file *f)
{
	struct recovery *r = ctx;
	struct analysis_record known;
	struct entry *e;

	if (f->media.identity[0] == '\0')
		return 0;
	if (index_get_analysis_head(r->run->index, f->media.identity,
	    &known) == DONE)
		return 0;
	r->modified = grow(r->modified, &r->modified_cap, r->unanalyzed.count,
	    sizeof(*r->modified));
	r->modified[r->unanalyzed.count] = f->mtime_ns / 1000000000;
	e = entries_add(&r->unanalyzed);
	e->path = xstrdup(f->path);
	e->size = f->size;
	memcpy(e->identity, f->media.identity, sizeof(e->identity));
	return 0;
}

static void store_recovered(void *ctx, struct recovered_entry *found)
{
	struct recovery *r = ctx;
	size_t i = (size_t)(found->e - r->unanalyzed.items);
	struct analysis_record record = { .analyzed = true,
		.analysis = found->analysis,
		.analyzed_at = found->analyzed_at, .complete = true };

	memcpy(record.version, found->version, sizeof(record.version));
	if (r->outcome == DONE &&
	    r->modified[i] <= found->analyzed_at + SLACK_S) {
		r->outcome = index_put_analysis(r->run->index,
		    found->e->identity, &record, &r->error);
		r->count += r->outcome == DONE;
	}
	analysis_free(&found->analysis);
}

/* Only before the first merge: from then on the document follows the index. */
enum outcome recover_analyses(struct run_context *run)
{
	struct recovery r = { .run = run };
	char *seen = index_get_note(run->index, NOTE_SEEN);

	if (seen == NULL && access(run->cfg->library.document, F_OK) == 0)
		index_each_file(run->index, collect_unanalyzed, &r);
	free(seen);
	if (r.unanalyzed.count > 0)
		r.outcome = index_begin(run->index, &r.error);
	if (r.outcome == DONE && r.unanalyzed.count > 0) {
		/* publish_document reports an unreadable document. */
		document_recover(run->cfg->library.document,
		    run->cfg->library.path, &r.unanalyzed, store_recovered, &r,
		    NULL);
		if (r.outcome == DONE)
			r.outcome = index_commit(run->index, &r.error);
		else
			index_abort(run->index);
	}
	if (r.outcome == DONE && r.count > 0)
		log_info("analyses: %zu taken from the document", r.count);
	entries_free(&r.unanalyzed);
	free(r.modified);
	return note_outcome(run, r.outcome, &r.error) ? DONE : r.outcome;
}
