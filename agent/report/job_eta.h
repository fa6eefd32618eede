/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_eta: how long a job will take, by the caps and the speed so far. Pure. */
#ifndef REPORT_JOB_ETA_H
#define REPORT_JOB_ETA_H

#include <stddef.h>
#include <stdint.h>

#include "records/jobs.h"

struct eta_input {
	int hour_left, day_left;	/* downloads that may start now */
	int per_hour, per_day;		/* the caps */
	size_t likes;			/* liked tracks that a run would fetch */
	double fetch_s;			/* one download took so far; 0: unknown */
	int parallel;			/* downloads at a time; at least 1 */
};

/* Seconds until no track of the job waits, if runs follow one another; -1: the
 * job has ended, or a cap of 0 allows none. Jobs take turns by track, and with
 * the likes by download. */
int64_t job_eta(const struct jobs *jobs, const struct job *job,
    const struct eta_input *in);

#endif
