/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct stamp stamp_of(const struct stat *st)
{
	return (struct stamp){ .device = st->st_dev, .inode = st->st_ino,
		.size = st->st_size, .mtime_ns = ns_of(st->st_mtim),
		.ctime_ns = ns_of(st->st_ctim) };
}

int stamp_take(int fd, struct stamp *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	*out = stamp_of(&st);
	return 0;
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
	bool same_device = a->device == b->device || a->device == 0 ||
	    b->device == 0;

	return same_device && a->inode == b->inode && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

/* A lease for reading is only given out while nobody can write. It is given
 * back at once; another process that opens the file in between waits that long,
 * and the signal that the kernel then sends is ignored unless asked for. */
enum writers stamp_writers(int fd)
{
	enum writers writers = WRITERS_NONE;

	if (fcntl(fd, F_SETSIG, SIGURG) != 0)
		return WRITERS_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN ? WRITERS_SOME : WRITERS_UNKNOWN;
	if (fcntl(fd, F_GETLEASE) != F_RDLCK)
		writers = WRITERS_SOME;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return writers;
}

bool stamp_has_writer(int fd)
{
	return stamp_writers(fd) == WRITERS_SOME;
}
