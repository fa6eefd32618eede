/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * original: with action = move, removes the file that a track was copied from.
 * In the run that placed the copy as in a later one, all of this must hold at
 * that moment: its source is configured to move; the file is in the source's
 * folder, unchanged since it was copied, and not open for writing; and the
 * library has another file with all its audio packets.
 */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"

struct opened_original {
	const struct leftover *file;
	int folder;		/* that holds it */
	const char *name;	/* there */
	bool is_aside;		/* name is aside, after a kill in between */
	char aside[64];		/* its name before it is removed: no other
				   program opens it there */
	int fd;
};

/* FINISHED: removed, or kept for good. */
enum removal { FINISHED, TRY_AGAIN };

static enum removal keep(const struct leftover *l, const char *error)
{
	log_warning("%s: was copied into the library; the original is kept: %s",
	    l->path, error);
	return FINISHED;
}

static enum removal try_later(const struct leftover *l, const char *error)
{
	log_warning("%s: was copied into the library, but the original can't "
	    "be removed: %s: the next run tries again", l->path, error);
	return TRY_AGAIN;
}

/* The part of path below folder; NULL: it is not there. */
static const char *part_below(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	while (len > 0 && folder[len - 1] == '/')
		len--;
	return strncmp(folder, path, len) == 0 && path[len] == '/' ?
	    path + len + 1 : NULL;
}

/* Follows no symbolic link. */
static int open_original(struct opened_original *f, const char *root,
    const char *below)
{
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *folder = strchr(below, '/') != NULL ? path_dir(below) : NULL;

	f->folder = at;
	if (at >= 0 && folder != NULL) {
		f->folder = file_open_below(at, folder, O_PATH | O_DIRECTORY);
		close(at);
	}
	free(folder);
	f->name = path_base(below);
	snprintf(f->aside, sizeof(f->aside), ".likesync-original-%" PRIu64,
	    f->file->stamp.inode);
	if (f->folder >= 0)
		f->fd = file_open_below(f->folder, f->name, O_RDONLY);
	if (f->folder >= 0 && f->fd < 0 && errno == ENOENT) {
		f->fd = file_open_below(f->folder, f->aside, O_RDONLY);
		f->is_aside = f->fd >= 0;
	}
	if (f->is_aside)
		f->name = f->aside;
	return f->fd;
}

static void close_original(struct opened_original *f)
{
	int errnum = errno;

	if (f->fd >= 0)
		close(f->fd);
	if (f->folder >= 0)
		close(f->folder);
	errno = errnum;
}

/* The renaming has changed ctime. */
static bool is_unchanged(const struct opened_original *f)
{
	struct stamp opened, named, copied = f->file->stamp;
	struct stat st;

	if (stamp_take(f->fd, &opened) != 0 || fstatat(f->folder, f->name,
	    &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	named = stamp_of(&st);
	if (f->is_aside)
		copied.ctime_ns = opened.ctime_ns;
	return stamp_equal(&opened, &copied) && stamp_equal(&named, &opened);
}

/* False, with errno: it can't be renamed. Where the file system can't rename
 * without overwriting, it keeps its name. */
static bool put_aside(struct opened_original *f)
{
	if (f->is_aside)
		return true;
	if (renameat2(f->folder, f->name, f->folder, f->aside,
	    RENAME_NOREPLACE) != 0)
		return errno == EINVAL || errno == ENOSYS ||
		    errno == EOPNOTSUPP;
	f->is_aside = true;
	f->name = f->aside;
	return true;
}

/* What was put aside is another file after all, or had been opened by another
 * program: it gets its name again. */
static enum removal put_back(struct opened_original *f, const char *error)
{
	const char *name = path_base(f->file->path);

	if (!f->is_aside)
		return keep(f->file, error);
	if (renameat2(f->folder, f->aside, f->folder, name,
	    RENAME_NOREPLACE) == 0)
		return keep(f->file, error);
	log_warning("%s: %s; it is kept beside it as %s: %s", f->file->path,
	    error, f->aside, strerror(errno));
	return FINISHED;
}

/* DONE: a library file that is not a hard link to the original has all of its
 * audio packets. */
static enum outcome prove_copy(struct run_context *run,
    const struct opened_original *f, const char *copy, struct error *error)
{
	const struct media_service *e = &run->media_service;
	char *path = path_join(run->cfg->library.path, copy);
	char theirs[STREAM_LEN + 1], ours[STREAM_LEN + 1];
	struct media m = { .identity = "" };
	struct stat a, b;
	int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
	enum outcome o;

	if (fd < 0 || fstat(fd, &a) != 0 || fstat(f->fd, &b) != 0)
		o = error_set(error, ITEM_FAILED, "%s: %s", path,
		    file_strerror(errno));
	else if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		o = error_set(error, ITEM_FAILED, "it is %s itself", path);
	else
		o = e->prove(e->self, fd, &m, ours, error);
	media_free(&m);
	if (o == DONE)
		o = e->prove(e->self, f->fd, &m, theirs, error);
	media_free(&m);
	if (o == DONE && strcmp(ours, theirs) != 0)
		o = error_set(error, ITEM_FAILED, "%s has different audio",
		    path);
	if (fd >= 0)
		close(fd);
	free(path);
	return o;
}

/* Renames the file first, in one step: then no other program can replace or
 * open it while it is checked. */
static enum removal remove_unchanged(struct opened_original *f)
{
	if (stamp_has_writer(f->fd))
		return try_later(f->file, "another program is writing to it");
	if (!is_unchanged(f))
		return put_back(f, "it has changed since");
	if (!put_aside(f))
		return errno == ENOENT ? FINISHED :
		    try_later(f->file, strerror(errno));
	if (!is_unchanged(f) || stamp_has_writer(f->fd))
		return put_back(f, "it has changed since");
	if (unlinkat(f->folder, f->name, 0) != 0 && errno != ENOENT)
		return try_later(f->file, strerror(errno));
	return FINISHED;
}

static enum removal remove_opened(struct run_context *run,
    struct opened_original *f, const char *copy)
{
	struct error error = { .text = "" };
	enum outcome o;

	if (!is_unchanged(f))
		return put_back(f, "it has changed since");
	o = prove_copy(run, f, copy, &error);
	if (o == ITEM_FAILED)
		return put_back(f, error.text);
	if (o != DONE)
		return try_later(f->file, error.text);
	return remove_unchanged(f);
}

static enum removal try_remove(struct run_context *run, const struct origin *o,
    const char *copy)
{
	const struct source_config *sc = config_source(run->cfg, o->source);
	struct opened_original f = { .file = &o->leftover, .folder = -1,
		.fd = -1 };
	enum removal r = FINISHED;
	const char *below;

	if (sc == NULL || sc->type != SOURCE_FOLDER ||
	    sc->action != FOLDER_MOVE || sc->path == NULL)
		return keep(f.file, "its source has no action = move");
	below = part_below(sc->path, f.file->path);
	if (below == NULL)
		return keep(f.file, "it is outside its source's folder");
	if (open_original(&f, sc->path, below) >= 0)
		r = remove_opened(run, &f, copy);
	else if (errno == ELOOP || errno == ENOTDIR || errno == EINVAL)
		r = keep(f.file, "its path leads through a symbolic link");
	else if (errno == EISDIR || errno == ENXIO)
		r = keep(f.file, "it is no longer a regular file");
	else if (errno != ENOENT)
		r = try_later(f.file, strerror(errno));
	close_original(&f);
	return r;
}

enum outcome finish_move(struct run_context *run, const struct origin *o,
    const char *copy, struct error *error)
{
	if (try_remove(run, o, copy) == TRY_AGAIN)
		return DONE;
	return provenance_move_finished(run->provenance, o->key, o->identity,
	    error);
}

/* ---- after a kill ---- */

struct copy_search {
	struct run_context *run;
	const struct origin *o;
	char *copy;		/* its path below the library; owned */
};

/* If the run was killed before it recorded that the copy is placed, only the
 * file at the recorded path is ours. An inbox may be inside the library, so the
 * original itself does not count. */
static int is_our_copy(void *ctx, const struct file *f)
{
	struct copy_search *s = ctx;
	char *path = path_join(s->run->cfg->library.path, f->path);
	bool is = strcmp(path, s->o->leftover.path) != 0 &&
	    (s->o->placed || strcmp(f->path, s->o->path) == 0);

	if (is)
		s->copy = xstrdup(f->path);
	free(path);
	return is;
}

static int finish_one(void *ctx, const struct origin *o)
{
	struct copy_search s = { .run = ctx, .o = o };
	struct error error;

	if (!o->replaced && finish_replacing(s.run, o, &error) != DONE)
		log_warning("%s: can't be replaced completely: %s: the next run "
		    "tries again", o->replaces_path, error.text);
	/* Only while the copy is really there. */
	if (!o->settled && o->leftover.path != NULL &&
	    index_each_copy(s.run->index, o->identity, is_our_copy, &s) != 0)
		finish_move(s.run, o, s.copy, NULL);
	free(s.copy);
	return 0;
}

enum outcome finish_interrupted(struct run_context *run)
{
	if (run->opt->dry_run)
		return DONE;
	provenance_each(run->provenance, finish_one, run);
	finish_forgetting(run);
	return DONE;
}
