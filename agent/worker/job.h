/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job: the work of one child of the worker on its one file, from descriptor to
 * answer. */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include <sys/types.h>

#include "types/protocol.h"

/* Exit statuses of a child. base/mem.h exits with NO_MEMORY. */
enum job_exit { JOB_DONE = 0, JOB_NO_MEMORY = 1, JOB_REFUSED = 3,
    JOB_FAILED = 4 };

struct job {
	struct worker_request request;
	int media;	/* -1 for WORKER_VERSION */
	int extra;	/* memfd with tags and cover; -1: none */
	int answer;	/* pipe for the text */
};

/* Runs every library once before the first fork, so that a child needs no file
 * and inherits all tables and plans. */
void job_warm_up(void);

/* In a child just forked from parent: enters the sandbox, does the work,
 * writes the text and exits with an enum job_exit. */
void __attribute__((noreturn)) job_run(const struct job *w, pid_t parent);

#endif
