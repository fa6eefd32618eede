/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/cold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "library/place.h"
#include "run/context.h"

/* Owned; NULL with errno: it is no folder of ours. */
static char *make_folder(const struct run_context *run)
{
	char *cold = path_join(run->cfg->library.path, COLD_FOLDER);
	char *own = path_join(cold, run->sum->run);
	struct stat st;

	if ((mkdir(cold, 0700) != 0 && errno != EEXIST) ||
	    lstat(cold, &st) != 0 || !S_ISDIR(st.st_mode) ||
	    (mkdir(own, 0700) != 0 && errno != EEXIST)) {
		free(own);
		own = NULL;
	}
	free(cold);
	return own;
}

static int open_folder_of(const struct run_context *run, const char *path)
{
	int root = open(run->cfg->library.path, O_PATH | O_DIRECTORY |
	    O_CLOEXEC), fd = root;
	char *folder = path_dir(path);

	if (root >= 0 && strchr(path, '/') != NULL) {
		fd = file_open_below(root, folder, O_PATH | O_DIRECTORY);
		close(root);
	}
	free(folder);
	return fd;
}

enum outcome cold_take(struct run_context *run, const char *path,
    struct error *error)
{
	int folder = open_folder_of(run, path);
	struct stat st;
	struct place p;
	enum outcome o = DONE;
	char *own = NULL;

	if (folder < 0 || fstatat(folder, path_base(path), &st,
	    AT_SYMLINK_NOFOLLOW) != 0)
		o = errno == ENOENT ? DONE : error_set(error, ITEM_FAILED,
		    "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		o = error_set(error, ITEM_FAILED, "%s: is no regular file",
		    path);
	else if ((own = make_folder(run)) == NULL)
		o = error_set(error, ITEM_FAILED, "%s/" COLD_FOLDER ": can't "
		    "be made: %s", run->cfg->library.path, strerror(errno));
	if (own != NULL) {
		o = place_enter(&p, own, path, error);
		if (o == DONE) {
			o = place_move(&p, folder, path_base(path), error);
			place_close(&p);
		}
	}
	if (folder >= 0)
		close(folder);
	free(own);
	return o;
}

/* A run's id: nothing else there is ours. */
static bool is_run(const char *name)
{
	return strlen(name) == RUN_ID_LEN &&
	    strspn(name, "0123456789abcdef") == RUN_ID_LEN;
}

void cold_clear(struct run_context *run)
{
	char *cold = path_join(run->cfg->library.path, COLD_FOLDER);
	int fd = open(cold, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *path = path_join(cold, e->d_name);

		if (is_run(e->d_name) && strcmp(e->d_name, run->sum->run) != 0) {
			log_info("%s: removed: a good run followed", path);
			folder_remove(path);
		}
		free(path);
	}
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	if (d != NULL)
		rmdir(cold);	/* if it is empty now */
	free(cold);
}
