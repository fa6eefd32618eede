/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * workers: the agent's side of the worker, which opens media. A worker process
 * is started once and forks a sandboxed child for each file, so that a broken
 * file costs one child only. Calls may come from several threads; each waits
 * for a free worker.
 */
#ifndef MEDIA_WORKERS_H
#define MEDIA_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/services.h"

struct workers;

struct workers_config {
	const char *program;	/* NULL: beside our own program, else where it
				   is installed; $LIKESYNC_WORKER overrides */
	int count;		/* 0: one a core */
	uint64_t memory;	/* bytes a child may map beyond libraries */
	int64_t timeout_ms;	/* wall and CPU time of one file */
};

/* Starts nothing: each worker is started when it is needed. */
struct workers *workers_open(const struct workers_config *cfg);
/* Makes sure that there is a worker, while no other thread uses w.
 * SERVICE_FAILED with error: the program is missing, does not answer, or is
 * another version. */
enum outcome workers_ready(struct workers *w, struct error *error);
/* Both. *out is NULL after a failure. */
enum outcome workers_start(const struct workers_config *cfg,
    struct workers **out, struct error *error);
void workers_stop(struct workers *w);	/* NULL allowed */
struct media_service workers_service(struct workers *w);
int workers_count(const struct workers *w);
/* The parts of the sandbox that this system does not support, for people; "":
 * none. */
const char *workers_gaps(const struct workers *w);

#endif
