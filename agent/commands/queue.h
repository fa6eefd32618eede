/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue: the jobs as commands read them, beside a run. */
#ifndef COMMANDS_QUEUE_H
#define COMMANDS_QUEUE_H

#include "base/outcome.h"
#include "config/config.h"
#include "records/jobs.h"
#include "report/job_eta.h"

/* All jobs, with the requests that wait applied. jobs_close it after DONE.
 * RUN_FAILED with error. */
enum outcome queue_read(const struct config *cfg, struct jobs **out,
    struct error *error);

/* What job_eta needs, as of now. */
void queue_eta_input(const struct config *cfg, struct eta_input *in);

#endif
