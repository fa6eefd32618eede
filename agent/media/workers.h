/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * workers: the agent's side of the program that opens media. Each worker is a
 * process that was started once and forks a boxed child for each file it is
 * handed, so that one broken file costs a child and nothing else. Calls may
 * come from several threads; each waits for a free worker.
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
				   is installed; $LIKESYNC_WORKER wins */
	int count;		/* 0: one a core */
	uint64_t memory;	/* bytes a child may map beyond libraries */
	int64_t timeout_ms;	/* wall and CPU time of one file */
};

/* Starts the first; the others are started when they are needed.
 * SERVICE_FAILED with why: the program is not there, does not answer, or is
 * of another version. */
enum outcome workers_start(const struct workers_config *cfg,
    struct workers **out, struct error *error);
void workers_stop(struct workers *w);	/* NULL allowed */
struct media_service workers_service(struct workers *w);
int workers_count(const struct workers *w);
/* What of the box this system does not let us enforce, in words; "" when it
 * is whole. */
const char *workers_gaps(const struct workers *w);

#endif
