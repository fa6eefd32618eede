/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/context.h"

#include "base/log.h"
#include "document/document.h"
#include "library/place.h"
#include "library/scan.h"
#include "spotify/authorization.h"
#include "spotify/session.h"

/*
 * A library of which much vanished at once is a disk that is not mounted, or a
 * person's deed. Only he can tell, and until then nothing is fetched again
 * into what may be an empty mount point.
 */
static enum outcome refuse(struct run_context *h, const struct scan_report *r)
{
	struct error error;

	error_set(&error, RUN_FAILED, "%s: %zu files vanished at once, which looks "
	    "like a disk that is not mounted; nothing was removed. If you "
	    "did it, run `likesync scan --accept-removals`",
	    h->cfg->library.path, r->vanished);
	note_outcome(h, RUN_FAILED, &error);
	return RUN_FAILED;
}

enum outcome scan_library(struct run_context *h)
{
	const struct scan s = {
		.root = h->cfg->library.path,
		.index = h->index,
		.media_service = &h->media_service,
		.threads = workers_count(h->workers),
		.accept_removals = h->opt->accept_removals,
	};
	struct summary *sum = h->sum;
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
		return refuse(h, &r);
	if (o == DONE && r.added + r.changed + r.moved + r.removed > 0)
		log_info("library: %zu files added=%zu changed=%zu moved=%zu "
		    "removed=%zu unreadable=%zu", r.seen, r.added, r.changed,
		    r.moved, r.removed, r.unreadable);
	return note_outcome(h, o, &error) ? DONE : o;
}

void collect_statistics(struct run_context *h)
{
	struct summary *s = h->sum;
	struct ledger_remaining left;
	struct authorization g;

	s->disk_percent = disk_usage(h->cfg->library.path, &s->disk_free);
	if (h->ledger != NULL) {
		ledger_remaining(h->ledger, &left);
		s->cap_hour = left.hour;
		s->cap_day = left.day;
	}
	s->not_before = session_not_before(h->cfg);
	if (authorization_load(h->cfg->spotify.token_file, &g, NULL) == DONE) {
		s->authorization_expires_at = authorization_expires_at(&g);
		authorization_free(&g);
	}
}
