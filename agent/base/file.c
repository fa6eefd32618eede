/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/stop.h"

#define COPY_BLOCK (1 << 16)
#define NAME_TRIES 16		/* random names that may be taken by chance */
#define LOCK_POLL_MS 20
#define LOCK_GRACE_MS 2000	/* for a lock that is needed after a stop */
#define LINKS_MAX 40		/* as many as the kernel follows */

/* close without losing the errno that is being reported. */
static void close_quietly(int fd)
{
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	errno = errnum;
}

void file_open_standard(void)
{
	int fd;

	/* The lowest free number is taken: until that is above the three. */
	do
		fd = open("/dev/null", O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int file_open_at(int dir, const char *path, int flags)
{
	int fd = openat(dir, path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return fd;
		errno = S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
	}
	close_quietly(fd);
	return -1;
}

int file_open(const char *path)
{
	return file_open_at(AT_FDCWD, path, O_RDONLY);
}

/* The first part of path, up to a slash. False: a file has no such name. */
static bool first_part(const char *path, char name[NAME_MAX + 1])
{
	size_t len = strcspn(path, "/");

	errno = len > NAME_MAX ? ENAMETOOLONG : EINVAL;
	if (len == 0 || len > NAME_MAX || (len <= 2 &&
	    strspn(path, ".") >= len))
		return false;
	memcpy(name, path, len);
	name[len] = '\0';
	return true;
}

int file_open_below(int root, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	const char *slash;
	int at = root, fd = -1;

	while (first_part(path, name)) {
		slash = strchr(path, '/');
		if (slash != NULL)
			fd = openat(at, name, O_PATH | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
		else if (flags & O_PATH)
			fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
		else
			fd = file_open_at(at, name, flags | O_NOFOLLOW);
		if (at != root)
			close_quietly(at);
		if (fd < 0 || slash == NULL)
			return fd;
		at = fd;
		path = slash + 1;
	}
	if (at != root)
		close_quietly(at);
	return -1;
}

const char *file_strerror(int errnum)
{
	return errnum == ENXIO ? "not a regular file" : strerror(errnum);
}

int file_read(const char *path, size_t limit, struct buf *out)
{
	char block[COPY_BLOCK];
	int fd = file_open(path);
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (!buf_append_limited(out, block, (size_t)n, limit)) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	close_quietly(fd);
	return n < 0 ? -1 : 0;
}

int file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_sync_folder(int dir, const char *folder)
{
	int fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return -1;
	failed = fsync(fd);
	close_quietly(fd);
	/* Some network file systems do not support it. */
	return failed && errno != EINVAL && errno != EROFS ? -1 : 0;
}

static int sync_folder_of(int dir, const char *path)
{
	char *folder = path_dir(path);
	int failed = file_sync_folder(dir, folder);

	free(folder);
	return failed;
}

int file_sync_dir_of(const char *path)
{
	return sync_folder_of(AT_FDCWD, path);
}

static char *random_name(const char *folder)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char name[] = ".likesync-XXXXXX.tmp";

	for (char *p = strchr(name, 'X'); *p == 'X'; p++)
		*p = letters[random_below(sizeof(letters) - 1)];
	return path_join(folder, name);
}

/* A new file under a random dotted name; *name, which like folder is relative
 * to dir, is the caller's to free. */
static int open_temporary(int dir, const char *folder, mode_t mode,
    char **name)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		int fd;

		*name = random_name(folder);
		fd = openat(dir, *name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    mode);
		if (fd >= 0)
			return fd;
		free(*name);
		*name = NULL;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

bool file_is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() || st->st_uid == 0;
}

/* Was the link made by this user or root? In a folder of one's own group others
 * may write, but a link belongs to the user who made it. */
static bool is_trusted_link(const char *path)
{
	char *folder = path_dir(path);
	struct stat in, st;
	bool trusted = lstat(path, &st) == 0 && file_is_ours(&st) &&
	    stat(folder, &in) == 0 && file_is_ours(&in) &&
	    (in.st_mode & S_IWOTH) == 0 &&
	    ((in.st_mode & S_IWGRP) == 0 || in.st_gid == getegid());

	free(folder);
	return trusted;
}

/* The file that path leads to, so that a symbolic link stays one, also one to
 * a file that is yet to be made, which realpath would refuse. A link that is
 * not trusted is where it ends. NULL if links lead in a circle. The caller
 * frees. */
static char *follow_links(const char *path)
{
	char *at = xstrdup(path);
	char to[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(at, to, sizeof(to) - 1);
		char *folder;

		/* No link; or open will say what is wrong. */
		if (n < 0 || !is_trusted_link(at))
			return at;
		to[n] = '\0';
		folder = to[0] == '/' ? xstrdup("") : path_dir(at);
		free(at);
		at = path_join(folder, to);
		free(folder);
	}
	free(at);
	errno = ELOOP;
	return NULL;
}

/* As /dev/stdout does: the system's, whatever it leads to now. */
static bool leads_to_proc(const char *path)
{
	char to[sizeof("/proc/")];

	return readlink(path, to, sizeof(to)) >= (ssize_t)sizeof(to) - 1 &&
	    memcmp(to, "/proc/", sizeof(to) - 1) == 0;
}

int file_check_replaceable(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISLNK(st.st_mode) && leads_to_proc(path)) {
		errno = ENXIO;
		return -1;
	}
	/* A link that leads nowhere is replaced itself. */
	if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) &&
	    (stat(path, &st) != 0 || S_ISREG(st.st_mode))))
		return 0;
	errno = S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
	return -1;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode)
{
	char *target = follow_links(path), *folder, *temporary = NULL;
	int failed, errnum, fd;

	if (target == NULL || file_check_replaceable(target) != 0) {
		free(target);
		return -1;
	}
	folder = path_dir(target);
	fd = open_temporary(AT_FDCWD, folder, 0600, &temporary);
	failed = fd < 0 || file_write_all(fd, data, len) != 0 ||
	    fchmod(fd, mode) != 0 || fsync(fd) != 0;
	if (fd >= 0 && close(fd) != 0)
		failed = 1;
	if (!failed && rename(temporary, target) == 0) {
		failed = file_sync_folder(AT_FDCWD, folder);
	} else if (fd >= 0) {
		failed = 1;
		errnum = errno;
		unlink(temporary);
		errno = errnum;
	}
	free(temporary);
	free(folder);
	free(target);
	return failed ? -1 : 0;
}

/* A new folder lasts only once the folder that holds its name is synced; in
 * one that can be written but not read that can't be had. */
static int make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0)
		return errno == EEXIST ? 0 : -1;
	return file_sync_dir_of(path) != 0 && errno != EACCES ? -1 : 0;
}

int file_make_dirs(const char *path, mode_t mode)
{
	char *copy = xstrdup(path);
	struct stat st;
	int failed = 0;

	for (char *p = copy; !failed && *p != '\0';) {
		char c;

		p += 1 + strcspn(p + 1, "/");
		c = *p;
		*p = '\0';
		failed = make_dir(copy, mode);
		*p = c;
	}
	free(copy);
	if (failed || stat(path, &st) != 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

/* The plain way, from the positions that are left. */
static int copy_by_blocks(int from, int to, off_t len, off_t *copied)
{
	char block[COPY_BLOCK];

	while (len != 0) {
		size_t want = len < 0 || len > COPY_BLOCK ? COPY_BLOCK :
		    (size_t)len;
		ssize_t n = read(from, block, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n > 0 && file_write_all(to, block, (size_t)n)))
			return -1;
		if (n == 0)
			break;
		*copied += n;
		if (len > 0)
			len -= n;
	}
	return 0;
}

static bool kernel_copy_unsupported(int errnum)
{
	return errnum == EXDEV || errnum == EINVAL || errnum == ENOSYS ||
	    errnum == EOPNOTSUPP || errnum == EBADF || errnum == EPERM;
}

int file_copy(int from, int to, off_t len, off_t *copied)
{
	off_t ignored = 0;
	off_t *count = copied != NULL ? copied : &ignored;
	bool plainly = false;

	*count = 0;
	while (len != 0 && !plainly) {
		size_t want = len < 0 || len > (1 << 30) ? 1u << 30 :
		    (size_t)len;
		ssize_t n = copy_file_range(from, NULL, to, NULL, want, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !kernel_copy_unsupported(errno))
			return -1;
		/* 0 is the end, or a file of /proc that can't be copied so:
		 * the plain way finds out. */
		plainly = n <= 0;
		if (n > 0) {
			*count += n;
			if (len > 0)
				len -= n;
		}
	}
	return plainly ? copy_by_blocks(from, to, len, count) : 0;
}

int file_open_unnamed_at(int dir, const char *folder, mode_t mode, char **name)
{
	int fd = openat(dir, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);

	*name = NULL;
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR ||
	    errno == EINVAL))
		fd = open_temporary(dir, folder, mode, name);
	return fd;
}

int file_open_unnamed(const char *folder, mode_t mode, char **name)
{
	return file_open_unnamed_at(AT_FDCWD, folder, mode, name);
}

int file_link_unnamed_at(int fd, const char *name, int dir, const char *path)
{
	char proc[64];
	const char *from = name;

	if (fsync(fd) != 0)
		return -1;
	if (name == NULL) {
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
		from = proc;
	}
	if (linkat(dir, from, dir, path, name == NULL ? AT_SYMLINK_FOLLOW :
	    0) != 0)
		return -1;
	if (name != NULL)
		unlinkat(dir, name, 0);
	return sync_folder_of(dir, path);
}

int file_link_unnamed(int fd, const char *name, const char *path)
{
	return file_link_unnamed_at(fd, name, AT_FDCWD, path);
}

/* flock itself would ignore a stop while it waits. Work that is finished after
 * a stop may need the lock, too: so it waits a moment longer. */
int file_flock(int fd, int wait_ms)
{
	int64_t end = clock_mono_ms() + wait_ms;
	bool stopping = false;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int64_t now = clock_mono_ms();

		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || now >= end)
			return -1;
		if (!stopping && stop_requested()) {
			stopping = true;
			end = end < now + LOCK_GRACE_MS ? end :
			    now + LOCK_GRACE_MS;
		}
		poll(NULL, 0, LOCK_POLL_MS);
	}
	return 0;
}

int file_lock(const char *path, int wait_ms, const char *holder_text)
{
	int fd = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW);

	if (fd < 0)
		return -1;
	if (file_flock(fd, wait_ms) != 0) {
		close_quietly(fd);
		return -1;
	}
	if (holder_text != NULL)
		file_lock_note(fd, holder_text);
	return fd;
}

bool file_is_within(const char *path, const char *folder)
{
	char *a = realpath(path, NULL), *b = realpath(folder, NULL);
	size_t len = b != NULL ? strlen(b) : 0;
	bool is = a != NULL && b != NULL && strncmp(a, b, len) == 0 &&
	    (a[len] == '\0' || a[len] == '/' || len == 1);

	free(a);
	free(b);
	return is;
}

bool file_disk_is_full(int errnum)
{
	return errnum == ENOSPC || errnum == EDQUOT;
}

enum outcome file_cant_write(const char *path, int errnum,
    enum outcome otherwise, struct error *error)
{
	if (file_disk_is_full(errnum))
		return error_set(error, RUN_ACT, "%s: can't be written: %s: "
		    "make room, the next run goes on", path,
		    file_strerror(errnum));
	return error_set(error, otherwise, "%s: can't be written: %s", path,
	    file_strerror(errnum));
}

/* One line of one length, so that nothing needs to be cut off. */
int file_lock_note(int fd, const char *holder_text)
{
	char line[FILE_HOLDER_MAX + 2];

	snprintf(line, sizeof(line), "%-*.*s\n", FILE_HOLDER_MAX,
	    FILE_HOLDER_MAX, holder_text);
	return pwrite(fd, line, sizeof(line) - 1, 0) ==
	    (ssize_t)sizeof(line) - 1 ? 0 : -1;
}

bool file_lock_is_held(const char *path)
{
	int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
	bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 &&
	    errno == EWOULDBLOCK;

	close_quietly(fd);
	return held;
}

bool file_lock_holder(const char *path, struct buf *out)
{
	buf_clear(out);
	if (file_read(path, FILE_HOLDER_MAX + 1, out) != 0)
		buf_clear(out);
	while (out->len > 0 && strchr(" \n", out->data[out->len - 1]) != NULL)
		out->data[--out->len] = '\0';
	return out->len > 0;
}

char *path_join(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";

	if (len == 0 || *name == '\0')
		return xstrdup(len == 0 ? name : folder);
	return xasprintf("%s%s%s", folder, slash, name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	return slash == path ? xstrdup("/") :
	    xstrndup(path, (size_t)(slash - path));
}

char *path_of_secret(const char *path)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	char *handed = folder != NULL ? path_join(folder, path_base(path)) :
	    NULL;

	if (handed != NULL && access(handed, F_OK) == 0)
		return handed;
	free(handed);
	return xstrdup(path);
}

static char *home_folder(void)
{
	const char *home = getenv("HOME");
	struct passwd pw, *found = NULL;
	char text[4096];

	if (home == NULL || *home == '\0')
		home = getpwuid_r(getuid(), &pw, text, sizeof(text),
		    &found) == 0 && found != NULL ? found->pw_dir : "/";
	return xstrdup(home);
}

char *path_expand(const char *path)
{
	char *home, *out;

	if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
		return xstrdup(path);
	home = home_folder();
	out = xasprintf("%s%s", home, path + 1);
	free(home);
	return out;
}
