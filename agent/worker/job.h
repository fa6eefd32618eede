/* SPDX-License-Identifier: GPL-3.0-or-later */
/* work: what a child of the worker does with its one file, from descriptor to
 * answer. */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include <sys/types.h>

#include "types/protocol.h"

/* How a child exits. NO_MEMORY is how base/mem.h ends a process. */
enum work_exit { WORK_DONE = 0, WORK_NO_MEMORY = 1, WORK_REFUSED = 3,
    WORK_FAILED = 4 };

struct work {
	struct worker_request request;
	int media;	/* -1 for WORKER_VERSION */
	int extra;	/* memfd with tags and cover; -1: none */
	int answer;	/* pipe for the text */
};

/* Makes the libraries load and build what they need once; before any fork. */
void job_warm_up(void);

/* In a child just forked from parent: closes the box, does the work, writes
 * the text, exits by enum work_exit. */
void __attribute__((noreturn)) job_run(const struct work *w, pid_t parent);

#endif
