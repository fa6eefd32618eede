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

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "document/access.h"
#include "document/guard_copy.h"
#include "document/merge.h"
#include "document/write.h"

#define MAX_MERGES 8

/* ---- the state after the last call ---- */

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void last_merge_parse(struct last_merge *k, const char *note)
{
	struct json *v = note != NULL ? json_parse(note, strlen(note), NULL) :
	    NULL;

	k->any = v != NULL;
	k->size = json_get_int(v, "size", 0);
	k->mtime_ns = json_get_int(v, "mtime_ns", 0);
	k->inode = json_get_int(v, "inode", 0);
	k->entries = (size_t)json_get_int(v, "entries", 0);
	k->ours = (size_t)json_get_int(v, "ours", 0);
	if (k->ours > k->entries)
		k->ours = k->entries;
	json_free(v);
}

static char *last_merge_print(const struct stat *st,
    const struct document_report *r)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_int(w, "size", st->st_size);
	json_put_int(w, "mtime_ns", mtime_ns(st));
	json_put_int(w, "inode", (int64_t)st->st_ino);
	json_put_int(w, "entries", (int64_t)r->entries);
	json_put_int(w, "ours", (int64_t)r->ours);
	json_close(w);
	return json_writer_end(w, NULL);
}

static bool is_unchanged(const struct merge *m)
{
	struct stat st = { .st_size = 0 };

	if (stat(m->s.path, &st) != 0 && errno != ENOENT)
		return false;
	return m->last.any && m->last.size == st.st_size &&
	    m->last.mtime_ns == mtime_ns(&st) &&
	    m->last.inode == (int64_t)st.st_ino;
}

/* ---- one attempt ---- */

struct attempt {
	struct reading r;
	struct additions a;
	int fd;			/* the new document, read-only; or -1 */
	struct stat st;		/* of the new document */
	uint8_t hash[FAST_HASH_LEN];
	bool again;		/* another program wrote it meanwhile */
};

static int open_temporary(const struct merge *m, const struct attempt *x)
{
	/* A first document gets the user's umask; a replacement stays private
	 * until it has the mode of the old one. */
	mode_t mode = x->r.state == READ_ABSENT ? 0666 : 0600;

	unlink(m->s.work);
	return open(m->s.work, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, mode);
}

/* Writes the new file, copies the permissions of the old one, and syncs. */
static enum outcome write_temporary(
    const struct merge *m, struct attempt *x, int fd, struct error *error)
{
	enum outcome o = DONE;

	if (merge_write(&x->r, &m->c, &x->a, fd, x->hash) != 0) {
		x->again = errno == EAGAIN;
		return x->again ? DONE :
		    document_error(m->s.path, "written", errno, error);
	}
	if (x->r.state != READ_ABSENT)
		o = access_copy(x->r.fd, &x->r.st, fd, m->s.path, error);
	if (o == DONE && (fsync(fd) != 0 || fstat(fd, &x->st) != 0))
		o = document_error(m->s.path, "written", errno, error);
	return o;
}

/* Leaves no file beside the document unless it returns DONE without again. */
static enum outcome write_beside(const struct merge *m, struct attempt *x,
    struct error *error)
{
	enum outcome o = access_check(m->s.path, error);
	int fd;

	if (o != DONE)
		return o;
	fd = open_temporary(m, x);
	if (fd < 0)
		return document_error(m->s.path, "written", errno, error);
	o = write_temporary(m, x, fd, error);
	/* From here on read-only, so that file_writers() does not count us. */
	if (o == DONE && !x->again)
		x->fd = file_open(m->s.work);
	if (close(fd) != 0 && o == DONE)
		o = document_error(m->s.path, "written", errno, error);
	if (o != DONE || x->again)
		unlink(m->s.work);
	return o;
}

/* Detects most concurrent writers before anything is exchanged. */
static bool has_changed(const struct merge *m, const struct reading *r)
{
	struct stat st = { .st_size = 0 };

	if (stat(m->s.path, &st) != 0)
		return r->state != READ_ABSENT;
	return st.st_ino != r->st.st_ino || st.st_size != r->st.st_size ||
	    mtime_ns(&st) != mtime_ns(&r->st);
}

static enum outcome replace_document(struct merge *m, struct attempt *x,
    struct error *error)
{
	const uint8_t *old = x->r.state == READ_ABSENT ? NULL : x->r.hash;
	struct outgoing out = { .path = NULL };
	enum outcome o = DONE;

	document_reached(AFTER_WRITE);
	if (has_changed(m, &x->r)) {
		unlink(m->s.work);
		x->again = true;
		return DONE;
	}
	switch (swap_in(&m->s, old, x->hash, &out)) {
	case SWAP_DONE:
		document_reached(AFTER_EXCHANGE);
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

static void save_last_good(const struct merge *m, int from,
    const uint8_t *hash)
{
	const char *path = m->d->last_good;
	char *temporary;

	if (path == NULL)
		return;
	temporary = xasprintf("%s.tmp", path);
	if (copy_verified(from, temporary, hash) != 0 ||
	    rename(temporary, path) != 0) {
		if (errno != EAGAIN)
			log_warning("%s: no copy of the document could be "
			    "written: %s", path, strerror(errno));
		unlink(temporary);
	}
	free(temporary);
}

static void report_ids(const struct merge *m, const struct attempt *x)
{
	const struct document *d = m->d;

	for (size_t i = 0; i < d->entries->count; i++) {
		const struct entry *e = &d->entries->items[i];
		const struct slot *s = x->r.slot_of[i] > 0 ?
		    &x->r.slots[x->r.slot_of[i] - 1] : NULL;
		const char *id = s != NULL && s->has_id ? s->id != NULL ?
		    s->id : e->doc_id : NULL;

		if (id != NULL)
			d->on_id(d->ctx, e, id);
	}
	for (size_t i = 0; i < x->a.count; i++)
		d->on_id(d->ctx, x->a.items[i].e,
		    addition_id(&x->a.items[i]));
}

static void finish(struct merge *m, const struct attempt *x,
    struct document_report *report)
{
	const struct stat *st = report->written ? &x->st : &x->r.st;

	report->bytes = (uint64_t)st->st_size;
	free(m->d->seen);
	m->d->seen = last_merge_print(st, report);
	if (report->written && x->fd >= 0)
		save_last_good(m, x->fd, x->hash);
	else if (x->r.state == READ_WHOLE && m->d->last_good != NULL &&
	    access(m->d->last_good, F_OK) != 0)
		save_last_good(m, x->r.fd, x->r.hash);
	if (m->d->on_id != NULL)
		report_ids(m, x);
}

/* Reads, writes the changes, and exchanges the files. */
static enum outcome merge_once(struct merge *m, struct document_report *report,
    bool *again, struct error *error)
{
	struct attempt x = { .fd = -1 };
	enum outcome o = document_await(m, &x.r, error);
	bool changes = false;

	document_reached(AFTER_READ);
	if (o == DONE) {
		additions_find(&x.a, &x.r, &m->c);
		changes = merge_count(&x.r, &x.a, report);
	}
	if (changes)
		o = write_beside(m, &x, error);
	if (changes && o == DONE && !x.again)
		o = replace_document(m, &x, error);
	if (o == DONE && !x.again) {
		report->written = changes;
		finish(m, &x, report);
	}
	*again = o == DONE && x.again;
	if (x.fd >= 0)
		close(x.fd);
	additions_free(&x.a);
	reading_close(&x.r);
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

enum outcome document_merge(struct document *d, struct document_report *r,
    struct error *error)
{
	struct merge m = { .d = d };
	enum outcome o = DONE;

	memset(r, 0, sizeof(*r));
	swap_init(&m.s, d->path);
	last_merge_parse(&m.last, d->seen);
	catalogue_init(&m.c, d->entries, d->root);
	finish_interrupted(&m);
	if (!d->changed && is_unchanged(&m)) {
		r->entries = m.last.entries;
		r->ours = m.last.ours;
		r->bytes = (uint64_t)m.last.size;
	} else {
		o = merge_with_retries(&m, r, error);
	}
	if (o == DONE && m.s.guard_is_new)
		guard_copy_check(&m.s);
	catalogue_free(&m.c);
	swap_free(&m.s);
	return o;
}
