/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/delivered.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "sources/source.h"
#include "types/services.h"

#define REMUXED ".remuxed-XXXXXX"

/* Is this the path of a file directly in the folder? */
static bool is_in_folder(const char *path, const char *folder)
{
	size_t len = strlen(folder);
	struct stat st;

	return strncmp(path, folder, len) == 0 && path[len] == '/' &&
	    strchr(path + len + 1, '/') == NULL &&
	    lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* A thumbnail in a format that tags support. */
static char *find_cover(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char *found = NULL;

	while (d != NULL && found == NULL && (e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot != NULL && (strcmp(dot, ".jpg") == 0 ||
		    strcmp(dot, ".jpeg") == 0 || strcmp(dot, ".png") == 0))
			found = path_join(folder, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

/* moved: the audio is in to now. A file that the worker can't open is
 * delivered unchanged, for verification. */
static enum outcome move_audio(const struct media_service *e, const char *path,
    int to, bool *moved, struct error *error)
{
	int fd = file_open(path);
	enum outcome o;

	*moved = false;
	if (fd < 0)
		return error_set(error, ITEM_FAILED, "%s: %s", path,
		    file_strerror(errno));
	o = e->remux(e->self, fd, to, moved, error);
	close(fd);
	*moved &= o == DONE;
	return o == ITEM_FAILED ? DONE : o == SERVICE_FAILED ? RUN_FAILED : o;
}

enum outcome delivered_take(const struct media_service *media_service,
    const char *path, const char *folder, struct delivery *out,
    struct error *error)
{
	char *other = path_join(folder, REMUXED);
	int to = mkostemp(other, O_CLOEXEC);
	enum outcome o = DONE;
	bool moved = false;

	if (!is_in_folder(path, folder))
		o = error_set(error, ITEM_FAILED, "the program reported a file "
		    "that does not exist");
	else if (to < 0)
		o = error_set(error, RUN_LATER, "%s: can't be written: %s",
		    other, strerror(errno));
	else
		o = move_audio(media_service, path, to, &moved, error);
	if (to >= 0)
		close(to);
	if (to >= 0 && !moved)
		unlink(other);
	if (o == DONE) {
		out->path = xstrdup(moved ? other : path);
		out->cover = find_cover(folder);
	}
	if (moved)
		unlink(path);
	free(other);
	return o;
}
