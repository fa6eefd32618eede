/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * move_library: moves the files of the library to the paths that the layouts
 * give them, under the run lock, and index and analysis document with them.
 * Nothing is overwritten; what a kill interrupts, the next call finishes: the
 * scan that it begins with finds moved files by their audio.
 */
#ifndef RUN_MOVE_LIBRARY_H
#define RUN_MOVE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct config;

enum move_which {
	MOVE_PLACED,		/* files that likesync placed */
	MOVE_KNOWN,		/* and others whose track is known */
	MOVE_ALL		/* and others, by their tags */
};

struct moved_file {
	char *from, *to;
	bool moved;		/* false: it will be, or error says why not */
	char *error;		/* or NULL */
};

/* A file that could be at a better path, and stays. */
struct kept_file {
	char *path;
	char *reason;
};

struct move_report {
	struct moved_file *files;
	size_t count, cap;
	struct kept_file *kept;
	size_t n_kept, cap_kept;
	size_t in_place, moved, failed;
	size_t others;		/* other files that followed: covers, lyrics */
};

/* apply false: says what would be done. STOPPED: a signal ended it; what was
 * moved until then is in index and document. error->text is "" if the failure
 * was logged. move_report_free also after a failure. */
enum outcome run_move_library(const struct config *cfg, enum move_which which,
    bool apply, struct move_report *report, struct error *error);
void move_report_free(struct move_report *r);

#endif
