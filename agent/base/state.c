/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"

#define MAX_DEPTH 32	/* nothing of ours is nested more than a few deep */

/* Root is advised to run as the owner: a chown to root would take the folder
 * from the runs that made it. */
static enum outcome is_not_ours(const char *path, const struct stat *st,
    struct error *error)
{
	struct passwd pw, *owner = NULL;
	long uid = (long)st->st_uid;
	char text[4096];

	if (geteuid() == 0 && getpwuid_r(st->st_uid, &pw, text, sizeof(text),
	    &owner) == 0 && owner != NULL)
		return error_set(error, RUN_CONFIG, "%s: belongs to user %ld, "
		    "who can change it: set [run] user = %s, or run likesync "
		    "as %s", path, uid, owner->pw_name, owner->pw_name);
	return error_set(error, RUN_CONFIG, "%s: belongs to user %ld, who can "
	    "change it: run likesync as that user, or chown %s%ld '%s'", path,
	    uid, S_ISDIR(st->st_mode) ? "-R " : "", (long)geteuid(), path);
}

enum outcome private_check(const char *path, struct error *error)
{
	struct stat st;
	bool is_folder;

	if (stat(path, &st) != 0)
		return error_set(error, RUN_CONFIG, "%s: %s", path,
		    strerror(errno));
	is_folder = S_ISDIR(st.st_mode);
	if (!is_folder && !S_ISREG(st.st_mode))
		return DONE;	/* opening it will fail, with a message */
	if (!file_is_ours(&st))
		return is_not_ours(path, &st, error);
	if ((st.st_mode & 077) != 0)
		return error_set(error, RUN_CONFIG, "%s: others can %s it: "
		    "chmod %s '%s'", path, st.st_mode & 022 ? "write to" :
		    "read", is_folder ? "700" : "600", path);
	return DONE;
}

static enum outcome make_folder(const char *path, struct error *error)
{
	if (file_make_dirs(path, 0700) == 0)
		return DONE;
	return error_set(error, RUN_CONFIG, "%s: can't be made: %s; set "
	    "[state] dir to a folder that this user may write", path,
	    strerror(errno));
}

enum outcome state_prepare(const char *dir, struct error *error)
{
	static const char *const folders[] = { "keep", STATE_INDEX,
		STATE_TMP };
	enum outcome o = make_folder(dir, error);

	if (o == DONE && access(dir, R_OK | W_OK | X_OK) != 0)
		o = error_set(error, RUN_CONFIG, "%s: %s; it must be "
		    "readable and writable by this user", dir, strerror(errno));
	/* Before anything is made in it: root's folders in a user's state
	 * would end the user's runs. */
	if (o == DONE)
		o = private_check(dir, error);
	for (size_t i = 0; o == DONE &&
	    i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = path_join(dir, folders[i]);

		o = make_folder(path, error);
		if (o == DONE)
			o = private_check(path, error);
		free(path);
	}
	return o;
}

static int allot(int fd, uint64_t need)
{
	struct statvfs fs;

	errno = EFBIG;
	if (need > INT64_MAX)
		return -1;
	if (fallocate(fd, 0, 0, (off_t)need) == 0)
		return 0;
	/* Some file systems allot nothing ahead: their free space counts. */
	if ((errno != EOPNOTSUPP && errno != ENOSYS) || fstatvfs(fd, &fs) != 0)
		return -1;
	errno = ENOSPC;
	return need / fs.f_frsize < fs.f_bavail ? 0 : -1;
}

enum outcome state_room(const char *dir, uint64_t need, struct error *error)
{
	char *tmp = path_join(dir, STATE_TMP), *name = NULL;
	int fd = file_open_unnamed(tmp, 0600, &name), errnum = 0;
	enum outcome o = DONE;

	if (fd < 0 || allot(fd, need) != 0)
		errnum = errno;
	if (file_disk_is_full(errnum) || errnum == EFBIG)
		o = error_set(error, RUN_ACT, "%s: %" PRIu64 " MB of free "
		    "space are needed: make room, or set [state] dir to a "
		    "folder on another disk", dir, (need >> 20) + 1);
	else if (errnum != 0)
		o = error_set(error, RUN_ACT, "%s: can't be written: %s; let "
		    "the user that likesync runs as write there", tmp,
		    strerror(errnum));
	if (name != NULL)
		unlink(name);
	if (fd >= 0)
		close(fd);
	free(name);
	free(tmp);
	return o;
}

/* What is not to be removed; NULL: all is. */
struct kept {
	bool (*keep)(void *ctx, const char *name);
	void *ctx;
};

/* Removes what is in the folder fd, not following links; closes fd. */
static void empty_folder(int fd, int depth, const struct kept *kept)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		int sub;

		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    (kept != NULL && kept->keep(kept->ctx, e->d_name)))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0 || depth == 0)
			continue;
		sub = openat(dirfd(d), e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0 && file_flock(sub, 0) != 0 &&
		    errno == EWOULDBLOCK) {
			close(sub);	/* in use by another process */
			continue;
		}
		if (sub >= 0)
			empty_folder(sub, depth - 1, NULL);
		unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

static void empty_path(const char *path, const struct kept *kept)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		empty_folder(fd, MAX_DEPTH, kept);
}

void state_clean_tmp(const char *dir, bool (*keep)(void *ctx,
    const char *name), void *ctx)
{
	const struct kept kept = { .keep = keep, .ctx = ctx };
	char *path = path_join(dir, STATE_TMP);

	empty_path(path, keep != NULL ? &kept : NULL);
	free(path);
}

void folder_remove(const char *path)
{
	empty_path(path, NULL);
	rmdir(path);
}
