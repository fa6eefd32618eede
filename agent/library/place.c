/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/walk.h"

#define TEMPORARY ".likesync-??????.tmp"
#define MAX_COMPONENT 255	/* bytes of a file's name */
#define MAX_NAMES 10000		/* numbered names that are tried */

static enum outcome cant_write(const char *path, int errnum,
    struct error *error)
{
	static const struct {
		int errnum;
		const char *advice;
	} known[] = {
		{ ENOENT, "is its disk mounted?" },
		{ EROFS, "mount its file system read-write" },
		{ EACCES, "give the user that likesync runs as write "
		    "permission" },
		{ EPERM, "the file system can neither link nor rename "
		    "without overwriting" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].errnum == errnum)
			return error_set(error, RUN_FAILED, "%s: can't be "
			    "written: %s: %s", path, strerror(errnum),
			    known[i].advice);
	return file_cant_write(path, errnum, RUN_FAILED, error);
}

/* wanted with the mark before the extension, a pointer into it; the stem is
 * shortened where the name would be too long. */
static char *marked(const char *wanted, const char *extension,
    const char *mark)
{
	const char *base = path_base(wanted);
	size_t tail = strlen(mark) + strlen(extension), room;

	room = tail < MAX_COMPONENT ? MAX_COMPONENT - tail : 0;
	return xasprintf("%.*s%.*s%s%s", (int)(base - wanted), wanted,
	    (int)utf8_cut(base, (size_t)(extension - base), room), base, mark,
	    extension);
}

static char *numbered(const char *wanted, const char *extension, int n)
{
	char mark[16];

	snprintf(mark, sizeof(mark), " (%d)", n);
	return marked(wanted, extension, mark);
}

static const char *extension_of(const char *path)
{
	const char *dot = strrchr(path_base(path), '.');

	return dot != NULL ? dot : path + strlen(path);
}

char *place_marked(const char *path, const char *mark)
{
	return marked(path, extension_of(path), mark);
}

char *place_numbered(const char *path, int n)
{
	return numbered(path, extension_of(path), n);
}

/* ---- folders ---- */

/* Opens it; create: with the user's umask, if it is missing, and synced even if
 * it existed: a killed run may have created it. ENOTDIR: a link or a file has
 * this name. */
static int enter_folder(int at, const char *name, bool create)
{
	if (create && mkdirat(at, name, 0777) != 0 && errno != EEXIST)
		return -1;
	if (create && file_sync_folder(at, ".") != 0)
		return -1;
	return openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
}

/* Enters wanted, or the first numbered name that is free or a folder; appends
 * the name to path. */
static int enter_or_number(int at, const char *wanted, bool create,
    struct buf *path)
{
	char *name = xstrdup(wanted);
	int fd = enter_folder(at, name, create), errnum;

	for (int n = 2; fd < 0 && errno == ENOTDIR && n < MAX_NAMES; n++) {
		free(name);
		name = numbered(wanted, wanted + strlen(wanted), n);
		fd = enter_folder(at, name, create);
	}
	errnum = errno;
	if (create && fd >= 0 && strcmp(name, wanted) != 0)
		log_warning("%s%s: is not a folder: the track is placed in "
		    "\"%s\" beside it", buf_str(path), wanted, name);
	buf_puts(path, name);
	buf_putc(path, '/');
	free(name);
	errno = errnum;
	return fd;
}

/* Opens the folder for wanted; -1 with errno. *path is wanted with the actual
 * names of its folders, or NULL. */
static int open_folder(const char *root, const char *wanted, char **path)
{
	/* The root is not created: its disk may just not be mounted. */
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct buf names = BUF_INIT;
	const char *slash;

	while (at >= 0 && (slash = strchr(wanted, '/')) != NULL) {
		char *name = xstrndup(wanted, (size_t)(slash - wanted));
		int next = enter_or_number(at, name, true, &names);
		int errnum = errno;

		free(name);
		close(at);
		errno = errnum;
		at = next;
		wanted = slash + 1;
	}
	*path = NULL;
	if (at >= 0) {
		buf_puts(&names, wanted);
		*path = buf_take(&names);
	}
	buf_free(&names);
	return at;
}

char *place_resolve(const char *root, const char *wanted)
{
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct buf names = BUF_INIT;
	const char *slash;

	if (at < 0)
		return NULL;
	while (at >= 0 && (slash = strchr(wanted, '/')) != NULL) {
		char *name = xstrndup(wanted, (size_t)(slash - wanted));
		int next = enter_or_number(at, name, false, &names);

		free(name);
		close(at);
		at = next;
		wanted = slash + 1;
	}
	/* Behind a folder that does not exist every name is free. */
	buf_puts(&names, wanted);
	if (at >= 0)
		close(at);
	return buf_take(&names);
}

bool place_is_behind_link(const char *root, const char *path)
{
	char *full = path_join(root, path);
	char *p = full + strlen(full) - strlen(path);
	bool is = false;

	while (!is && (p = strchr(p, '/')) != NULL) {
		struct stat st;

		*p = '\0';
		is = lstat(full, &st) == 0 && S_ISLNK(st.st_mode);
		*p++ = '/';
	}
	free(full);
	return is;
}

/* ---- the file ---- */

static enum outcome cant_fill(struct place *p, const char *wanted,
    struct error *error)
{
	int errnum = errno;
	char *path = path_join(p->root, p->wanted != NULL ? p->wanted :
	    wanted);
	char *folder = path_dir(path);
	enum outcome o = cant_write(folder, errnum, error);

	free(folder);
	free(path);
	place_close(p);
	return o;
}

enum outcome place_enter(struct place *p, const char *root,
    const char *wanted, struct error *error)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->root = xstrdup(root);
	p->folder = open_folder(root, wanted, &p->wanted);
	return p->folder >= 0 ? DONE : cant_fill(p, wanted, error);
}

enum outcome place_open(struct place *p, const char *root,
    const char *wanted, struct error *error)
{
	enum outcome o = place_enter(p, root, wanted, error);

	if (o != DONE)
		return o;
	p->fd = file_open_unnamed_at(p->folder, ".", 0666, &p->temporary);
	return p->fd >= 0 ? DONE : cant_fill(p, wanted, error);
}

int place_link(const struct place *p, int fd)
{
	return file_link_unnamed_at(fd, NULL, p->folder,
	    path_base(p->wanted));
}

static bool is_taken(const struct place *p, const char *rel)
{
	struct stat st;

	return fstatat(p->folder, path_base(rel), &st,
	    AT_SYMLINK_NOFOLLOW) == 0;
}

char *place_free_name(const struct place *p)
{
	char *name = xstrdup(p->wanted);

	for (int n = 2; n < MAX_NAMES && is_taken(p, name); n++) {
		free(name);
		name = place_numbered(p->wanted, n);
	}
	return name;
}

/* On file systems without unnamed files and hard links (FAT, some network file
 * systems), renames the dotfile without overwriting. */
static int name_file(const struct place *p, const char *name)
{
	if (file_link_unnamed_at(p->fd, p->temporary, p->folder, name) == 0)
		return 0;
	if (p->temporary == NULL || (errno != EPERM && errno != EOPNOTSUPP &&
	    errno != ENOSYS && errno != EMLINK))
		return -1;
	if (renameat2(p->folder, p->temporary, p->folder, name,
	    RENAME_NOREPLACE) != 0)
		return -1;
	return file_sync_folder(p->folder, ".");
}

enum outcome place_commit(struct place *p, const char *rel, struct error *error)
{
	char *path = path_join(p->root, rel);
	enum outcome o = DONE;

	if (name_file(p, path_base(rel)) == 0) {
		/* Nothing is left for place_close() to remove. */
		free(p->temporary);
		p->temporary = NULL;
	} else if (errno == EEXIST) {
		o = error_set(error, ITEM_FAILED, "%s: exists", path);
	} else {
		o = cant_write(path, errno, error);
	}
	free(path);
	return o;
}

/* Is it the file itself, under a name that the file system takes for the same,
 * as one that differs in case only? */
static bool is_same_file(const struct place *p, int folder, const char *name)
{
	struct stat from, to;

	return fstatat(folder, name, &from, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(p->folder, path_base(p->wanted), &to,
	    AT_SYMLINK_NOFOLLOW) == 0 && from.st_ino == to.st_ino &&
	    from.st_dev == to.st_dev && from.st_nlink == 1;
}

enum outcome place_move(const struct place *p, int folder, const char *name,
    struct error *error)
{
	const char *to = path_base(p->wanted);
	char *path = path_join(p->root, p->wanted);
	enum outcome o = DONE;

	if (renameat2(folder, name, p->folder, to, RENAME_NOREPLACE) == 0 ||
	    (errno == EEXIST && is_same_file(p, folder, name) &&
	    renameat(folder, name, p->folder, to) == 0))
		;
	else if (errno == EEXIST)
		o = error_set(error, ITEM_FAILED, "%s: exists", path);
	else if (errno == EXDEV)
		o = error_set(error, ITEM_FAILED, "%s: is on another file "
		    "system", path);
	else if (errno == ENOENT || errno == EACCES || errno == EPERM ||
	    errno == ENAMETOOLONG)
		o = error_set(error, ITEM_FAILED, "%s: %s", path,
		    strerror(errno));
	else if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
		o = error_set(error, RUN_ACT, "%s: its file system can't "
		    "rename without overwriting, so nothing is moved",
		    p->root);
	else
		o = cant_write(path, errno, error);
	free(path);
	return o;
}

void place_close(struct place *p)
{
	if (p->temporary != NULL)
		unlinkat(p->folder, p->temporary, 0);
	if (p->fd >= 0)
		close(p->fd);
	if (p->folder >= 0)
		close(p->folder);
	free(p->temporary);
	free(p->root);
	free(p->wanted);
	memset(p, 0, sizeof(*p));
	p->fd = p->folder = -1;
}

void place_clean(int folder, const char *name, const char *path)
{
	if (name[0] == '.' && fnmatch(TEMPORARY, name, 0) == 0 &&
	    unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		log_warning("%s: temporary file of a killed run: can't be "
		    "removed: %s", path, strerror(errno));
}

/* ---- the disk ---- */

/* Percent of the space that users other than root can use, as df(1) counts,
 * with `need` more bytes written; -1 if unknown. */
static double percent_used(const struct statvfs *fs, uint64_t need)
{
	double used = (double)(fs->f_blocks - fs->f_bfree) *
	    (double)fs->f_frsize;
	double usable = used + (double)fs->f_bavail * (double)fs->f_frsize;

	return usable > 0 ? 100 * (used + (double)need) / usable : -1;
}

double disk_usage(const char *root, uint64_t *free_bytes)
{
	struct statvfs fs;

	*free_bytes = 0;
	if (statvfs(root, &fs) != 0)
		return -1;
	*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	return percent_used(&fs, 0);
}

enum outcome disk_room(const char *root, int max_usage_percent,
    uint64_t min_free, uint64_t need, struct error *error)
{
	struct statvfs fs;
	uint64_t available;
	double after;

	if (statvfs(root, &fs) != 0)
		return error_set(error, RUN_LATER, "%s: the free space of its "
		    "disk is unknown: %s", root, strerror(errno));
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	after = percent_used(&fs, need);
	/* Rounded up, as df does: never "85% is more than 85%". */
	if (max_usage_percent > 0 && after > max_usage_percent)
		return error_set(error, RUN_ACT, "%s: disk is %.0f%% full%s, "
		    "max_disk_usage is %d%%: make room or raise it", root,
		    ceil(after), percent_used(&fs, 0) > max_usage_percent ? "" :
		    " with the next file", max_usage_percent);
	if (available < min_free || available - min_free < need)
		return error_set(error, RUN_ACT, "%s: disk has %llu MB free, "
		    "min_free is %llu MB: make room or lower it", root,
		    (unsigned long long)(available >> 20),
		    (unsigned long long)(min_free >> 20));
	return DONE;
}
