/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jail: the box in which one child of the worker opens one file. After
 * jail_enter the process can compute, allocate, read the descriptors that it
 * was left, write its answer, and end; nothing else. Whatever its libraries
 * open, load or ask for lazily must have happened before.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;

struct worker_sandbox {
	int media;		/* the file; only pread, or pwrite as well */
	int extra;		/* what came with the request; -1: nothing */
	bool to_extra;		/* it, not media, is what is written to */
	int answer;		/* the pipe to the worker */
	pid_t parent;		/* with whose death this process dies */
	uint64_t memory;	/* bytes that may be mapped on top of what is
				   mapped already; 0: unlimited */
	uint32_t timeout_ms;	/* of CPU time; 0: unlimited */
	uint64_t max_size;	/* to which that file may grow; 0: read only */
};

/* Never fails: what the system or the build does not let us enforce is named
 * in gaps ("system call filter (Invalid argument), ..."), which stays empty
 * when the box is whole. Kills the process if its parent is gone already. */
void worker_sandbox_enter(const struct worker_sandbox *j, struct buf *gaps);

#endif
