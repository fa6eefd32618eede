/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include "base/clock.h"
#include "base/log.h"
#include "document/document.h"
#include "library/place.h"
#include "library/scan.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

/*
 * When many files vanished at once, a disk may not be mounted. The run ends, so
 * that nothing is fetched again into an empty mount point.
 */
static enum outcome report_refused_removal(struct run_context *run,
    const struct scan_report *r)
{
	struct error error;

	error_set(&error, RUN_FAILED, "%s: %zu files are missing, as when a "
	    "disk is not mounted; nothing was removed from the index. If you "
	    "removed them, run `likesync scan --accept-removals`",
	    run->cfg->library.path, r->vanished);
	note_outcome(run, RUN_FAILED, &error);
	return RUN_FAILED;
}

/* From now on the index has the whole library. */
static enum outcome note_scanned(struct run_context *run, struct error *error)
{
	return index_get_note_int(run->index, NOTE_SCANNED, 0) != 0 ? DONE :
	    index_put_note_int(run->index, NOTE_SCANNED, clock_wall(), error);
}

enum outcome scan_library(struct run_context *run)
{
	const struct scan s = {
		.root = run->cfg->library.path,
		.index = run->index,
		.media_service = &run->media_service,
		.threads = workers_count(run->workers),
		.accept_removals = run->opt->accept_removals,
		.clean = !run->opt->dry_run && run->opt->shard == NULL,
		.shard = run->opt->shard,
	};
	struct summary *sum = run->sum;
	struct scan_report r = { .seen = 0 };
	struct error error;
	enum outcome o = scan_folder(&s, &r, &error);

	sum->library_files = r.seen;
	sum->library_bytes = r.bytes;
	sum->files_added = r.added;
	sum->files_changed = r.changed;
	sum->files_moved = r.moved;
	sum->files_removed = r.removed;
	sum->files_unreadable = r.unreadable;
	sum->removal_refused = r.removal_refused;
	if (r.removal_refused)
		return report_refused_removal(run, &r);
	if (o == DONE && r.added + r.changed + r.moved + r.removed > 0)
		log_info("library: %zu files added=%zu changed=%zu moved=%zu "
		    "removed=%zu unreadable=%zu", r.seen, r.added, r.changed,
		    r.moved, r.removed, r.unreadable);
	if (o == DONE)
		o = note_scanned(run, &error);
	return note_outcome(run, o, &error) ? DONE : o;
}

void collect_statistics(struct run_context *run)
{
	struct summary *s = run->sum;
	struct ledger_remaining left;
	struct authorization g;

	s->disk_percent = disk_usage(run->cfg->library.path, &s->disk_free);
	if (run->ledger != NULL) {
		ledger_remaining(run->ledger, &left);
		s->cap_hour = left.hour;
		s->cap_day = left.day;
	}
	s->not_before = session_not_before(run->cfg);
	if (authorization_load(run->cfg->spotify.token_file, &g,
	    NULL) == DONE) {
		s->authorization_expires_at = authorization_expires_at(&g);
		authorization_free(&g);
	}
}
