/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"

struct walk_state {
	const struct walk *walk;
	int root;
	char **todo;		/* paths of folders still to be read */
	size_t count, cap;
	struct buf path;	/* of the current name */
};

int walk_open(int root, const char *path, int flags)
{
	int at = root, fd, error;

	/* Opens as many components at a time as fit in PATH_MAX. */
	while (strlen(path) >= PATH_MAX) {
		char part[PATH_MAX];
		const char *slash = memrchr(path, '/', PATH_MAX - 1);

		if (slash == NULL) {
			fd = -1;
			errno = ENAMETOOLONG;
		} else {
			memcpy(part, path, (size_t)(slash - path));
			part[slash - path] = '\0';
			fd = openat(at, part, O_PATH | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
			path = slash + 1;
		}
		error = errno;
		if (at != root)
			close(at);
		errno = error;
		if (fd < 0)
			return -1;
		at = fd;
	}
	fd = openat(at, path, flags | O_CLOEXEC);
	error = errno;
	if (at != root)
		close(at);
	errno = error;
	return fd;
}

static void report_error(
    const struct walk_state *t, const char *path, int error)
{
	/* A name that was removed or replaced meanwhile is no fault. */
	if (error == ENOENT || error == ENOTDIR || error == ELOOP)
		return;
	if (t->walk->on_error != NULL)
		t->walk->on_error(t->walk->ctx, path, error);
}

/* The type, also where readdir does not have it; DT_UNKNOWN: none. */
static unsigned char type_of(const struct walk_state *t, int folder,
    const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type;
	if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return (unsigned char)IFTODT(st.st_mode);
	report_error(t, buf_str(&t->path), errno);
	return DT_UNKNOWN;
}

static void on_name(struct walk_state *t, int folder, const struct dirent *e)
{
	struct walk_name n = { .folder = folder, .name = e->d_name,
		.path = buf_str(&t->path), .type = type_of(t, folder, e) };

	if (n.type == DT_DIR && e->d_name[0] != '.') {
		t->todo = grow(t->todo, &t->cap, t->count, sizeof(*t->todo));
		t->todo[t->count++] = xstrdup(n.path);
	} else if (n.type != DT_DIR && n.type != DT_UNKNOWN) {
		t->walk->on_name(t->walk->ctx, &n);
	}
}

static void read_folder(struct walk_state *t, DIR *d, const char *path)
{
	size_t len;
	struct dirent *e;

	if (t->walk->on_enter != NULL)
		t->walk->on_enter(t->walk->ctx, path);
	buf_clear(&t->path);
	buf_puts(&t->path, path);
	if (*path != '\0')
		buf_putc(&t->path, '/');
	len = t->path.len;
	while (!stop_requested() && (errno = 0, e = readdir(d)) != NULL) {
		t->path.len = len;
		buf_puts(&t->path, e->d_name);
		on_name(t, dirfd(d), e);
	}
	if (stop_requested())
		return;
	if (errno != 0)
		report_error(t, path, errno);
	else if (t->walk->on_leave != NULL)
		t->walk->on_leave(t->walk->ctx, dirfd(d));
}

/* path "" is the root, which may be a link. */
static int enter(struct walk_state *t, const char *path)
{
	int fd = *path == '\0' ? openat(t->root, ".", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC) : walk_open(t->root, path, O_RDONLY |
	    O_DIRECTORY | O_NOFOLLOW);
	DIR *d;

	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	read_folder(t, d, path);
	closedir(d);
	return 0;
}

int walk_folders(const struct walk *w)
{
	struct walk_state t = { .walk = w, .path = BUF_INIT,
		.root = open(w->root, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int failed = t.root < 0 ? -1 : enter(&t, ""), error = errno;

	while (t.count > 0) {
		char *path = t.todo[--t.count];

		if (!stop_requested() && enter(&t, path) != 0)
			report_error(&t, path, errno);
		free(path);
	}
	free(t.todo);
	buf_free(&t.path);
	if (t.root >= 0)
		close(t.root);
	errno = error;
	return failed;
}
