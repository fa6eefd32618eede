/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/forget.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/context.h"

static int collect_copy(void *ctx, const struct file *f)
{
	struct file *copy = files_add(ctx);

	copy->path = xstrdup(f->path);
	copy->inode = f->inode;
	copy->size = f->size;
	return 0;
}

/* Only the very file that the index knows; of a link to a file the link, also
 * if the file was removed just before. A file that is gone is fine. */
static enum outcome unlink_file(const char *root, const struct file *f,
    struct error *error)
{
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *dir = strchr(f->path, '/') != NULL ? path_dir(f->path) : NULL;
	int folder = at >= 0 && dir != NULL ? file_open_below(at, dir,
	    O_PATH | O_DIRECTORY) : at;
	const char *name = path_base(f->path);
	enum outcome o = DONE;
	struct stat st;
	bool is_there = folder >= 0 && fstatat(folder, name, &st, 0) == 0;
	bool dangles = folder >= 0 && !is_there && errno == ENOENT &&
	    fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (!is_there && !dangles)
		o = errno == ENOENT ? DONE : error_set(error, ITEM_FAILED,
		    "%s: can't be removed: %s", f->path, strerror(errno));
	else if (is_there && (st.st_ino != f->inode || st.st_size != f->size))
		o = error_set(error, ITEM_FAILED, "%s: has changed: it is not "
		    "removed", f->path);
	else if (unlinkat(folder, name, 0) != 0 ||
	    file_sync_folder(folder, ".") != 0)
		o = error_set(error, ITEM_FAILED, "%s: can't be removed: %s",
		    f->path, strerror(errno));
	if (folder >= 0 && folder != at)
		close(folder);
	if (at >= 0)
		close(at);
	free(dir);
	return o;
}

/* The file that lies in the cold folder, if its disk is there. */
static enum outcome unlink_cold(const struct config *cfg, const char *path,
    size_t *removed, struct error *error)
{
	struct stat st;

	if (cfg->library.cold != NULL && access(cfg->library.cold, F_OK) != 0)
		return error_set(error, ITEM_FAILED, "%s: can't be removed: "
		    "the cold folder is not there", path);
	if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return DONE;
	if (unlink(path) != 0 || file_sync_dir_of(path) != 0)
		return error_set(error, ITEM_FAILED, "%s: can't be removed: %s",
		    path, strerror(errno));
	++*removed;
	log_info("removed %s", path);
	return DONE;
}

/* Removes the files of one that is being forgotten. */
static enum outcome finish(struct run_context *run, const struct takedown *d,
    size_t *removed, struct error *error)
{
	struct files copies = { .count = 0 };
	enum outcome o = DONE, last;

	if (d->identity != NULL)
		index_each_copy(run->index, d->identity, collect_copy,
		    &copies);
	for (size_t i = 0; i < copies.count; i++) {
		const struct file *f = &copies.items[i];

		last = unlink_file(run->cfg->library.path, f, error);
		if (last == DONE)
			last = index_remove_file(run->index, f->path, error);
		if (last == DONE)
			log_info("removed %s: %s is forgotten", f->path,
			    d->label);
		*removed += last == DONE;
		o = last != DONE ? last : o;
	}
	files_free(&copies);
	if (d->cold != NULL) {
		last = unlink_cold(run->cfg, d->cold, removed, error);
		o = last != DONE ? last : o;
	}
	return o != DONE ? o : takedowns_end(run->takedowns, d->key,
	    TAKEDOWN_FORGOTTEN, error);
}

static int finish_one(void *ctx, const struct takedown *d)
{
	struct run_context *run = ctx;
	size_t removed = 0;
	struct error error;

	if (d->state != TAKEDOWN_FORGETTING ||
	    finish(run, d, &removed, &error) == DONE)
		return 0;
	error_set(&error, RUN_ACT, "%s, although %s is forgotten: make that "
	    "possible, the next run tries again", error.text, d->label);
	note_outcome(run, RUN_ACT, &error);
	return 0;
}

void finish_forgetting(struct run_context *run)
{
	takedowns_each(run->takedowns, finish_one, run);
}

/* ---- the command ---- */

/* Of a file that was not analyzed yet, from its audio. */
static enum outcome get_sound(struct run_context *run, const char *identity,
    struct fingerprint *out, struct error *error)
{
	struct decoded_media decoded = { .complete = false };
	struct file f;
	enum outcome o = index_get_fingerprint(run->index, identity, out);
	char *path;
	int fd;

	if (o == DONE || index_find_identity(run->index, identity, &f) != DONE)
		return DONE;
	path = path_join(run->cfg->library.path, f.path);
	fd = file_open(path);
	if (fd >= 0) {
		o = run->media_service.decode(run->media_service.self, fd,
		    &decoded, error);
		if (o == DONE)
			fingerprint_copy(out, &decoded.fingerprint);
		if (o == DONE)
			str_replace(&out->code, NULL);
		decoded_media_free(&decoded);
		close(fd);
	}
	free(path);
	file_free(&f);
	/* What can't be decoded has no sound to be known by. */
	return o == SERVICE_FAILED ? RUN_FAILED : o == STOPPED ? o : DONE;
}

enum outcome forget_track(struct run_context *run, const char *key,
    const char *label, const char *identity, size_t *removed,
    struct error *error)
{
	struct takedown d = { .key = (char *)(uintptr_t)key,
		.label = (char *)(uintptr_t)label,
		.identity = (char *)(uintptr_t)identity,
		.state = TAKEDOWN_FORGETTING };
	const struct takedown *before = takedowns_of(run->takedowns, key);
	enum outcome o = scan_library(run);

	if (o == DONE)
		o = run->sum->outcome;
	if (o != DONE)
		return o;
	/* Also if an earlier call could not remove it. */
	if (takedowns_has_cold(before))
		d.cold = xstrdup(before->cold);
	if (identity != NULL)
		o = get_sound(run, identity, &d.sound, error);
	if (o == DONE)
		o = takedowns_begin(run->takedowns, &d, error);
	fingerprint_free(&d.sound);
	free(d.cold);
	if (o == DONE)
		o = finish(run, takedowns_of(run->takedowns, key), removed,
		    error);
	if (o != DONE)
		return o;
	error->text[0] = '\0';
	if (publish_document(run) == DONE)
		write_exports(run);
	return run->sum->outcome;
}
