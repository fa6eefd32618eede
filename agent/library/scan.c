/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk tells what is there; what the index does not know as it is gets
 * opened, in parallel; what the index knows and the walk did not meet is gone.
 * A file is new, changed or moved by what the index says of its path and of
 * its identity.
 */
#include "library/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crew.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"

#define MAX_DEPTH 200		/* a tree that is deeper is a loop */
#define BATCH_FILES 256		/* in one transaction: a sync costs */
#define BATCH_MS 1000		/* and a kill should not cost more */
#define BELIEVABLE 50		/* files that may vanish at once, or */
#define BELIEVABLE_PERCENT 20	/* this share of them, if that is more */

/* A file that must be opened. */
struct arrival {
	struct file file;
	enum outcome outcome;
	struct why why;
};

struct walk {
	const struct scan *scan;
	struct scan_report *report;
	struct map *seen;		/* paths that are there */
	struct arrival *arrivals;
	size_t count, cap, next, ended;
	char **gone;			/* paths that are not */
	size_t n_gone, cap_gone;
	int64_t batch_began;
	size_t batch;
	enum outcome outcome;
	struct why why;
};

/* ---- the walk ---- */

static void meet_file(struct walk *w, const char *path, const struct stat *st)
{
	int64_t mtime = st->st_mtim.tv_sec * 1000000000LL +
	    st->st_mtim.tv_nsec;
	struct arrival *a;

	w->report->seen++;
	w->report->bytes += (uint64_t)st->st_size;
	map_put_str(w->seen, path, w);
	progress_step(w->report->seen);
	if (index_file_is(w->scan->index, path, st->st_size, mtime,
	    st->st_ino))
		return;
	w->arrivals = grow(w->arrivals, &w->cap, w->count,
	    sizeof(*w->arrivals));
	a = &w->arrivals[w->count++];
	memset(a, 0, sizeof(*a));
	a->file.path = xstrdup(path);
	a->file.size = st->st_size;
	a->file.mtime_ns = mtime;
	a->file.inode = st->st_ino;
}

static int walk_folder(struct walk *w, int fd, const char *prefix, int depth);

/* Folders are entered, files met; a link to a file counts as the file. */
static int meet_name(struct walk *w, int folder, const char *prefix,
    const struct dirent *e, int depth)
{
	char *path = *prefix != '\0' ? path_join(prefix, e->d_name) :
	    xstrdup(e->d_name);
	struct stat st;
	int failed = 0, fd;

	if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		free(path);
		return 0;	/* gone since readdir saw it */
	}
	if (S_ISDIR(st.st_mode)) {
		fd = openat(folder, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0) {
			failed = walk_folder(w, fd, path, depth + 1);
		} else {
			why_set(&w->why, RUN_FAILED, "%s/%s: can't be read: "
			    "%s", w->scan->root, path, strerror(errno));
			failed = -1;
		}
	} else if (file_name_is_audio(e->d_name) &&
	    fstatat(folder, e->d_name, &st, 0) == 0 &&
	    S_ISREG(st.st_mode)) {
		meet_file(w, path, &st);
	}
	free(path);
	return failed;
}

/* Closes fd. A folder that can't be read to its end must not read as one
 * whose files are gone: the whole scan fails. */
static int walk_folder(struct walk *w, int fd, const char *prefix, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int failed = 0;

	if (d == NULL) {
		close(fd);
		return -1;
	}
	if (depth > MAX_DEPTH) {
		why_set(&w->why, RUN_FAILED, "%s: nested too deeply", prefix);
		failed = -1;
	}
	while (!failed && !stop_requested() &&
	    (errno = 0, e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			failed = meet_name(w, dirfd(d), prefix, e, depth);
	if (!failed && errno != 0 && !stop_requested()) {
		why_set(&w->why, RUN_FAILED, "%s/%s: can't be read: %s",
		    w->scan->root, prefix, strerror(errno));
		failed = -1;
	}
	closedir(d);
	return failed;
}

static enum outcome walk_library(struct walk *w)
{
	int fd = open(w->scan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return why_set(&w->why, RUN_CONFIG, "%s: %s; set [library] "
		    "path to the folder that holds the music", w->scan->root,
		    strerror(errno));
	progress_begin("reading the library", 0);
	failed = walk_folder(w, fd, "", 0);
	progress_end();
	if (failed)
		return RUN_FAILED;
	return stop_requested() ? STOPPED : DONE;
}

/* ---- what is gone ---- */

static int collect_gone(void *ctx, const char *path)
{
	struct walk *w = ctx;

	if (map_has_str(w->seen, path))
		return 0;
	w->gone = grow(w->gone, &w->cap_gone, w->n_gone, sizeof(*w->gone));
	w->gone[w->n_gone++] = xstrdup(path);
	return 0;
}

static bool is_believable(const struct walk *w)
{
	size_t known = index_count_files(w->scan->index);
	size_t limit = known * BELIEVABLE_PERCENT / 100;

	if (w->scan->accept_removals || w->n_gone == 0)
		return true;
	if (limit < BELIEVABLE)
		limit = BELIEVABLE;
	return w->report->seen > 0 && w->n_gone <= limit;
}

/* ---- opening what is new ---- */

static void *next_arrival(void *ctx)
{
	struct walk *w = ctx;

	if (w->outcome != DONE || w->next == w->count)
		return NULL;
	return &w->arrivals[w->next++];
}

static int open_media(const char *path)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
	int fd = open(path, flags | O_NOATIME);

	/* Only the owner may ask for no access time. */
	return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

static void probe_arrival(void *ctx, void *job)
{
	struct walk *w = ctx;
	struct arrival *a = job;
	const struct examiner *e = w->scan->examiner;
	char *path = path_join(w->scan->root, a->file.path);
	int fd = open_media(path);

	if (fd < 0) {
		a->outcome = why_set(&a->why, TRACK_FAILED, "%s",
		    strerror(errno));
	} else {
		a->outcome = e->probe(e->self, fd, &a->file.media, &a->why);
		close(fd);
	}
	free(path);
}

/* Takes over what the index knows of the file from when it was elsewhere:
 * another path of its identity that is not there any more. */
static bool inherit(struct walk *w, struct file *f)
{
	struct file old;
	bool moved = index_find_identity(w->scan->index, f->media.identity,
	    &old) == DONE && strcmp(old.path, f->path) != 0 &&
	    !map_has_str(w->seen, old.path);

	if (moved) {
		f->added_at = old.added_at;
		str_replace(&f->doc_id, old.doc_id);
		index_remove_file(w->scan->index, old.path, NULL);
		w->report->moved++;
	}
	file_free(&old);
	return moved;
}

static enum outcome store(struct walk *w, struct arrival *a)
{
	struct index *x = w->scan->index;
	struct file old;
	bool known = index_get_file(x, a->file.path, &old) == DONE;
	enum outcome o;

	a->file.added_at = clock_wall();
	if (a->outcome != DONE) {
		snprintf(a->file.fault, sizeof(a->file.fault), "%.120s",
		    a->why.text);
		a->file.media.identity[0] = '\0';
		w->report->unreadable++;
		log_warning("%s: %s", a->file.path, a->why.text);
	}
	if (known) {
		a->file.added_at = old.added_at;
		str_replace(&a->file.doc_id, old.doc_id);
		w->report->changed++;
	} else if (a->outcome != DONE || !inherit(w, &a->file)) {
		w->report->added++;
	}
	o = index_put_file(x, &a->file, &w->why);
	file_free(&old);
	return o;
}

static enum outcome end_batch(struct walk *w)
{
	enum outcome o = DONE;

	if (index_in_bracket(w->scan->index))
		o = index_commit(w->scan->index, &w->why);
	w->batch = 0;
	return o;
}

static void take_arrival(void *ctx, void *job)
{
	struct walk *w = ctx;
	struct arrival *a = job;

	if (a->outcome == SERVICE_FAILED && w->outcome == DONE) {
		w->outcome = RUN_FAILED;
		w->why = a->why;
	}
	if (w->outcome != DONE || a->outcome == STOPPED)
		return;
	if (w->batch == 0) {
		w->batch_began = clock_mono_ms();
		w->outcome = index_begin(w->scan->index, &w->why);
	}
	if (w->outcome == DONE)
		w->outcome = store(w, a);
	if (w->outcome == DONE && (++w->batch == BATCH_FILES ||
	    clock_mono_ms() - w->batch_began > BATCH_MS))
		w->outcome = end_batch(w);
	progress_step(++w->ended);
}

static enum outcome open_arrivals(struct walk *w)
{
	const struct crew crew = { .threads = w->scan->threads, .ctx = w,
		.next = next_arrival, .work = probe_arrival,
		.done = take_arrival };

	if (w->count == 0)
		return DONE;
	progress_begin("reading files", w->count);
	crew_run(&crew);
	progress_end();
	if (w->outcome != DONE) {
		index_abort(w->scan->index);
		return w->outcome;
	}
	w->outcome = end_batch(w);
	if (w->outcome == DONE && stop_requested())
		return STOPPED;
	return w->outcome;
}

static enum outcome remove_gone(struct walk *w)
{
	enum outcome o;
	struct file f;

	if (w->n_gone == 0)
		return DONE;
	o = index_begin(w->scan->index, &w->why);
	for (size_t i = 0; i < w->n_gone && o == DONE; i++) {
		/* One that moved was taken off by its new place. */
		if (index_get_file(w->scan->index, w->gone[i], &f) != DONE)
			continue;
		file_free(&f);
		o = index_remove_file(w->scan->index, w->gone[i], &w->why);
		w->report->removed++;
	}
	if (o == DONE)
		return index_commit(w->scan->index, &w->why);
	index_abort(w->scan->index);
	return o;
}

static void free_walk(struct walk *w)
{
	map_free(w->seen, NULL);
	for (size_t i = 0; i < w->count; i++)
		file_free(&w->arrivals[i].file);
	free(w->arrivals);
	for (size_t i = 0; i < w->n_gone; i++)
		free(w->gone[i]);
	free(w->gone);
}

enum outcome scan_library(const struct scan *s, struct scan_report *r,
    struct why *why)
{
	struct walk w = { .scan = s, .report = r, .seen = map_new() };
	enum outcome o;

	memset(r, 0, sizeof(*r));
	o = walk_library(&w);
	if (o == DONE) {
		index_each_path(s->index, collect_gone, &w);
		r->removal_refused = !is_believable(&w);
		r->vanished = w.n_gone;
	}
	if (o == DONE && !r->removal_refused)
		o = open_arrivals(&w);
	if (o == DONE && !r->removal_refused)
		o = remove_gone(&w);
	if (why != NULL)
		*why = w.why;
	free_walk(&w);
	return o;
}
