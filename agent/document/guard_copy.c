/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/guard_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "document/access.h"
#include "document/entry.h"
#include "document/read.h"

/* ---- hearing ---- */

/* What tells an entry from another: its id, or where it has none its path. */
struct census {
	struct map *ids, *paths;
	size_t missing;			/* of a witness, in these */
};

static const char *id_of(const struct json *v)
{
	return json_get_string(v, "id");
}

static const char *path_of(const struct json *v)
{
	return json_get_string(v, "filePath");
}

static void count_in(void *ctx, const struct json *v, const struct entry *e)
{
	struct census *c = ctx;

	(void)e;
	if (id_of(v) != NULL)
		map_put_str(c->ids, id_of(v), c);
	if (path_of(v) != NULL)
		map_put_str(c->paths, path_of(v), c);
}

/* Ours are not looked for: we know where they belong. */
static void look_for(void *ctx, const struct json *v, const struct entry *e)
{
	struct census *c = ctx;

	(void)e;
	if (entry_is_ours(v))
		return;
	if (id_of(v) != NULL)
		c->missing += !map_has_str(c->ids, id_of(v));
	else if (path_of(v) != NULL)
		c->missing += !map_has_str(c->paths, path_of(v));
}

/* Shows each entry of the document at path to on_entry; false if it is not
 * whole. */
static bool read_entries(const char *path, struct census *ctx,
    void (*on_entry)(void *, const struct json *, const struct entry *))
{
	const struct entries none = { .count = 0 };
	struct catalogue c;
	struct reading r;
	bool whole;

	catalogue_init(&c, &none, "");
	c.on_entry = on_entry;
	c.ctx = ctx;
	whole = reading_open(&r, path, &c, NULL) == DONE &&
	    r.state == READ_WHOLE;
	reading_close(&r);
	catalogue_free(&c);
	return whole;
}

/* A link is the document itself, unless somebody has renamed over it. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino &&
	    x.st_dev == y.st_dev;
}

/* Goes only if `may_go`, and if `standing` has all that it has. */
static void hear(const struct swap *s, const char *status_summary, bool may_go)
{
	struct census c = { .ids = map_new(), .paths = map_new() };

	if (is_same_file(s->witness, status_summary) ||
	    (read_entries(status_summary, &c, count_in) &&
	    read_entries(s->witness, &c, look_for))) {
		if (c.missing > 0)
			swap_keep_aside(s, s->witness, "lacks entries that "
			    "another program has just written");
		else if (may_go)
			unlink(s->witness);
	}
	map_free(c.ids, NULL);
	map_free(c.paths, NULL);
}

void guard_copy_keep(const struct swap *s)
{
	if (access(s->witness, F_OK) == 0)
		hear(s, s->path, !s->called);
}

/* ---- calling ---- */

/* As accessible as what it is a copy of, for the day that a person sees it. */
static int copy(const char *from, const char *to)
{
	int in = file_open(from);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	struct stat st;
	int failed = in < 0 || out < 0 || fstat(in, &st) != 0 ||
	    file_copy(in, out, -1, NULL) != 0 || fsync(out) != 0;

	if (!failed)
		access_copy(in, &st, out, to, NULL);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return failed ? -1 : 0;
}

/* A link would do where the third renames, but not where he writes in place.
 * It is better than nothing on a disk that is full. */
void guard_copy_check(struct swap *s, const struct outgoing *out)
{
	if (access(s->witness, F_OK) == 0)
		hear(s, out->path, true);
	s->called = true;
	if (copy(out->path, s->work) == 0 && rename(s->work, s->witness) == 0)
		return;
	unlink(s->work);
	if (link(out->path, s->witness) != 0)
		log_warning("%s: no copy could be kept while it was out of "
		    "its place: %s", s->path, strerror(errno));
}
