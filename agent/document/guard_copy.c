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

/* ---- checking ---- */

/* An entry is identified by its id, or by its path if it has none. */
struct entry_set {
	struct map *ids, *paths;
	size_t missing;		/* entries of the guard copy not in these */
};

static const char *id_of(const struct json *v)
{
	return json_get_string(v, "id");
}

static const char *path_of(const struct json *v)
{
	return json_get_string(v, "filePath");
}

static void collect_entry(void *ctx, const struct json *v,
    const struct slot *s)
{
	struct entry_set *c = ctx;

	(void)s;
	if (id_of(v) != NULL)
		map_put_str(c->ids, id_of(v), c);
	if (path_of(v) != NULL)
		map_put_str(c->paths, path_of(v), c);
}

/* Our own entries don't count: the next merge adds them again. */
static void count_missing(void *ctx, const struct json *v,
    const struct slot *s)
{
	struct entry_set *c = ctx;

	if (s->ours)
		return;
	if (id_of(v) != NULL)
		c->missing += !map_has_str(c->ids, id_of(v));
	else if (path_of(v) != NULL)
		c->missing += !map_has_str(c->paths, path_of(v));
}

/* Calls on_entry for each entry of the document at path; false if it is not
 * whole. */
static bool read_entries(const char *path, struct entry_set *ctx,
    void (*on_entry)(void *, const struct json *, const struct slot *))
{
	struct reading r;
	bool whole = reading_open(&r, path, &(struct read_options){
	    .on_entry = on_entry, .ctx = ctx }, NULL) == DONE &&
	    r.state == READ_WHOLE;

	reading_close(&r);
	return whole;
}

/* True of a hard link, until a program replaces the document. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino &&
	    x.st_dev == y.st_dev;
}

/* Compares the guard copy with document: sets it aside if entries are missing,
 * else removes it if may_remove. */
static void check_against(
    const struct swap *s, const char *document, bool may_remove)
{
	struct entry_set c = { .ids = map_new(), .paths = map_new() };

	if (is_same_file(s->guard, document) ||
	    (read_entries(document, &c, collect_entry) &&
	    read_entries(s->guard, &c, count_missing))) {
		if (c.missing > 0)
			swap_keep_aside(s, s->guard, "lacks entries that "
			    "another program had just written");
		else if (may_remove)
			unlink(s->guard);
	}
	map_free(c.ids, NULL);
	map_free(c.paths, NULL);
}

void guard_copy_check(const struct swap *s)
{
	if (access(s->guard, F_OK) == 0)
		check_against(s, s->path, !s->guard_is_new);
}

/* ---- creating ---- */

/* With the same permissions: a user may have to read it. */
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

/* On a full disk a hard link has to do, which does not survive a program that
 * writes the document in place. */
void guard_copy_create(struct swap *s, const struct outgoing *out)
{
	if (access(s->guard, F_OK) == 0)
		check_against(s, out->path, true);
	s->guard_is_new = true;
	if (copy(out->path, s->work) == 0 && rename(s->work, s->guard) == 0)
		return;
	unlink(s->work);
	if (link(out->path, s->guard) != 0)
		log_warning("%s: no guard copy could be made: %s", s->path,
		    strerror(errno));
}
