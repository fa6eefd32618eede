/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan: brings the index up to date with the library folder. A file whose
 * size, mtime and inode are as the index has them is not opened: a later scan
 * costs readdir and stat. A file that is new at its path but whose identity
 * the index knows at a path that is gone, has moved, and keeps its doc_id.
 *
 * Symbolic links to files count as files; folders are not entered through
 * them. Dotfiles and leftovers are no audio. If more files vanished at once
 * than can be believed (an unmounted disk), none is removed and it is said.
 */
#ifndef LIBRARY_SCAN_H
#define LIBRARY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "index/index.h"
#include "types/services.h"

struct scan {
	const char *root;		/* the library folder, absolute */
	struct index *index;
	const struct media_service *media_service;
	int threads;			/* that open new files */
	bool accept_removals;		/* however many files vanished */
};

struct scan_report {
	size_t seen;		/* audio files in the folder */
	uint64_t bytes;		/* of them */
	size_t added, changed, moved, removed;
	size_t unreadable;	/* no audio in them; they stay in the index
				   with their fault and are not tried again,
				   unless it was the disk's */
	bool removal_refused;	/* see above */
	size_t vanished;	/* how many would have been removed then */
};

/* RUN_CONFIG: no such folder. STOPPED: what was done so far is kept; what is
 * gone is not removed yet. RUN_FAILED: the index or the worker is broken. A
 * folder or file that can't be read is logged, and what the index knows of it
 * is kept. */
enum outcome scan_folder(const struct scan *s, struct scan_report *r,
    struct error *error);

#endif
