/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define MAX_DEPTH 32	/* nothing of ours is nested more than a few deep */

enum outcome state_prepare(const char *dir, struct why *why)
{
	static const char *const folders[] = { "", "keep", STATE_INDEX,
		STATE_TMP };

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = path_join(dir, folders[i]);
		int failed = file_make_dirs(path, 0700);
		int error = errno;

		free(path);
		if (failed)
			return why_set(why, RUN_CONFIG, "%s: can't be made: "
			    "%s; set [state] dir to a folder that this user "
			    "may write", dir, strerror(error));
	}
	if (access(dir, R_OK | W_OK | X_OK) != 0)
		return why_set(why, RUN_CONFIG, "%s: %s; it must be readable "
		    "and writable by this user", dir, strerror(errno));
	return DONE;
}

/* Removes what is in the folder fd, not following links; closes fd. */
static void empty_folder(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		int sub;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0 || depth == 0)
			continue;
		sub = openat(dirfd(d), e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			empty_folder(sub, depth - 1);
		unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

static void empty_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		empty_folder(fd, MAX_DEPTH);
}

void state_empty_tmp(const char *dir)
{
	char *path = path_join(dir, STATE_TMP);

	empty_path(path);
	free(path);
}

void folder_remove(const char *path)
{
	empty_path(path);
	rmdir(path);
}
