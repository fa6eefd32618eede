/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

#define MAX_NAME 64
#define MAX_ATTRIBUTES (64 << 10)	/* the kernel's limit of a list */

static void user_name(uid_t uid, char out[MAX_NAME])
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r(uid, &pw, text, sizeof(text), &found) == 0 &&
	    found != NULL)
		snprintf(out, MAX_NAME, "%s", found->pw_name);
	else
		snprintf(out, MAX_NAME, "user %u", uid);
}

enum outcome document_error(const char *path, const char *verb, int errnum,
    struct error *error)
{
	char me[MAX_NAME];

	user_name(geteuid(), me);
	switch (errnum) {
	case EACCES:
	case EPERM:
		return error_set(error, RUN_CONFIG, "%s: can't be %s by %s: "
		    "%s: give %s read and write permission for it and its "
		    "folder, for instance through a group", path, verb, me,
		    strerror(errnum), me);
	case EROFS:
		return error_set(error, RUN_CONFIG,
		    "%s: can't be %s: %s: "
		    "mount its file system read-write",
		    path, verb, strerror(errnum));
	case ENOENT:
	case ENOTDIR:
		return error_set(error, RUN_CONFIG, "%s: can't be %s: its "
		    "folder does not exist: is the disk mounted?", path, verb);
	case ENAMETOOLONG:
		return error_set(error, RUN_CONFIG, "%s: can't be %s: its name "
		    "is too long for a temporary file beside it: use a shorter "
		    "one", path, verb);
	case ENOSPC:
	case EDQUOT:
		return error_set(error, RUN_FAILED,
		    "%s: can't be %s: %s: free "
		    "some space; it is unchanged",
		    path, verb, strerror(errnum));
	default:
		return error_set(error, RUN_FAILED, "%s: can't be %s: %s", path,
		    verb, strerror(errnum));
	}
}

/* A read-only document must not be replaced, even if its folder is writable. */
enum outcome access_check(const char *path, struct error *error)
{
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 ||
	    errno == ENOENT)
		return DONE;
	return document_error(path, "written", errno, error);
}

static void copy_attribute(int from, int to, const char *name)
{
	char *value = xmalloc(MAX_ATTRIBUTES);
	ssize_t n = fgetxattr(from, name, value, MAX_ATTRIBUTES);

	/* Some are set by the kernel alone; some file systems have none. */
	if (n >= 0)
		(void)fsetxattr(to, name, value, (size_t)n, 0);
	free(value);
}

static void copy_attributes(int from, int to)
{
	char *names = xmalloc(MAX_ATTRIBUTES);
	ssize_t n = flistxattr(from, names, MAX_ATTRIBUTES);

	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1)
		copy_attribute(from, to, names + i);
	free(names);
}

/* Would the old owner or group lose a permission, because other mode bits of
 * the new file apply to them? */
static bool would_lock_out(const struct stat *old, const struct stat *new)
{
	unsigned owner = old->st_mode >> 6 & 6, group = old->st_mode >> 3 & 6,
	    other = old->st_mode & 6;
	bool same_group = old->st_gid == new->st_gid;

	if (old->st_uid != new->st_uid &&
	    (owner & ~(same_group ? group : other)) != 0)
		return true;
	return !same_group && (group & ~other) != 0;
}

enum outcome access_copy(int from, const struct stat *old, int to,
    const char *path, struct error *error)
{
	char me[MAX_NAME], owner[MAX_NAME];
	struct stat new;

	if (fchown(to, old->st_uid, old->st_gid) != 0 &&
	    fchown(to, (uid_t)-1, old->st_gid) != 0 && errno != EPERM)
		return document_error(path, "written", errno, error);
	if (fstat(to, &new) != 0 || fchmod(to, old->st_mode & 07777) != 0)
		return document_error(path, "written", errno, error);
	copy_attributes(from, to);
	if (!would_lock_out(old, &new))
		return DONE;
	user_name(geteuid(), me);
	user_name(old->st_uid, owner);
	return error_set(error, RUN_CONFIG, "%s: is not written: replaced by "
	    "%s, it would no longer be accessible to %s: give it mode 0664 and "
	    "a group of both, or run likesync as root or %s", path, me, owner,
	    owner);
}
