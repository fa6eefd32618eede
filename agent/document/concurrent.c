/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Concurrent writers: before the merge, and after the exchange. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/stamp.h"
#include "base/stop.h"
#include "document/guard_copy.h"
#include "document/merge.h"

#define POLL_MS 100
#define MAX_DELETED 10		/* entries that a user may delete by hand */
#define MIN_PERCENT 80		/* of the entries before; with fewer left, the
				   document is taken for an unfinished write */

/* ---- before ---- */

/* All zero if there is no such file. */
static void stat_or_zero(const char *path, struct stat *st)
{
	if (stat(path, st) != 0)
		memset(st, 0, sizeof(*st));
}

static bool is_same_version(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Waits until path differs from `then` and has stopped changing; false if that
 * did not happen before `end`, or the run is stopping. */
static bool wait_for_change(const char *path, const struct stat *then,
    int64_t end)
{
	struct stat last = *then, now;

	while (clock_mono_ms() < end && clock_sleep_ms(POLL_MS) == 0) {
		stat_or_zero(path, &now);
		if (is_same_version(&now, &last) &&
		    !is_same_version(&now, then))
			return true;
		last = now;
	}
	return false;
}

/* The user removes the last good copy to confirm that the short document is
 * complete. */
static bool shrinking_is_confirmed(const struct merge *m)
{
	return m->d->last_good != NULL && access(m->d->last_good, F_OK) != 0 &&
	    errno == ENOENT;
}

/* Are so many entries gone that this looks like an unfinished write? Where only
 * ours are missing, a slow program wrote what it had read before our merge. */
static bool is_shrunken(const struct merge *m, const struct reading *r)
{
	size_t before = m->last.entries, now = r->count;
	size_t theirs_before = before - m->last.ours;
	size_t theirs_now = now - r->ours;

	if (now >= before || shrinking_is_confirmed(m))
		return false;
	if (theirs_before > 0 && theirs_now >= theirs_before)
		return false;
	if (now == 0)
		return before > 1;
	return before - now > MAX_DELETED && now * 100 < before * MIN_PERCENT;
}

static bool is_usable(const struct merge *m, const struct reading *r)
{
	if (r->state == READ_ABSENT)
		return m->last.entries == 0;
	return r->state == READ_WHOLE && !is_shrunken(m, r);
}

/* The document stayed unusable: DONE if merging it can lose nothing. */
static enum outcome accept_or_fail(
    const struct merge *m, const struct reading *r, struct error *error)
{
	const char *good = m->d->last_good != NULL &&
	    access(m->d->last_good, F_OK) == 0 ? m->d->last_good : NULL;

	if (stop_requested())
		return error_set(error, STOPPED, "%s: is being written by "
		    "another program: the next run reads it again", m->s.path);
	if (r->state == READ_ABSENT ||
	    (r->state == READ_BLANK && m->last.entries == 0 &&
	    shrinking_is_confirmed(m)))
		return DONE;
	if (r->state == READ_WHOLE)
		return error_set(error, RUN_FAILED, "%s: has only %zu entries, "
		    "%zu before: it is not changed. The last good copy is %s: "
		    "restore it, or remove that copy if the document is right",
		    m->s.path, r->count, m->last.entries,
		    good != NULL ? good : "not kept");
	if (good == NULL)
		return error_set(error, RUN_FAILED, "%s: %s: it is not "
		    "changed. Move it away and the next run writes a new one",
		    m->s.path, r->fault.text);
	return error_set(error, RUN_FAILED, "%s: %s: it is not changed. The "
	    "last good copy is %s: restore it, or move the broken document "
	    "away and the next run writes a new one", m->s.path,
	    r->fault.text, good);
}

enum outcome document_await(struct merge *m, struct reading *r,
    struct error *error)
{
	int64_t end = clock_mono_ms() + m->d->wait_ms;
	const struct read_options how = { .files = &m->files,
		.map = m->d->map, .folder = m->folder };

	for (;;) {
		enum outcome o = reading_open(r, m->s.path, &how, error);

		if (o != DONE || is_usable(m, r))
			return o;
		if (!wait_for_change(m->s.path, &r->st, end))
			return accept_or_fail(m, r, error);
		reading_close(r);
	}
}

/* ---- after ---- */

enum outgoing_kind {
	ALREADY_MERGED,		/* it is what was read, or what we wrote */
	NEWER,			/* another program's document */
	UNUSABLE,		/* broken, or an unfinished write */
	UNREADABLE
};

static enum outgoing_kind classify(
    const struct merge *m, const struct outgoing *out)
{
	uint8_t hash[FAST_HASH_LEN];
	enum outgoing_kind kind = UNUSABLE;
	struct stat now;
	struct reading r;

	if (out->read_as != NULL && stat(out->path, &now) == 0 &&
	    is_same_version(&now, out->read_as))
		return ALREADY_MERGED;
	if (swap_hash(out->path, hash) != 0)
		return UNREADABLE;
	if (memcmp(hash, out->old, sizeof(hash)) == 0 ||
	    memcmp(hash, out->new, sizeof(hash)) == 0)
		return ALREADY_MERGED;
	if (reading_open(&r, out->path, &(struct read_options){
	    .folder = m->folder }, NULL) == DONE &&
	    r.state == READ_WHOLE && !is_shrunken(m, &r))
		kind = NEWER;
	reading_close(&r);
	return kind;
}

static enum writers writers_of(const char *path)
{
	int fd = file_open(path);
	enum writers writers = fd >= 0 ? stamp_writers(fd) : WRITERS_UNKNOWN;

	if (fd >= 0)
		close(fd);
	return writers;
}

/* Classifies the file once no program writes it any more. False if that can't
 * be done: it is still open, or may be, or is unreadable. */
static bool wait_and_classify(const struct merge *m, const struct outgoing *out,
    bool leftover, enum outgoing_kind *kind)
{
	int64_t end = clock_mono_ms() + m->d->wait_ms;
	struct stat classified = { .st_ino = 0 }, now;
	enum writers writers;

	*kind = UNUSABLE;
	do {
		writers = writers_of(out->path);
		stat_or_zero(out->path, &now);
		if (writers != WRITERS_SOME &&
		    !is_same_version(&now, &classified)) {
			*kind = classify(m, out);
			classified = now;
		}
		/* A program of another user may still have it open; not any
		 * more by the next run. */
		if (*kind == UNREADABLE ||
		    (*kind == ALREADY_MERGED && !leftover &&
			writers == WRITERS_UNKNOWN))
			return false;
		if (writers != WRITERS_SOME && *kind != UNUSABLE)
			return true;
	} while (clock_mono_ms() < end && clock_sleep_ms(POLL_MS) == 0);
	return writers != WRITERS_SOME && !stop_requested();
}

static void remove_outgoing(const struct outgoing *out, const char *becomes)
{
	document_reached(BEFORE_REMOVE);
	if (becomes != NULL && rename(out->path, becomes) == 0)
		return;
	if (unlink(out->path) != 0 && errno != ENOENT)
		log_warning("%s: is obsolete and can't be removed: %s",
		    out->path, strerror(errno));
}

/* An empty file is removed instead. */
static void keep_aside(const struct merge *m, const struct outgoing *out,
    const char *what)
{
	struct stat st;

	stat_or_zero(out->path, &st);
	if (st.st_size == 0)
		remove_outgoing(out, NULL);
	else
		swap_keep_aside(&m->s, out->path, what);
}

bool document_finish_interrupted(struct merge *m, const struct outgoing *out,
    bool leftover)
{
	bool again = false;
	enum outgoing_kind kind;

	/* Putting it back takes out what we wrote, which is checked too. */
	while (access(out->path, F_OK) == 0) {
		if (!wait_and_classify(m, out, leftover, &kind)) {
			log_info("%s: another program may still write it: the "
			    "next run checks it again", out->path);
			return again;
		}
		if (kind == ALREADY_MERGED) {
			/* What was put back has left ours here. */
			remove_outgoing(out, again ? NULL : out->becomes);
			return again;
		}
		again = true;
		if (kind == UNUSABLE) {
			keep_aside(m, out, "another program left it broken");
			return again;
		}
		guard_copy_create(&m->s, out);
		switch (swap_back(&m->s, out)) {
		case SWAP_DONE:
			break;
		case SWAP_RACED:
			keep_aside(m, out, "two programs wrote it at once");
			unlink(m->s.guard);
			return again;
		case SWAP_FAILED:
			log_warning("%s: can't be put back: %s", out->path,
			    strerror(errno));
			return false;
		}
	}
	return again;
}
