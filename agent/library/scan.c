/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk compares each folder with the index: files that differ are opened
 * afterwards, in parallel; if the index has more files in a folder than the
 * walk has met there, the missing ones are looked for by name and, like those
 * of folders that the walk did not come to, are gone. A file is new, changed or
 * moved by comparing its path and identity with the index.
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
#include "base/file.h"
#include "base/thread_pool.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/walk.h"
#include "base/utf8.h"
#include "library/place.h"
#include "types/shard.h"

#define BATCH_FILES 256		/* in one transaction: each costs a sync */
#define BATCH_MS 1000		/* the most work that a kill can lose */
#define MAX_REMOVED 50		/* files that may vanish at once, or */
#define MAX_REMOVED_PERCENT 20	/* this share of all, if that is more */

/* A new or changed file, which must be opened. */
struct pending {
	struct file file;
	bool is_link;
	int errnum;		/* why it could not be opened; 0 */
	enum outcome outcome;
	struct error error;
};

struct scan_state {
	const struct scan *scan;
	struct scan_report *report;
	int root;
	struct index_comparison *index;	/* during the walk */
	struct map *unreadable;		/* folders and files we can't read */
	struct map *gone;		/* paths that no longer exist */
	struct pending *pending;
	size_t count, cap, next, ended;
	int64_t batch_began;
	size_t batch;
	enum outcome outcome;
	struct error error;
};

/* ---- the walk ---- */

static void add_pending(struct scan_state *v, const struct walk_name *n,
    const struct stat *st, int64_t mtime)
{
	struct pending *a;

	v->pending = grow(v->pending, &v->cap, v->count,
	    sizeof(*v->pending));
	a = &v->pending[v->count++];
	memset(a, 0, sizeof(*a));
	a->file.path = xstrdup(n->path);
	a->file.size = st->st_size;
	a->file.mtime_ns = mtime;
	a->file.inode = st->st_ino;
	a->is_link = n->type == DT_LNK;
}

/* Files that can't be read must not count as gone. */
static void note_unreadable_path(void *ctx, const char *path, int errnum)
{
	struct scan_state *v = ctx;

	map_put_str(v->unreadable, path, v);
	log_warning("%s/%s: can't be read: %s: its files stay in the index",
	    v->scan->root, path, strerror(errnum));
}

/* A link to a file counts as the file. */
static void on_name(void *ctx, const struct walk_name *n)
{
	struct scan_state *v = ctx;
	struct stat st;
	int64_t mtime;

	if (v->scan->clean && n->type == DT_REG)
		place_clean(n->folder, n->name, n->path);
	if ((n->type != DT_REG && n->type != DT_LNK) ||
	    !file_name_is_audio(n->name) ||
	    !shard_has(v->scan->shard, n->path))
		return;
	if (fstatat(n->folder, n->name, &st, 0) != 0) {
		if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR)
			note_unreadable_path(v, n->path, errno);
		return;
	}
	if (!S_ISREG(st.st_mode))
		return;
	mtime = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	v->report->seen++;
	v->report->bytes += (uint64_t)st.st_size;
	progress_step(v->report->seen);
	if (index_compare_file(v->index, n->name, st.st_size, mtime,
	    st.st_ino) != FILE_SAME)
		add_pending(v, n, &st, mtime);
}

static void on_enter(void *ctx, const char *path)
{
	struct scan_state *v = ctx;

	index_compare_enter(v->index, path);
}

struct folder_check {
	struct scan_state *scan_state;
	int folder;
};

/* Is a file of the index still in the open folder? */
static void check_name(void *ctx, const char *path)
{
	struct folder_check *c = ctx;
	const char *name = path_base(path);
	struct stat st;

	if (fstatat(c->folder, name, &st, 0) != 0 ? errno == ENOENT ||
	    errno == ELOOP || errno == ENOTDIR : !S_ISREG(st.st_mode) ||
	    !file_name_is_audio(name))
		map_put_str(c->scan_state->gone, path, c->scan_state);
}

static void on_leave(void *ctx, int folder)
{
	struct folder_check c = { .scan_state = ctx, .folder = folder };

	index_compare_leave(c.scan_state->index, check_name, &c);
}

/* Could the path, or a folder above it, not be read? */
static bool is_unreadable(const struct scan_state *v, const char *path)
{
	if (map_count(v->unreadable) == 0)
		return false;
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '/' &&
		    map_has(v->unreadable, path, (size_t)(p - path)))
			return true;
	return map_has_str(v->unreadable, path) ||
	       map_has_str(v->unreadable, "");
}

/* A file of the index in a folder that the walk did not come to. */
static void check_path(void *ctx, const char *path)
{
	struct scan_state *v = ctx;

	if (!is_unreadable(v, path))
		map_put_str(v->gone, path, v);
}

static enum outcome walk_library(struct scan_state *v)
{
	const struct walk w = { .root = v->scan->root, .ctx = v,
		.on_name = on_name, .on_enter = on_enter, .on_leave = on_leave,
		.on_error = note_unreadable_path };
	int failed = 0;

	v->root = open(v->scan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v->root >= 0) {
		progress_begin("reading the library",
		    index_count_files(v->scan->index));
		v->index = index_compare_begin(v->scan->index);
		failed = walk_folders(&w);
		if (!failed && !stop_requested())
			index_compare_rest(v->index, check_path, v);
		index_compare_end(v->index);
		progress_end();
	}
	if (v->root < 0 || failed)
		return error_set(&v->error, RUN_CONFIG, "%s: %s: set [library] "
		    "path to the folder that holds the music", v->scan->root,
		    strerror(errno));
	return stop_requested() ? STOPPED : DONE;
}

/* ---- files that are gone ---- */

/* More missing files than this are an accident, such as an unmounted disk. */
static size_t max_removals(const struct scan_state *v)
{
	size_t known = index_count_files(v->scan->index);
	size_t limit = known * MAX_REMOVED_PERCENT / 100;

	if (v->scan->accept_removals)
		return SIZE_MAX;
	if (v->report->seen == 0)
		return 0;
	return limit > MAX_REMOVED ? limit : MAX_REMOVED;
}

/* ---- new and changed files ---- */

static void *next_pending(void *ctx)
{
	struct scan_state *v = ctx;

	if (v->outcome != DONE || v->next == v->count)
		return NULL;
	return &v->pending[v->next++];
}

/* The file may have become a pipe since the walk: opening must not block. */
static int open_media(const struct scan_state *v, const struct pending *a)
{
	int flags = O_RDONLY | O_NONBLOCK | (a->is_link ? 0 : O_NOFOLLOW);
	int fd = walk_open(v->root, a->file.path, flags | O_NOATIME);
	struct stat st;

	/* O_NOATIME is for the file's owner only. */
	if (fd < 0 && errno == EPERM)
		fd = walk_open(v->root, a->file.path, flags);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

static void probe_pending(void *ctx, void *job)
{
	const struct scan_state *v = ctx;
	const struct media_service *e = v->scan->media_service;
	struct pending *a = job;
	int fd = open_media(v, a);

	if (fd < 0) {
		a->errnum = errno;
		return;
	}
	a->outcome = e->probe(e->self, fd, &a->file.media, &a->error);
	close(fd);
}

struct move_search {
	const struct scan_state *scan_state;
	struct file *file;
	char *from;		/* where it was; owned */
};

/* Of several copies the one with its inode, else the first. */
static int match_old_path(void *ctx, const struct file *old)
{
	struct move_search *s = ctx;
	bool is_it = old->inode == s->file->inode;

	if (!map_has_str(s->scan_state->gone, old->path) ||
	    (s->from != NULL && !is_it))
		return 0;
	str_replace(&s->from, old->path);
	s->file->added_at = old->added_at;
	str_replace(&s->file->doc_id, old->doc_id);
	return is_it;
}

/* If the file was at another path of its identity, which is gone, takes over
 * that record. */
static enum outcome follow_move(
    struct scan_state *v, struct file *f, bool *moved)
{
	struct move_search s = { .scan_state = v, .file = f };
	enum outcome o = DONE;

	index_each_copy(v->scan->index, f->media.identity, match_old_path, &s);
	*moved = s.from != NULL;
	if (*moved) {
		map_remove(v->gone, s.from, strlen(s.from));
		o = index_remove_file(v->scan->index, s.from, &v->error);
	}
	free(s.from);
	return o;
}

static void record_fault(struct scan_state *v, struct pending *a)
{
	media_free(&a->file.media);
	a->file.reason = reason_of(&a->error);
	snprintf(a->file.fault, sizeof(a->file.fault), "%.*s",
	    (int)utf8_cut(a->error.text, strlen(a->error.text),
	    sizeof(a->file.fault) - 1), a->error.text);
	v->report->unreadable++;
	log_warning("%s: unreadable audio: %s", a->file.path, a->error.text);
}

/* After a read error of the disk, which may be temporary, a file keeps its old
 * record: true. A new one gets a wrong mtime, so that the next scan opens it
 * again. */
static bool keeps_old_record(struct pending *a, const struct file *old)
{
	if (a->outcome == DONE || reason_of(&a->error) != REASON_UNREADABLE)
		return false;
	a->file.mtime_ns = 0;
	return old->media.identity[0] != '\0';
}

static enum outcome store(struct scan_state *v, struct pending *a)
{
	struct index *x = v->scan->index;
	struct file old;
	bool known = index_get_file(x, a->file.path, &old) == DONE;
	bool moved = false, keeps_old = keeps_old_record(a, &old);
	enum outcome o = DONE;

	a->file.added_at = clock_wall();
	if (a->outcome != DONE)
		record_fault(v, a);
	if (keeps_old) {
		file_free(&old);
		return DONE;
	}
	if (known) {
		a->file.added_at = old.added_at;
		str_replace(&a->file.doc_id, old.doc_id);
	} else if (a->outcome == DONE) {
		o = follow_move(v, &a->file, &moved);
	}
	file_free(&old);
	if (o == DONE)
		o = index_put_file(x, &a->file, &v->error);
	v->report->changed += known;
	v->report->moved += moved;
	v->report->added += !known && !moved;
	return o;
}

static enum outcome commit_batch(struct scan_state *v)
{
	v->batch = 0;
	if (!index_in_transaction(v->scan->index))
		return DONE;
	return index_commit(v->scan->index, &v->error);
}

/* Such a file keeps its record, and the next scan tries again. A file that is
 * gone by now is no fault. */
static void log_unopened(const struct scan_state *v, const struct pending *a)
{
	if (a->errnum != ENOENT && a->errnum != ELOOP && a->errnum != ENOTDIR)
		log_warning("%s/%s: can't be opened: %s", v->scan->root,
		    a->file.path, strerror(a->errnum));
}

static void store_pending(void *ctx, void *job)
{
	struct scan_state *v = ctx;
	struct pending *a = job;

	progress_step(++v->ended);
	if (a->errnum != 0)
		log_unopened(v, a);
	if (a->errnum != 0 || a->outcome == STOPPED || v->outcome != DONE)
		return;
	/* Without a worker the scan must fail: tracks whose files are not
	 * recognized would be downloaded again. */
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
		v->outcome = commit_batch(v);
}

static enum outcome probe_all_pending(struct scan_state *v)
{
	const struct thread_pool pool = { .threads = v->scan->threads, .ctx = v,
		.next = next_pending, .work = probe_pending,
		.done = store_pending };

	if (v->count == 0)
		return DONE;
	progress_begin("reading new files", v->count);
	thread_pool_run(&pool);
	progress_end();
	if (v->outcome == DONE)
		v->outcome = commit_batch(v);
	if (v->outcome == DONE && stop_requested())
		return STOPPED;
	return v->outcome;
}

static int remove_one(void *ctx, const void *key, size_t len, void *value)
{
	struct scan_state *v = ctx;
	enum outcome o = index_remove_file(v->scan->index, key, &v->error);

	(void)len, (void)value;
	v->report->removed += o == DONE;
	return o != DONE ? (int)o : 0;
}

/* After the moves, whose old paths don't count. */
static enum outcome remove_gone(struct scan_state *v)
{
	struct index *x = v->scan->index;
	size_t vanished = map_count(v->gone);
	enum outcome o;

	if (vanished == 0)
		return DONE;
	if (vanished > max_removals(v)) {
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

static void scan_state_free(struct scan_state *v)
{
	map_free(v->unreadable, NULL);
	map_free(v->gone, NULL);
	for (size_t i = 0; i < v->count; i++)
		file_free(&v->pending[i].file);
	free(v->pending);
	if (v->root >= 0)
		close(v->root);
}

enum outcome scan_folder(const struct scan *s, struct scan_report *r,
    struct error *error)
{
	struct scan_state v = { .scan = s, .report = r, .root = -1,
		.unreadable = map_new(), .gone = map_new() };
	enum outcome o;

	memset(r, 0, sizeof(*r));
	o = walk_library(&v);
	if (o == DONE)
		o = probe_all_pending(&v);
	/* Work done before a failure or stop is kept. */
	if (o != DONE && index_in_transaction(s->index) &&
	    commit_batch(&v) != DONE)
		o = RUN_FAILED;
	if (o == DONE)
		o = remove_gone(&v);
	if (error != NULL)
		*error = v.error;
	scan_state_free(&v);
	return o;
}
