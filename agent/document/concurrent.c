/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bearing with other writers: before the merge, and after the exchange. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "document/merge.h"
#include "document/guard_copy.h"

#define LOOK_EVERY_MS 100
#define FEW 10			/* entries that a person deletes by hand */
#define MOST 80			/* percent: fewer of those that we knew, and
				   it is taken for half of a document */

/* ---- before ---- */

/* All zero if there is no such file. */
static void look(const char *path, struct stat *st)
{
	if (stat(path, st) != 0)
		memset(st, 0, sizeof(*st));
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Waits until path is not as in `then` any more, and quiet for a moment; false
 * if that did not happen before the end, or the run is to stop. */
static bool wait_for_change(const char *path, const struct stat *then,
    int64_t end)
{
	struct stat last = *then, now;

	while (clock_mono_ms() < end && clock_sleep_ms(LOOK_EVERY_MS) == 0) {
		look(path, &now);
		if (is_same(&now, &last) && !is_same(&now, then))
			return true;
		last = now;
	}
	return false;
}

/* By removing the last good copy a person says that what looks like half a
 * document is the whole. */
static bool is_meant_so(const struct merge *m)
{
	return m->d->last_good != NULL && access(m->d->last_good, F_OK) != 0 &&
	    errno == ENOENT;
}

/* Are so many entries gone that it is rather a write under way? If only ours
 * are, a slow writer has put back what he had read before we came. */
static bool is_shrunken(const struct merge *m, const struct reading *r)
{
	size_t before = m->known.entries, now = r->count;
	size_t theirs_before = before - m->known.ours;
	size_t theirs_now = now - r->ours;

	if (now >= before || is_meant_so(m))
		return false;
	if (theirs_before > 0 && theirs_now >= theirs_before)
		return false;
	if (now == 0)
		return before > 1;
	return before - now > FEW && now * 100 < before * MOST;
}

static bool is_usable(const struct merge *m, const struct reading *r)
{
	if (r->state == READ_ABSENT)
		return m->known.entries == 0;
	return r->state == READ_WHOLE && !is_shrunken(m, r);
}

/* Nobody finished it: is there anything to lose by going on? */
static enum outcome give_up(const struct merge *m, const struct reading *r,
    struct error *error)
{
	const char *good = m->d->last_good != NULL ? m->d->last_good :
	    "not kept";

	if (stop_requested())
		return error_set(error, STOPPED, "%s: is being written by "
		    "another program: the next run looks again", m->s.path);
	if (r->state == READ_ABSENT ||
	    (r->state == READ_BLANK && m->known.entries == 0 &&
	    is_meant_so(m)))
		return DONE;
	if (r->state == READ_WHOLE)
		return error_set(error, RUN_FAILED, "%s: has %zu entries where "
		    "there were %zu: it is left as it is. The last good copy "
		    "is %s: put it back, or remove that copy if fewer are "
		    "meant", m->s.path, r->count, m->known.entries, good);
	return error_set(error, RUN_FAILED, "%s: %s: it is left as it is. The "
	    "last good copy is %s: put it back, or move the broken one away "
	    "to have a new one made", m->s.path, r->fault.text, good);
}

enum outcome document_await(const struct merge *m, struct reading *r,
    struct error *error)
{
	int64_t end = clock_mono_ms() + m->d->patience_ms;

	for (;;) {
		enum outcome o = reading_open(r, m->s.path, &m->c, error);

		if (o != DONE || is_usable(m, r))
			return o;
		if (!wait_for_change(m->s.path, &r->st, end))
			return give_up(m, r, error);
		reading_close(r);
	}
}

/* ---- after ---- */

enum verdict {
	ALREADY_MERGED,		/* it is what was read, or what we wrote */
	NEWER,			/* another writer's document */
	UNUSABLE,		/* no document, or half of one */
	UNTOLD			/* it can't be read */
};

static enum verdict matcher(const struct merge *m, const struct outgoing *out)
{
	uint8_t hash[SHA256_LEN];
	struct reading r;
	enum verdict v = UNUSABLE;

	if (swap_hash(out->path, hash) != 0)
		return UNTOLD;
	if (hash_begins(hash, out->old) || hash_begins(hash, out->new))
		return ALREADY_MERGED;
	if (reading_open(&r, out->path, &m->c, NULL) == DONE &&
	    r.state == READ_WHOLE && !is_shrunken(m, &r))
		v = NEWER;
	reading_close(&r);
	return v;
}

/* Waits for a verdict on a file that nobody writes any more. False if there is
 * none: it is still open, or that can't be told, or it can't be read. */
static bool await_verdict(const struct merge *m, const struct outgoing *out,
    bool leftover, enum verdict *v)
{
	int64_t end = clock_mono_ms() + m->d->patience_ms;
	struct stat judged = { .st_ino = 0 }, now;
	enum in_library in_library;

	*v = UNUSABLE;
	do {
		in_library = swap_held(out->path);
		look(out->path, &now);
		if (in_library != HELD_OPEN && !is_same(&now, &judged)) {
			*v = matcher(m, out);
			judged = now;
		}
		/* Who can't be seen may still hold it. A run later nobody
		 * does. */
		if (*v == UNTOLD || (*v == ALREADY_MERGED && !leftover &&
		    in_library == HELD_UNTOLD))
			return false;
		if (in_library != HELD_OPEN && *v != UNUSABLE)
			return true;
	} while (clock_mono_ms() < end && clock_sleep_ms(LOOK_EVERY_MS) == 0);
	return in_library != HELD_OPEN && !stop_requested();
}

static void discard(const struct outgoing *out)
{
	document_reached(BEFORE_REMOVE);
	if (unlink(out->path) != 0 && errno != ENOENT)
		log_warning("%s: is not needed any more and can't be "
		    "removed: %s", out->path, strerror(errno));
}

/* A broken file is worth a person's look only if there is something in it. */
static void put_aside(const struct merge *m, const struct outgoing *out,
    const char *what)
{
	struct stat st;

	look(out->path, &st);
	if (st.st_size == 0)
		discard(out);
	else
		swap_keep_aside(&m->s, out->path, what);
}

bool document_finish_interrupted(struct merge *m, const struct outgoing *out,
    bool leftover)
{
	bool again = false;
	enum verdict v;

	/* What is put back lets out what we wrote: that is looked at too. */
	while (access(out->path, F_OK) == 0) {
		if (!await_verdict(m, out, leftover, &v)) {
			log_info("%s: another program may still write it: the "
			    "next run looks at it", out->path);
			return again;
		}
		if (v == ALREADY_MERGED) {
			discard(out);
			return again;
		}
		again = true;
		if (v == UNUSABLE) {
			put_aside(m, out, "another program left it broken");
			return again;
		}
		guard_copy_check(&m->s, out);
		switch (swap_back(&m->s, out)) {
		case SWAP_DONE:
			break;
		case SWAP_RACED:
			put_aside(m, out, "two programs wrote it at once");
			unlink(m->s.witness);
			return again;
		case SWAP_FAILED:
			log_warning("%s: can't be put back: %s", out->path,
			    strerror(errno));
			return false;
		}
	}
	return again;
}
