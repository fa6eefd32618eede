/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define MAX_DEPTH 64
#define TEMPORARY ".likesync-??????.tmp"

static enum outcome cant_write(const char *path, int error, struct why *why)
{
	if (error == ENOSPC || error == EDQUOT)
		return why_set(why, RUN_LATER, "%s: the disk is full: make "
		    "room, the next run goes on", path);
	return why_set(why, RUN_FAILED, "%s: can't be written: %s", path,
	    strerror(error));
}

enum outcome place_open(struct place *p, const char *root,
    const char *wanted, struct why *why)
{
	char *path = path_join(root, wanted), *folder = path_dir(path);
	enum outcome o = DONE;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	/* As the user's own programs make them: his umask decides. */
	if (file_make_dirs(folder, 0777) == 0)
		p->fd = file_open_unnamed(folder, 0666, &p->temporary);
	if (p->fd < 0)
		o = cant_write(folder, errno, why);
	p->root = xstrdup(root);
	p->wanted = xstrdup(wanted);
	free(folder);
	free(path);
	if (o != DONE)
		place_close(p);
	return o;
}

static bool is_taken(const struct place *p, const char *rel)
{
	char *path = path_join(p->root, rel);
	struct stat st;
	bool taken = lstat(path, &st) == 0;

	free(path);
	return taken;
}

char *place_free_name(const struct place *p)
{
	const char *dot = strrchr(path_base(p->wanted), '.');
	int stem = (int)(dot != NULL ? dot - p->wanted :
	    (long)strlen(p->wanted));
	char *name = xstrdup(p->wanted);

	for (int n = 2; n < 1000 && is_taken(p, name); n++) {
		free(name);
		name = xasprintf("%.*s (%d)%s", stem, p->wanted, n,
		    dot != NULL ? dot : "");
	}
	return name;
}

enum outcome place_commit(struct place *p, const char *rel, struct why *why)
{
	char *path = path_join(p->root, rel);
	enum outcome o = DONE;

	if (file_link_unnamed(p->fd, p->temporary, path) != 0) {
		if (errno == EEXIST)
			o = why_set(why, TRACK_FAILED, "%s: exists", path);
		else
			o = cant_write(path, errno, why);
	} else {
		/* It has its name: there is nothing to take back. */
		free(p->temporary);
		p->temporary = NULL;
	}
	free(path);
	return o;
}

void place_close(struct place *p)
{
	if (p->temporary != NULL)
		unlink(p->temporary);
	if (p->fd >= 0)
		close(p->fd);
	free(p->temporary);
	free(p->root);
	free(p->wanted);
	memset(p, 0, sizeof(*p));
	p->fd = -1;
}

/* Removes our dotfiles in the folder fd and below; closes fd. */
static void clean_folder(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		int sub;

		if (e->d_type == DT_REG &&
		    fnmatch(TEMPORARY, e->d_name, 0) == 0)
			unlinkat(dirfd(d), e->d_name, 0);
		if (e->d_type != DT_DIR || e->d_name[0] == '.' || depth == 0)
			continue;
		sub = openat(dirfd(d), e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			clean_folder(sub, depth - 1);
	}
	closedir(d);
}

/* Can this file system hold unnamed files? Then there are no dotfiles. */
static bool has_unnamed_files(const char *root)
{
	int fd = open(root, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

void place_clean(const char *root)
{
	int fd;

	if (has_unnamed_files(root))
		return;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		clean_folder(fd, MAX_DEPTH);
}

double disk_usage(const char *root, uint64_t *free_bytes)
{
	struct statvfs fs;
	double used, usable;

	*free_bytes = 0;
	if (statvfs(root, &fs) != 0)
		return -1;
	*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	used = (double)(fs.f_blocks - fs.f_bfree);
	usable = used + (double)fs.f_bavail;
	return usable > 0 ? 100 * used / usable : -1;
}

enum outcome disk_room(const char *root, int max_usage_percent,
    uint64_t min_free, uint64_t need, struct why *why)
{
	struct statvfs fs;
	double used, usable, after;
	uint64_t available;

	if (statvfs(root, &fs) != 0)
		return why_set(why, RUN_FAILED, "%s: %s", root,
		    strerror(errno));
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	used = (double)(fs.f_blocks - fs.f_bfree) * (double)fs.f_frsize;
	usable = used + (double)available;
	after = usable > 0 ? 100 * (used + (double)need) / usable : 100;
	if (max_usage_percent > 0 && after > max_usage_percent)
		return why_set(why, RUN_LATER, "%s: the disk is %.0f%% full, "
		    "max_disk_usage is %d%%: make room or raise it", root,
		    usable > 0 ? 100 * used / usable : 100,
		    max_usage_percent);
	if (available < min_free || available - min_free < need)
		return why_set(why, RUN_LATER, "%s: %llu MB free, min_free is "
		    "%llu MB: make room or lower it", root,
		    (unsigned long long)(available >> 20),
		    (unsigned long long)(min_free >> 20));
	return DONE;
}
