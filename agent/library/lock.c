/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define LOCK_FILE ".likesync.lock"
#define TRIES 8		/* its last owner may remove the file meanwhile */

struct library_lock {
	int folder;		/* -1: none */
	int file;		/* -1: none */
	char *path;		/* of the file */
};

bool library_is_remote(const char *root)
{
	/* linux/magic.h has not all of them everywhere: NFS, SMB 1, CIFS,
	 * SMB 2, 9P, FUSE, Ceph, AFS, Coda, Lustre. */
	static const uint32_t types[] = { 0x6969, 0x517b, 0xff534d42,
		0xfe534d42, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f,
		0x73757245, 0x0bd00bd0 };
	struct statfs fs;

	if (statfs(root, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* Is the locked file still the one at path? */
static bool is_named(int fd, const char *path)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && stat(path, &named) == 0 &&
	    mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* 0, or -1 with errno; EWOULDBLOCK: another has it. */
static int lock_file(struct library_lock *l)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = file_lock(l->path, 0, NULL);

		if (fd < 0)
			return -1;
		if (is_named(fd, l->path)) {
			l->file = fd;
			return 0;
		}
		close(fd);
	}
	errno = EWOULDBLOCK;
	return -1;
}

static enum outcome is_busy(const char *root, struct error *error)
{
	return error_set(error, RUN_LATER, "%s: another run with another "
	    "state folder uses this library: try again when it has ended",
	    root);
}

enum outcome library_lock(const char *root, bool remote,
    struct library_lock **out, struct error *error)
{
	struct library_lock *l = xcalloc(1, sizeof(*l));
	bool locked;

	*out = l;
	l->file = -1;
	l->path = path_join(root, LOCK_FILE);
	l->folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->folder < 0)
		return DONE;
	locked = file_flock(l->folder, 0) == 0;
	if (!locked && errno == EWOULDBLOCK)
		return is_busy(root, error);
	if ((remote || !locked) && lock_file(l) != 0) {
		if (errno == EWOULDBLOCK)
			return is_busy(root, error);
		if (!locked || errno != EROFS)
			log_warning("%s: can't be locked against other "
			    "machines: %s", root, file_strerror(errno));
	}
	return DONE;
}

void library_unlock(struct library_lock *l)
{
	if (l == NULL)
		return;
	/* Removed while locked: nobody else can have locked it. */
	if (l->file >= 0) {
		unlink(l->path);
		close(l->file);
	}
	if (l->folder >= 0)
		close(l->folder);
	free(l->path);
	free(l);
}
