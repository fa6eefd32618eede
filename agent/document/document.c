/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The merge as a whole. Its parts: read.c (reads the document and decides what
 * happens to each entry), entry.c and patch.c (the fields of a file, and how
 * they get into an entry), write.c (the new document), swap.c (its exchange
 * with the old one, safe against a kill), concurrent.c (other writers),
 * guard_copy.c (a race of three programs), access.c (permissions).
 */
#include "document/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "document/access.h"
#include "document/guard_copy.h"
#include "document/map.h"
#include "document/merge.h"
#include "document/write.h"

#define MAX_MERGES 8
#define MAX_BEHIND 10		/* new entries that the last good copy may lack:
				   as many may be deleted by hand */
#define AT_REST_S 2		/* the coarsest mtime of any file system */

/* ---- the state after the last call ---- */

static void last_merge_parse(struct last_merge *k, const char *note)
{
	struct json *v = note != NULL ? json_parse(note, strlen(note), NULL) :
	    NULL;

	k->any = v != NULL;
	k->size = json_get_int(v, "size", 0);
	k->mtime_ns = json_get_int(v, "mtime_ns", 0);
	k->inode = json_get_int(v, "inode", 0);
	k->files = json_get_int(v, "files", 0);
	k->entries = (size_t)json_get_int(v, "entries", 0);
	k->ours = (size_t)json_get_int(v, "ours", 0);
	if (k->ours > k->entries)
		k->ours = k->entries;
	json_free(v);
}

static char *last_merge_print(const struct merge *m, const struct stat *st,
    const struct document_report *r)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_int(w, "size", st->st_size);
	json_put_int(w, "mtime_ns", stamp_of(st).mtime_ns);
	json_put_int(w, "inode", (int64_t)st->st_ino);
	json_put_int(w, "files", (int64_t)m->files.digest);
	json_put_int(w, "entries", (int64_t)r->entries);
	json_put_int(w, "ours", (int64_t)r->ours);
	json_close(w);
	return json_writer_end(w, NULL);
}

static bool is_same_document(const struct merge *m)
{
	struct stat st = { .st_size = 0 };

	if (stat(m->s.path, &st) != 0 && errno != ENOENT)
		return false;
	return m->last.any && m->last.size == st.st_size &&
	    m->last.mtime_ns == stamp_of(&st).mtime_ns &&
	    m->last.inode == (int64_t)st.st_ino;
}

/* ---- one attempt ---- */

struct attempt {
	struct reading r;	/* of the old document; then of the new one */
	bool is_first;		/* there was none */
	int64_t read_at;	/* Unix time before it was read */
	uint8_t old_hash[FAST_HASH_LEN];
	int fd;			/* the new document, read-only; or -1 */
	struct stat st;		/* of the new document */
	bool keeps_old;		/* as the last good copy */
	char *good;		/* path of a copy beside last_good; or NULL */
	struct copy copy;
	bool again;		/* another program wrote it meanwhile */
};

static int open_temporary(const struct merge *m, const struct attempt *x)
{
	/* A first document gets the user's umask; a replacement stays private
	 * until it has the mode of the old one. */
	mode_t mode = x->is_first ? 0666 : 0600;

	unlink(m->s.work);
	return open(m->s.work, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, mode);
}

/* Writes the new file, copies the permissions of the old one, and syncs. */
static enum outcome write_temporary(
    const struct merge *m, struct attempt *x, int fd, struct error *error)
{
	enum outcome o = DONE;

	if (merge_write(&x->r, &m->files, fd, &x->copy) != 0) {
		x->again = errno == EAGAIN;
		return x->again ? DONE :
		    document_error(m->s.path, "written", errno, error);
	}
	if (!x->is_first)
		o = access_copy(x->r.fd, &x->r.st, fd, m->s.path, error);
	if (o == DONE && (fsync(fd) != 0 || fstat(fd, &x->st) != 0))
		o = document_error(m->s.path, "written", errno, error);
	return o;
}

/* The document that is replaced can be the last good copy if it lacks next to
 * nothing and is on the same file system: it costs nothing then. */
static bool can_keep_old(const struct merge *m, const struct attempt *x,
    const struct document_report *report)
{
	struct stat good;

	return !x->is_first && report->added <= MAX_BEHIND &&
	    x->r.count > 0 && stat(m->d->last_good, &good) == 0 &&
	    good.st_dev == x->r.st.st_dev && fsync(x->r.fd) == 0;
}

/* Otherwise it is written along with the document. */
static void open_good(const struct merge *m, struct attempt *x,
    const struct document_report *report)
{
	if (m->d->last_good == NULL)
		return;
	x->keeps_old = can_keep_old(m, x, report);
	if (x->keeps_old)
		return;
	x->good = xasprintf("%s.tmp", m->d->last_good);
	x->copy.fd = file_open_at(AT_FDCWD, x->good, O_WRONLY | O_CREAT |
	    O_TRUNC | O_NOFOLLOW);
	if (x->copy.fd < 0)
		x->copy.error = errno;
}

/* Leaves no file beside the document unless it returns DONE without again. */
static enum outcome write_beside(const struct merge *m, struct attempt *x,
    const struct document_report *report, struct error *error)
{
	enum outcome o = access_check(m->s.path, error);
	int fd;

	if (o != DONE)
		return o;
	fd = open_temporary(m, x);
	if (fd < 0)
		return document_error(m->s.path, "written", errno, error);
	open_good(m, x, report);
	o = write_temporary(m, x, fd, error);
	/* From here on read-only, so that we are not taken for a writer of it. */
	if (o == DONE && !x->again)
		x->fd = file_open(m->s.work);
	if (close(fd) != 0 && o == DONE)
		o = document_error(m->s.path, "written", errno, error);
	if (o != DONE || x->again)
		unlink(m->s.work);
	return o;
}

/* Detects most concurrent writers before anything is exchanged. */
static bool has_changed(const struct merge *m, const struct attempt *x)
{
	struct stamp then = stamp_of(&x->r.st), now;
	struct stat st;

	if (stat(m->s.path, &st) != 0)
		return !x->is_first;
	now = stamp_of(&st);
	return !stamp_equal(&now, &then);
}

/* Had the document rested long enough when it was read that every later write
 * gives it another mtime? */
static bool was_at_rest(const struct attempt *x)
{
	return x->read_at - x->r.st.st_mtim.tv_sec > AT_REST_S;
}

static enum outcome replace_document(struct merge *m, struct attempt *x,
    struct error *error)
{
	struct outgoing out = { .path = NULL };
	enum outcome o = DONE;

	document_reached(AFTER_WRITE);
	if (has_changed(m, x)) {
		unlink(m->s.work);
		x->again = true;
		return DONE;
	}
	switch (swap_in(&m->s, x->is_first ? NULL : x->old_hash, x->r.hash,
	    &out)) {
	case SWAP_DONE:
		document_reached(AFTER_EXCHANGE);
		out.read_as = was_at_rest(x) ? &x->r.st : NULL;
		out.becomes = x->keeps_old ? m->d->last_good : NULL;
		if (out.path != NULL)
			x->again = document_finish_interrupted(m, &out, false);
		break;
	case SWAP_RACED:
		x->again = true;
		break;
	case SWAP_FAILED:
		o = document_error(m->s.path, "written", errno, error);
		break;
	}
	outgoing_free(&out);
	return o;
}

/* ---- afterwards ---- */

static int copy_verified(int from, const char *to, const uint8_t *expected)
{
	uint8_t hash[FAST_HASH_LEN];
	int fd = file_open_at(AT_FDCWD, to, O_RDWR | O_CREAT | O_TRUNC |
	    O_NOFOLLOW);
	int failed, errnum;

	if (fd < 0)
		return -1;
	failed = lseek(from, 0, SEEK_SET) != 0 ||
	    file_copy(from, fd, -1, NULL) != 0 || fsync(fd) != 0;
	errnum = errno;
	close(fd);
	errno = errnum;
	if (failed)
		return -1;
	/* A program may have written to it meanwhile. */
	errno = EAGAIN;
	return swap_hash(to, hash) == 0 &&
	    memcmp(hash, expected, FAST_HASH_LEN) == 0 ? 0 : -1;
}

/* Puts the copy at `from` in the place of the last good one; errnum: it could
 * not be written. */
static void keep_good(const struct merge *m, const char *from, int errnum)
{
	if (errnum == 0 && rename(from, m->d->last_good) != 0)
		errnum = errno;
	if (errnum == 0)
		return;
	if (errnum != EAGAIN)
		log_warning("%s: no copy of the document could be written: %s",
		    m->d->last_good, strerror(errnum));
	unlink(from);
}

/* The document stays as it is, and there is no copy of it yet. */
static void copy_good(const struct merge *m, const struct reading *r)
{
	char *temporary;

	if (m->d->last_good == NULL || access(m->d->last_good, F_OK) == 0)
		return;
	temporary = xasprintf("%s.tmp", m->d->last_good);
	keep_good(m, temporary, copy_verified(r->fd, temporary, r->hash) == 0 ?
	    0 : errno);
	free(temporary);
}

struct id_search {
	uint64_t hash;
	char *id;		/* with that hash; owned */
};

static int take_member(void *ctx, const char *key, const struct json *v,
    off_t begin, off_t end)
{
	struct id_search *t = ctx;
	const char *id = strcmp(key, "id") == 0 ? json_whole_string(v) : NULL;

	(void)begin, (void)end;
	if (id != NULL && id_hash(id) == t->hash)
		t->id = xstrdup(id);
	return t->id != NULL;
}

/* The entry's id; the caller frees it. NULL: it can't be read any more. */
static char *read_id(int fd, const struct slot *s)
{
	size_t len = (size_t)(s->end - s->begin);
	struct id_search search = { .hash = s->id };
	const struct json_stream_handler h = { .array = "tracks",
		.keep_depth = 1, .on_member = take_member, .ctx = &search };
	struct json_stream *stream = json_stream_new(&h);
	char *text = xmalloc(len);

	if (pread(fd, text, len, s->begin) == (ssize_t)len)
		json_stream_feed(stream, text, len, NULL);
	json_stream_free(stream);
	free(text);
	return search.id;
}

static void report_ids(const struct merge *m, const struct reading *r, int fd)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct slot *s = reading_slot(r, i);
		const struct file_row *row = s->file > 0 ?
		    table_row(&m->files, s->file) : NULL;
		char *id = row != NULL && s->id_is_news ? read_id(fd, s) :
		    NULL;

		if (id != NULL)
			m->d->on_id(m->d->ctx, table_path(&m->files, row), id);
		free(id);
	}
}

static void finish(struct merge *m, struct attempt *x,
    struct document_report *report)
{
	const struct stat *st = report->written ? &x->st : &x->r.st;
	int fd = report->written ? x->fd : x->r.fd;

	report->bytes = (uint64_t)st->st_size;
	free(m->d->seen);
	m->d->seen = last_merge_print(m, st, report);
	if (x->good != NULL && x->copy.error == 0 && fsync(x->copy.fd) != 0)
		x->copy.error = errno;
	if (x->good != NULL)
		keep_good(m, x->good, x->copy.error);
	else if (!report->written && x->r.state == READ_WHOLE)
		copy_good(m, &x->r);
	if (m->d->on_id != NULL)
		report_ids(m, &x->r, fd);
	if (m->d->map != NULL && (report->written || x->r.unknown_to_map))
		map_save(m->d->map, &m->files, &x->r, fd, st);
}

static void attempt_free(struct attempt *x)
{
	if (x->fd >= 0)
		close(x->fd);
	if (x->copy.fd >= 0)
		close(x->copy.fd);
	free(x->good);
	reading_close(&x->r);
}

/* Reads, writes the changes, and exchanges the files. */
static enum outcome merge_once(struct merge *m, struct document_report *report,
    bool *again, struct error *error)
{
	struct attempt x = { .fd = -1, .copy = { .fd = -1 },
		.read_at = clock_wall() };
	enum outcome o = document_await(m, &x.r, error);
	bool changes = false;

	document_reached(AFTER_READ);
	if (o == DONE) {
		x.is_first = x.r.state == READ_ABSENT;
		memcpy(x.old_hash, x.r.hash, sizeof(x.old_hash));
		changes = merge_count(&x.r, &m->files, report);
	}
	if (changes)
		o = write_beside(m, &x, report, error);
	if (changes && o == DONE && !x.again)
		o = replace_document(m, &x, error);
	if (o == DONE && !x.again) {
		report->written = changes;
		report->by_map = x.r.mapped;
		finish(m, &x, report);
	} else if (x.good != NULL) {
		unlink(x.good);
	}
	*again = o == DONE && x.again;
	if (*again && m->d->map != NULL)
		unlink(m->d->map);
	attempt_free(&x);
	return o;
}

static enum outcome merge_with_retries(struct merge *m,
    struct document_report *report, struct error *error)
{
	enum outcome o = DONE;
	bool again = true;

	report->read = true;
	while (o == DONE && again && report->merges < MAX_MERGES) {
		report->merges++;
		o = merge_once(m, report, &again, error);
	}
	if (o == DONE && again)
		return error_set(error, RUN_LATER, "%s: other programs wrote "
		    "it %d times during the merge: the next run tries again",
		    m->s.path, MAX_MERGES);
	return o;
}

/* Completes the exchange of a run that was killed, or that had to leave a file
 * which another program still had open. */
static void finish_interrupted(struct merge *m)
{
	struct outgoing *list;
	size_t count = swap_list_interrupted(&m->s, &list);

	for (size_t i = 0; i < count; i++) {
		document_finish_interrupted(m, &list[i], true);
		outgoing_free(&list[i]);
	}
	free(list);
	if (count == 0)
		guard_copy_check(&m->s);
}

/* The changed files suffice for a document that has not changed. */
static void list_files(struct merge *m)
{
	const struct document *d = m->d;

	if (d->files->each_changed != NULL && m->last.any &&
	    is_same_document(m))
		table_init_changed(&m->files, d->files, d->root, m->folder);
	else
		table_init(&m->files, d->files, d->root, m->folder);
}

enum outcome document_merge(struct document *d, struct document_report *r,
    struct error *error)
{
	struct merge m = { .d = d };
	enum outcome o = DONE;
	bool same;

	memset(r, 0, sizeof(*r));
	swap_init(&m.s, d->path);
	last_merge_parse(&m.last, d->seen);
	finish_interrupted(&m);
	m.folder = d->map != NULL ? path_dir(d->map) : NULL;
	same = d->unchanged && is_same_document(&m);
	if (!same) {
		list_files(&m);
		same = m.files.is_partial ? m.files.count == 0 :
		    m.last.files == (int64_t)m.files.digest &&
		    is_same_document(&m);
	}
	if (same) {
		r->entries = m.last.entries;
		r->ours = m.last.ours;
		r->bytes = (uint64_t)m.last.size;
	} else {
		o = merge_with_retries(&m, r, error);
	}
	if (o == DONE && m.s.guard_is_new)
		guard_copy_check(&m.s);
	table_free(&m.files);
	free(m.folder);
	swap_free(&m.s);
	return o;
}
