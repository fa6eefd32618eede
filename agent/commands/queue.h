/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue: the jobs as commands read them, beside a run. */
#ifndef COMMANDS_QUEUE_H
#define COMMANDS_QUEUE_H

#include "base/outcome.h"
#include "commands/commands.h"
#include "config/config.h"
#include "records/jobs.h"
#include "report/job_eta.h"

/* Leaves a request for a job of tracks, for the next or the active run, and
 * fills job->id; name, link and by are the caller's. The same tracks are the
 * same job as long as it has not ended, unless anew: that is cancelled then. */
enum outcome queue_request(const struct config *cfg,
    const struct tracks *tracks, bool anew, struct job *job,
    struct error *error);
/* Prints {"jobId", "queuedCount"}; NULL: there is no job. Returns the exit
 * status. */
int queue_print_added(const struct job *job, size_t count);

/* `queue add`: the tracks of the link, or of a JSON object on standard input.
 * In queue_add.c. */
int queue_add(const struct invocation *v, const char *by, bool json);

/* What job_eta needs, as of now. */
void queue_eta_input(const struct config *cfg, struct eta_input *in);

#endif
