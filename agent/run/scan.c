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
static enum outcome refuse(struct hand *h, const struct scan_report *r)
{
	struct why why;

	why_set(&why, RUN_FAILED, "%s: %zu files vanished at once, which looks "
	    "like a disk that is not mounted; nothing was removed. If you "
	    "did it, run `likesync scan --accept-removals`",
	    h->cfg->library.path, r->vanished);
	note_outcome(h, RUN_FAILED, &why);
	return RUN_FAILED;
}

enum outcome scan_shelves(struct hand *h)
{
	const struct scan s = {
		.root = h->cfg->library.path,
		.index = h->index,
		.examiner = &h->examiner,
		.threads = workers_count(h->workers),
		.accept_removals = h->opt->accept_removals,
	};
	struct summary *sum = h->sum;
	struct scan_report r = { .seen = 0 };
	struct why why;
	enum outcome o = scan_library(&s, &r, &why);

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
	return note_outcome(h, o, &why) ? DONE : o;
}

void take_stock(struct hand *h)
{
	struct summary *s = h->sum;
	struct budget_left left;
	struct grant g;

	s->disk_percent = disk_usage(h->cfg->library.path, &s->disk_free);
	if (h->budget != NULL) {
		budget_left(h->budget, &left);
		s->cap_hour = left.hour;
		s->cap_day = left.day;
	}
	s->not_before = session_not_before(h->cfg);
	if (grant_load(h->cfg->spotify.token_file, &g, NULL) == DONE) {
		s->grant_expires_at = grant_expires_at(&g);
		grant_free(&g);
	}
}
