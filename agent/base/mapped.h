/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mapped: an array that grows. Up to a megabyte it is memory; beyond that an
 * unnamed file of a folder, mapped: what a million items need is then not the
 * process's own memory, as the kernel can write it out and take it back. Where
 * no file can be had it stays memory.
 *
 *	struct mapped m;
 *	mapped_open(&m, folder);
 *	item = mapped_add(&m, sizeof(*item));
 *	mapped_close(&m);
 */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stddef.h>

struct mapped {
	char *data;		/* moves when the array grows */
	size_t used, size;	/* bytes */
	const char *folder;	/* borrowed; NULL: memory only */
	int fd;			/* -1: it is memory */
};

void mapped_open(struct mapped *m, const char *folder /* or NULL */);
void mapped_close(struct mapped *m);
/* Adds n bytes at the end and returns where they begin. */
void *mapped_add(struct mapped *m, size_t n);
/* Takes its pages out of the process's memory; nothing is lost. */
void mapped_release(const struct mapped *m);

#endif
