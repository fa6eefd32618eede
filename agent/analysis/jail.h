/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jail: the box in which one file is opened. After jail_enter the process can
 * read and write the descriptors that it has and get memory within its limit,
 * and nothing else: an allow list of system calls (seccomp) refuses opening,
 * sockets, new processes and programs with EPERM; limits bound memory, time
 * and the size of what it may write.
 */
#ifndef ANALYSIS_JAIL_H
#define ANALYSIS_JAIL_H

#include <stddef.h>
#include <stdint.h>

struct jail {
	uint64_t memory;	/* bytes of address space; 0: unlimited */
	uint32_t cpu_seconds;	/* 0: unlimited */
	uint64_t file_size;	/* that a descriptor may grow to; 0: none may
				   be written */
	const int *keep;	/* descriptors to keep, besides 1 */
	size_t n_keep;
};

/* 0, or -1: the box could not be closed, and nothing may be opened in it. */
int jail_enter(const struct jail *j);

#endif
