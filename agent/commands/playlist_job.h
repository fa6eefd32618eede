/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playlist_job: queues or fetches what a list lacks, for `playlist`. */
#ifndef COMMANDS_PLAYLIST_JOB_H
#define COMMANDS_PLAYLIST_JOB_H

#include <stdbool.h>

#include "commands/commands.h"
#include "types/coverage.h"

struct playlist_job {
	bool fetch;		/* now; else it is queued for the next run */
	bool dry_run;		/* only print what would be done */
	bool sequential;	/* one download at a time */
	bool json;
	const char *by;		/* who asks; NULL: "terminal" */
	long start_from;	/* the first position; 0: from the beginning */
	long limit;		/* most tracks; 0: all */
	long batch;		/* fetch so many, and publish them, before the
				   next ones; 0: all at once */
	bool no_resume;		/* a new job, also if one of the same tracks
				   has not ended: that is cancelled */
};

/* Makes a job of the tracks of c that are not in the library. --queue prints
 * {"jobId", "queuedCount"}; a fetch prints each track when it has ended, and
 * with json the job at the end. Returns the exit status. */
int playlist_make_job(const struct invocation *v, const struct coverage *c,
    const struct playlist_job *what);

/* As `playlist LINK --queue`, for `queue add`: v->argv[1] is the link. In
 * playlist.c. */
int playlist_queue(const struct invocation *v, const char *by, bool json);

#endif
