/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox: confines one child of the worker that opens one file. After
 * worker_sandbox_enter the process can compute, allocate, read the given
 * descriptors, write its answer and exit; nothing else. Whatever libraries
 * open or load lazily must have happened before.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;

struct worker_sandbox {
	int media;		/* the file; only pread, or pwrite as well */
	int extra;		/* second descriptor of the request; -1: none */
	bool to_extra;		/* writes go to extra, not to media */
	int answer;		/* the pipe to the worker */
	pid_t parent;		/* this process is killed when it ends */
	uint64_t memory;	/* bytes that may be mapped on top of what is
				   mapped already; 0: unlimited */
	uint32_t timeout_ms;	/* of CPU time; 0: unlimited */
	uint64_t max_size;	/* of the written file; 0: read only */
};

/* Never fails: a restriction that the system or the build can't enforce is
 * named in gaps ("system call filter (Invalid argument), ..."), which stays
 * empty when the sandbox is complete. Exits if the parent is gone already. */
void worker_sandbox_enter(const struct worker_sandbox *s, struct buf *gaps);

#endif
