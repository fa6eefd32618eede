/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syncs: what a program does to stable storage, in the order in which it does
 * it. Include it in one source of a test program: its fsync, fdatasync, linkat
 * and rename are called instead of the C library's, note it and go on there.
 */
#ifndef SYNCS_H
#define SYNCS_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each call is a letter: f and d sync a file or a folder, a syncs a file's
 * data alone, l gives a file a name, r renames one. */
static char syncs[256];

/* As on a file system without hard links. */
static int syncs_refuse_links;

static inline void syncs_clear(void)
{
	memset(syncs, 0, sizeof(syncs));
}

static inline void syncs_note(char letter)
{
	size_t len = strlen(syncs);

	if (len + 1 < sizeof(syncs))
		syncs[len] = letter;
}

/* dlsym gives an object pointer, and C has no cast from that. */
#define THE_REAL(name, function) do { \
		void *real = dlsym(RTLD_NEXT, name); \
		memcpy(&(function), &real, sizeof(function)); \
	} while (0)

int fsync(int fd)
{
	int (*real_one)(int fd);
	struct stat st;

	THE_REAL("fsync", real_one);
	syncs_note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
	return real_one(fd);
}

int fdatasync(int fd)
{
	int (*real_one)(int fd);

	THE_REAL("fdatasync", real_one);
	syncs_note('a');
	return real_one(fd);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to,
    int flags)
{
	int (*real_one)(int from_fd, const char *from, int to_fd,
	    const char *to, int flags);

	THE_REAL("linkat", real_one);
	if (syncs_refuse_links) {
		errno = EPERM;
		return -1;
	}
	syncs_note('l');
	return real_one(from_fd, from, to_fd, to, flags);
}

int rename(const char *from, const char *to)
{
	int (*real_one)(const char *from, const char *to);

	THE_REAL("rename", real_one);
	syncs_note('r');
	return real_one(from, to);
}

#endif
