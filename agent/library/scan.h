/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan: brings the index up to date with the library folder. A file whose
 * size, mtime and inode match the index is not opened, so a later scan costs
 * readdir and stat only, and nothing is kept of unchanged files. A file at a new path whose identity the index has at
 * a path that is gone was moved, and keeps its doc_id.
 *
 * Symbolic links to files count as files; links to folders are not followed.
 * Dotfiles and temporary files are not audio. If more files vanished at once
 * than is plausible (an unmounted disk), none is removed and the report says
 * so.
 */
#ifndef LIBRARY_SCAN_H
#define LIBRARY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "index/index.h"
#include "types/services.h"

struct shard;

struct scan {
	const char *root;		/* the library folder, absolute */
	struct index *index;
	const struct media_service *media_service;
	int threads;			/* for opening new files */
	bool accept_removals;		/* no matter how many files vanished */
	bool clean;			/* remove what place.h left in a kill */
	const struct shard *shard;	/* only the files of this slice; NULL:
					   all */
};

struct scan_report {
	size_t seen;		/* audio files in the folder */
	uint64_t bytes;		/* their size */
	size_t added, changed, moved, removed;
	size_t unreadable;	/* recorded in the index with their fault and
				   not opened again, except after a read error
				   of the disk */
	bool removal_refused;	/* implausibly many files vanished: */
	size_t vanished;	/* how many */
};

/* RUN_CONFIG: no such folder. STOPPED: files read so far are in the index,
 * vanished ones not yet removed. RUN_FAILED: the index or the worker failed. A
 * folder or file that can't be read is logged and stays in the index. */
enum outcome scan_folder(const struct scan *s, struct scan_report *r,
    struct error *error);

#endif
