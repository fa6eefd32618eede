/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The merge as a sentence. Its parts: document_read.c (what is there, and what
 * becomes of each entry), document_entry.c and document_patch.c (what we have
 * to say of a file, and how it gets into an entry), document_write.c (the new
 * document), document_swap.c (how it takes the old one's place, and what a
 * kill leaves), document_settle.c (bearing with other writers),
 * document_witness.c (what a race of three would lose), document_access.c (who
 * may use it).
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
#include "document/merge.h"
#include "document/guard_copy.h"
#include "document/write.h"

#define MAX_MERGES 8

/* ---- the note of the last call ---- */

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void known_parse(struct known *k, const char *note)
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

static char *known_print(const struct stat *st,
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

static bool is_as_we_left_it(const struct merge *m)
{
	struct stat st = { .st_size = 0 };

	if (stat(m->s.path, &st) != 0 && errno != ENOENT)
		return false;
	return m->known.any && m->known.size == st.st_size &&
	    m->known.mtime_ns == mtime_ns(&st) &&
	    m->known.inode == (int64_t)st.st_ino;
}

/* ---- one round ---- */

struct round {
	struct reading r;
	struct additions a;
	int fd;			/* the new document, for reading; -1 */
	struct stat st;		/* of it */
	uint8_t hash[SHA256_LEN];
	bool again;		/* another writer came between */
};

static int open_work(const struct merge *m, const struct round *x)
{
	/* A new document is made as the user's own programs make theirs; that
	 * of others stays hidden until it has their mode. */
	mode_t mode = x->r.state == READ_ABSENT ? 0666 : 0600;

	unlink(m->s.work);
	return open(m->s.work, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, mode);
}

/* Fills the new file, makes it as accessible as the old one, and durable. */
static enum outcome fill_work(const struct merge *m, struct round *x, int fd,
    struct error *error)
{
	enum outcome o = DONE;

	if (merge_write(&x->r, &m->c, &x->a, fd, x->hash) != 0) {
		x->again = errno == EAGAIN;
		return x->again ? DONE :
		    document_refused(m->s.path, "written", errno, error);
	}
	if (x->r.state != READ_ABSENT)
		o = access_copy(x->r.fd, &x->r.st, fd, m->s.path, error);
	if (o == DONE && (fsync(fd) != 0 || fstat(fd, &x->st) != 0))
		o = document_refused(m->s.path, "written", errno, error);
	return o;
}

/* Nothing is left beside the document unless this returns DONE and the round
 * is not to be done again. */
static enum outcome write_beside(const struct merge *m, struct round *x,
    struct error *error)
{
	enum outcome o = access_check(m->s.path, error);
	int fd;

	if (o != DONE)
		return o;
	fd = open_work(m, x);
	if (fd < 0)
		return document_refused(m->s.path, "written", errno, error);
	o = fill_work(m, x, fd, error);
	/* From here on it is only read, so that we are not taken for a writer
	 * of it ourselves. */
	if (o == DONE && !x->again)
		x->fd = file_open(m->s.work);
	if (close(fd) != 0 && o == DONE)
		o = document_refused(m->s.path, "written", errno, error);
	if (o != DONE || x->again)
		unlink(m->s.work);
	return o;
}

/* Sees most of those who were faster before anything is exchanged. */
static bool has_changed(const struct merge *m, const struct reading *r)
{
	struct stat st = { .st_size = 0 };

	if (stat(m->s.path, &st) != 0)
		return r->state != READ_ABSENT;
	return st.st_ino != r->st.st_ino || st.st_size != r->st.st_size ||
	    mtime_ns(&st) != mtime_ns(&r->st);
}

static enum outcome put_in_place(struct merge *m, struct round *x,
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
		o = document_refused(m->s.path, "written", errno, error);
		break;
	}
	outgoing_free(&out);
	return o;
}

/* ---- afterwards ---- */

static int copy_good(int from, const char *to, const uint8_t *expected)
{
	uint8_t hash[SHA256_LEN];
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
	/* If somebody has written to it meanwhile it is no good copy. */
	errno = EAGAIN;
	return swap_hash(to, hash) == 0 &&
	    memcmp(hash, expected, SHA256_LEN) == 0 ? 0 : -1;
}

static void keep_last_good(const struct merge *m, int from,
    const uint8_t *hash)
{
	const char *path = m->d->last_good;
	char *temporary;

	if (path == NULL)
		return;
	temporary = xasprintf("%s.tmp", path);
	if (copy_good(from, temporary, hash) != 0 ||
	    rename(temporary, path) != 0) {
		if (errno != EAGAIN)
			log_warning("%s: no copy of the document could be "
			    "kept: %s", path, strerror(errno));
		unlink(temporary);
	}
	free(temporary);
}

static void tell_ids(const struct merge *m, const struct round *x)
{
	const struct document *d = m->d;

	for (size_t i = 0; i < d->entries->count; i++) {
		const struct entry *e = &d->entries->items[i];
		const struct slot *s = x->r.claims[i] > 0 ?
		    &x->r.slots[x->r.claims[i] - 1] : NULL;
		const char *id = s != NULL && s->has_id ? s->id != NULL ?
		    s->id : e->doc_id : NULL;

		if (id != NULL)
			d->on_id(d->ctx, e, id);
	}
	for (size_t i = 0; i < x->a.count; i++)
		d->on_id(d->ctx, x->a.items[i].e,
		    addition_id(&x->a.items[i]));
}

static void conclude(struct merge *m, const struct round *x,
    struct document_report *report)
{
	const struct stat *st = report->written ? &x->st : &x->r.st;

	report->bytes = (uint64_t)st->st_size;
	free(m->d->seen);
	m->d->seen = known_print(st, report);
	if (report->written && x->fd >= 0)
		keep_last_good(m, x->fd, x->hash);
	else if (x->r.state == READ_WHOLE && m->d->last_good != NULL &&
	    access(m->d->last_good, F_OK) != 0)
		keep_last_good(m, x->r.fd, x->r.hash);
	if (m->d->on_id != NULL)
		tell_ids(m, x);
}

/* Reads, writes what is to change, and puts it in place. */
static enum outcome merge_once(struct merge *m, struct document_report *report,
    bool *again, struct error *error)
{
	struct round x = { .fd = -1 };
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
		o = put_in_place(m, &x, error);
	if (o == DONE && !x.again) {
		report->written = changes;
		conclude(m, &x, report);
	}
	*again = o == DONE && x.again;
	if (x.fd >= 0)
		close(x.fd);
	additions_free(&x.a);
	reading_close(&x.r);
	return o;
}

static enum outcome merge_until_settled(struct merge *m,
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
		    "it %d times while it was merged: the next run goes on",
		    m->s.path, MAX_MERGES);
	return o;
}

/* Of a run that was killed between the exchange and the end, or that another
 * writer kept waiting. */
static void finish_interrupted(struct merge *m)
{
	struct outgoing *list;
	size_t count = swap_leftovers(&m->s, &list);

	for (size_t i = 0; i < count; i++) {
		document_finish_interrupted(m, &list[i], true);
		outgoing_free(&list[i]);
	}
	free(list);
	if (count == 0)
		guard_copy_keep(&m->s);
}

enum outcome document_merge(struct document *d, struct document_report *r,
    struct error *error)
{
	struct merge m = { .d = d };
	enum outcome o = DONE;

	memset(r, 0, sizeof(*r));
	swap_init(&m.s, d->path);
	known_parse(&m.known, d->seen);
	catalogue_init(&m.c, d->entries, d->root);
	finish_interrupted(&m);
	if (!d->changed && is_as_we_left_it(&m)) {
		r->entries = m.known.entries;
		r->ours = m.known.ours;
		r->bytes = (uint64_t)m.known.size;
	} else {
		o = merge_until_settled(&m, r, error);
	}
	if (o == DONE && m.s.called)
		guard_copy_keep(&m.s);
	catalogue_free(&m.c);
	swap_free(&m.s);
	return o;
}
