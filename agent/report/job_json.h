/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job_json: a job as `queue --json`, [hooks] on_job and the web program give
 * it; see likesync-json(7).
 */
#ifndef REPORT_JOB_JSON_H
#define REPORT_JOB_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "records/jobs.h"

struct json_writer;

/* An object, with its tracks if asked for. eta_s: seconds until no track waits;
 * -1: unknown, or the job has ended. */
void job_to_json(const struct job *job, int64_t eta_s, bool with_tracks,
    struct json_writer *w);

#endif
