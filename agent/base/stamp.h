/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stamp: which file a descriptor or a name stands for, and in which state. Two
 * equal stamps mean that it is the same file and that nobody changed it in
 * between: a write changes mtime, and whatever else is done to a file, setting
 * its mtime back included, changes ctime.
 */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct stat;

struct stamp {
	uint64_t device;	/* 0: not known; its numbers may change with
				   the next boot, so records don't hold it */
	uint64_t inode;
	int64_t size, mtime_ns, ctime_ns;
};

/* Of a descriptor; 0, or -1 with errno. */
int stamp_take(int fd, struct stamp *out);
struct stamp stamp_of(const struct stat *st);
/* A device that is not known is like any. */
bool stamp_equal(const struct stamp *a, const struct stamp *b);

/* Does another descriptor, of whatever process, allow writing to the file
 * behind fd, which is open for reading only? Unknown where the file system or
 * the file's owner does not let us know. */
enum writers { WRITERS_NONE, WRITERS_SOME, WRITERS_UNKNOWN };
enum writers stamp_writers(int fd);
bool stamp_has_writer(int fd);	/* known ones */

#endif
