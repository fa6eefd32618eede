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
#include "base/thread_pool.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "library/walk.h"

#define BATCH_FILES 256		/* in one transaction: a sync costs */
#define BATCH_MS 1000		/* and a kill should not cost more */
#define BELIEVABLE 50		/* files that may vanish at once, or */
#define BELIEVABLE_PERCENT 20	/* this share of them, if that is more */

/* A file that must be opened. */
struct arrival {
	struct file file;
	bool is_link;
	int errnum;		/* it could not be opened: errno */
	enum outcome outcome;
	struct error error;
};

/* A scan under way. */
struct visit {
	const struct scan *scan;
	struct scan_report *report;
	int root;
	struct map *seen;		/* paths that are there */
	struct map *blind;		/* paths below which nobody knows */
	struct map *gone;		/* paths that are not there any more */
	struct arrival *arrivals;
	size_t count, cap, next, ended;
	int64_t batch_began;
	size_t batch;
	enum outcome outcome;
	struct error error;
};

/* ---- the walk ---- */

static void note_arrival(struct visit *v, const struct walk_name *n,
    const struct stat *st, int64_t mtime)
{
	struct arrival *a;

	v->arrivals = grow(v->arrivals, &v->cap, v->count,
	    sizeof(*v->arrivals));
	a = &v->arrivals[v->count++];
	memset(a, 0, sizeof(*a));
	a->file.path = xstrdup(n->path);
	a->file.size = st->st_size;
	a->file.mtime_ns = mtime;
	a->file.inode = st->st_ino;
	a->is_link = n->type == DT_LNK;
}

/* What can't be read must not pass for gone. */
static void note_blind(void *ctx, const char *path, int errnum)
{
	struct visit *v = ctx;

	map_put_str(v->blind, path, v);
	log_warning("%s/%s: can't be read: %s; what the index knows there is "
	    "kept", v->scan->root, path, strerror(errnum));
}

/* A link to a file counts as the file. */
static void meet_name(void *ctx, const struct walk_name *n)
{
	struct visit *v = ctx;
	struct stat st;
	int64_t mtime;

	if ((n->type != DT_REG && n->type != DT_LNK) ||
	    !file_name_is_audio(n->name))
		return;
	if (fstatat(n->folder, n->name, &st, 0) != 0) {
		if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR)
			note_blind(v, n->path, errno);
		return;
	}
	if (!S_ISREG(st.st_mode))
		return;
	mtime = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	v->report->seen++;
	v->report->bytes += (uint64_t)st.st_size;
	map_put_str(v->seen, n->path, v);
	progress_step(v->report->seen);
	if (!index_file_is(v->scan->index, n->path, st.st_size, mtime,
	    st.st_ino))
		note_arrival(v, n, &st, mtime);
}

static enum outcome walk_library(struct visit *v)
{
	const struct walk w = { .root = v->scan->root, .ctx = v,
		.meet = meet_name, .blind = note_blind };
	int failed = 0;

	v->root = open(v->scan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v->root >= 0) {
		progress_begin("reading the library",
		    index_count_files(v->scan->index));
		failed = walk_folders(&w);
		progress_end();
	}
	if (v->root < 0 || failed)
		return error_set(&v->error, RUN_CONFIG, "%s: %s: set [library] "
		    "path to the folder that holds the music", v->scan->root,
		    strerror(errno));
	return stop_requested() ? STOPPED : DONE;
}

/* ---- what is gone ---- */

/* Is the path, or a folder above it, one that could not be looked into? */
static bool is_blind(const struct visit *v, const char *path)
{
	if (map_count(v->blind) == 0)
		return false;
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '/' && map_has(v->blind, path, (size_t)(p - path)))
			return true;
	return map_has_str(v->blind, path) || map_has_str(v->blind, "");
}

static int collect_gone(void *ctx, const char *path)
{
	struct visit *v = ctx;

	if (!map_has_str(v->seen, path) && !is_blind(v, path))
		map_put_str(v->gone, path, v);
	return 0;
}

/* More than that is an accident: a disk that is not there. */
static size_t believable(const struct visit *v)
{
	size_t known = index_count_files(v->scan->index);
	size_t limit = known * BELIEVABLE_PERCENT / 100;

	if (v->scan->accept_removals)
		return SIZE_MAX;
	if (v->report->seen == 0)
		return 0;
	return limit > BELIEVABLE ? limit : BELIEVABLE;
}

/* ---- opening what is new ---- */

static void *next_arrival(void *ctx)
{
	struct visit *v = ctx;

	if (v->outcome != DONE || v->next == v->count)
		return NULL;
	return &v->arrivals[v->next++];
}

/* What was a file when the walk met it may be a pipe by now: that must not be
 * waited for. */
static int open_media(const struct visit *v, const struct arrival *a)
{
	int flags = O_RDONLY | O_NONBLOCK | (a->is_link ? 0 : O_NOFOLLOW);
	int fd = walk_open(v->root, a->file.path, flags | O_NOATIME);
	struct stat st;

	/* Only its owner may leave a file's access time alone. */
	if (fd < 0 && errno == EPERM)
		fd = walk_open(v->root, a->file.path, flags);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

static void probe_arrival(void *ctx, void *job)
{
	const struct visit *v = ctx;
	const struct media_service *e = v->scan->media_service;
	struct arrival *a = job;
	int fd = open_media(v, a);

	if (fd < 0) {
		a->errnum = errno;
		return;
	}
	a->outcome = e->probe(e->self, fd, &a->file.media, &a->error);
	close(fd);
}

struct search {
	const struct visit *visit;
	struct file *for_whom;
	char *from;		/* where it was; owned */
};

static int take_over(void *ctx, const struct file *old)
{
	struct search *s = ctx;

	if (!map_has_str(s->visit->gone, old->path))
		return 0;
	s->from = xstrdup(old->path);
	s->for_whom->added_at = old->added_at;
	str_replace(&s->for_whom->doc_id, old->doc_id);
	return 1;
}

/* Takes over what the index knows of a file from when it was elsewhere: at
 * another path of its identity, which is gone. */
static enum outcome inherit(struct visit *v, struct file *f, bool *moved)
{
	struct search s = { .visit = v, .for_whom = f };
	enum outcome o = DONE;

	*moved = index_each_copy(v->scan->index, f->media.identity,
	    take_over, &s) != 0;
	if (*moved) {
		map_remove(v->gone, s.from, strlen(s.from));
		o = index_remove_file(v->scan->index, s.from, &v->error);
	}
	free(s.from);
	return o;
}

static void note_unreadable(struct visit *v, struct arrival *a)
{
	media_free(&a->file.media);
	a->file.reason = reason_of(&a->error);
	snprintf(a->file.fault, sizeof(a->file.fault), "%.*s",
	    (int)utf8_cut(a->error.text, strlen(a->error.text),
	    sizeof(a->file.fault) - 1), a->error.text);
	v->report->unreadable++;
	log_warning("%s: is no audio that can be read: %s", a->file.path,
	    a->error.text);
}

/* The disk failed, and perhaps for now only. What is known of the file is kept
 * then; true. A file of which nothing is known gets a time that it has not, so
 * that the next scan opens it again. */
static bool is_kept(struct arrival *a, const struct file *old)
{
	if (a->outcome == DONE || reason_of(&a->error) != REASON_UNREADABLE)
		return false;
	a->file.mtime_ns = 0;
	return old->media.identity[0] != '\0';
}

static enum outcome store(struct visit *v, struct arrival *a)
{
	struct index *x = v->scan->index;
	struct file old;
	bool known = index_get_file(x, a->file.path, &old) == DONE;
	bool moved = false, kept = is_kept(a, &old);
	enum outcome o = DONE;

	a->file.added_at = clock_wall();
	if (a->outcome != DONE)
		note_unreadable(v, a);
	if (kept) {
		file_free(&old);
		return DONE;
	}
	if (known) {
		a->file.added_at = old.added_at;
		str_replace(&a->file.doc_id, old.doc_id);
	} else if (a->outcome == DONE) {
		o = inherit(v, &a->file, &moved);
	}
	file_free(&old);
	if (o == DONE)
		o = index_put_file(x, &a->file, &v->error);
	v->report->changed += known;
	v->report->moved += moved;
	v->report->added += !known && !moved;
	return o;
}

static enum outcome end_batch(struct visit *v)
{
	v->batch = 0;
	if (!index_in_transaction(v->scan->index))
		return DONE;
	return index_commit(v->scan->index, &v->error);
}

/* Files that nobody could open are left as the index has them, and tried again
 * by the next scan. */
static void tell_unopened(const struct visit *v, const struct arrival *a)
{
	if (a->errnum != ENOENT && a->errnum != ELOOP && a->errnum != ENOTDIR)
		log_warning("%s/%s: can't be opened: %s", v->scan->root,
		    a->file.path, strerror(a->errnum));
}

static void take_arrival(void *ctx, void *job)
{
	struct visit *v = ctx;
	struct arrival *a = job;

	progress_step(++v->ended);
	if (a->errnum != 0)
		tell_unopened(v, a);
	if (a->errnum != 0 || a->outcome == STOPPED || v->outcome != DONE)
		return;
	/* Without the worker nothing new can be known, and what is not known
	 * would be fetched again. */
	if (a->outcome != DONE && a->outcome != ITEM_FAILED) {
		v->outcome = RUN_FAILED;
		v->error = a->error;
		return;
	}
	if (!index_in_transaction(v->scan->index)) {
		v->batch_began = clock_mono_ms();
		v->outcome = index_begin(v->scan->index, &v->error);
	}
	if (v->outcome == DONE)
		v->outcome = store(v, a);
	if (v->outcome == DONE && (++v->batch >= BATCH_FILES ||
	    clock_mono_ms() - v->batch_began >= BATCH_MS))
		v->outcome = end_batch(v);
}

static enum outcome open_arrivals(struct visit *v)
{
	const struct thread_pool thread_pool = { .threads = v->scan->threads, .ctx = v,
		.next = next_arrival, .work = probe_arrival,
		.done = take_arrival };

	if (v->count == 0)
		return DONE;
	progress_begin("reading new files", v->count);
	thread_pool_run(&thread_pool);
	progress_end();
	if (v->outcome == DONE)
		v->outcome = end_batch(v);
	if (v->outcome == DONE && stop_requested())
		return STOPPED;
	return v->outcome;
}

static int remove_one(void *ctx, const void *key, size_t len, void *value)
{
	struct visit *v = ctx;
	enum outcome o = index_remove_file(v->scan->index, key, &v->error);

	(void)len, (void)value;
	v->report->removed += o == DONE;
	return o != DONE ? (int)o : 0;
}

/* After the moves, whose old paths are no loss. */
static enum outcome remove_gone(struct visit *v)
{
	struct index *x = v->scan->index;
	size_t vanished = map_count(v->gone);
	enum outcome o;

	if (vanished == 0)
		return DONE;
	if (vanished > believable(v)) {
		v->report->removal_refused = true;
		v->report->vanished = vanished;
		return DONE;
	}
	o = index_begin(x, &v->error);
	if (o == DONE)
		o = (enum outcome)map_each(v->gone, remove_one, v);
	if (o == DONE)
		return index_commit(x, &v->error);
	index_abort(x);
	return o;
}

static void free_visit(struct visit *v)
{
	map_free(v->seen, NULL);
	map_free(v->blind, NULL);
	map_free(v->gone, NULL);
	for (size_t i = 0; i < v->count; i++)
		file_free(&v->arrivals[i].file);
	free(v->arrivals);
	if (v->root >= 0)
		close(v->root);
}

enum outcome scan_folder(const struct scan *s, struct scan_report *r,
    struct error *error)
{
	struct visit v = { .scan = s, .report = r, .root = -1,
		.seen = map_new(), .blind = map_new(), .gone = map_new() };
	enum outcome o;

	memset(r, 0, sizeof(*r));
	o = walk_library(&v);
	if (o == DONE) {
		index_each_path(s->index, collect_gone, &v);
		o = open_arrivals(&v);
	}
	/* What was done so far is kept, whatever came between. */
	if (o != DONE && index_in_transaction(s->index) &&
	    end_batch(&v) != DONE)
		o = RUN_FAILED;
	if (o == DONE)
		o = remove_gone(&v);
	if (error != NULL)
		*error = v.error;
	free_visit(&v);
	return o;
}
