/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/move.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "document/entry.h"
#include "document/patch.h"
#include "document/read.h"

/* An entry whose path changes. */
struct relocated {
	off_t begin, end;
	char *path;		/* the new one */
};

struct move {
	const char *name, *old_root, *new_root;
	int from, to;
	struct relocated *list;
	size_t count, cap;
	struct document_moved *m;
};

static enum outcome failed(const struct move *v, const char *what,
    struct error *error)
{
	return error_set(error, RUN_FAILED, "%s: %s", v->name, what);
}

static void find_relocated(void *ctx, const struct json *entry,
    const struct slot *s)
{
	struct move *v = ctx;
	size_t n = v->old_root != NULL ? strlen(v->old_root) : 0;
	char *path = n > 0 ? entry_file_path(entry) : NULL;

	v->m->entries++;
	if (path != NULL && strncmp(path, v->old_root, n) == 0 &&
	    path[n] == '/') {
		v->list = grow(v->list, &v->cap, v->count, sizeof(*v->list));
		v->list[v->count++] = (struct relocated){ s->begin, s->end,
			path_join(v->new_root, path + n + 1) };
		v->m->moved++;
	}
	free(path);
}

/* The first pass: finds the entries that change, and checks the document. */
static enum outcome scan_entries(struct move *v, struct error *error)
{
	struct reading r;
	enum outcome o = DONE;

	reading_of(&r, v->from, &(struct read_options){
	    .on_entry = find_relocated, .ctx = v });
	if (r.state != READ_WHOLE)
		o = failed(v, r.fault.text, error);
	reading_close(&r);
	return o;
}

/* The second pass: copies bytes; end -1: up to the end of the file. */
static int copy_bytes(const struct move *v, off_t begin, off_t end)
{
	if (lseek(v->from, begin, SEEK_SET) != begin)
		return -1;
	return file_copy(v->from, v->to, end < 0 ? -1 : end - begin, NULL);
}

static int write_relocated(const struct move *v, const struct relocated *s)
{
	size_t len = (size_t)(s->end - s->begin);
	struct edits edits = { .count = 1 };
	struct buf json = BUF_INIT, out = BUF_INIT;
	char *text = xmalloc(len);
	int bad;

	entry_print_path(s->path, &json);
	edits.items[0] = (struct edit){ "filePath", buf_take(&json) };
	bad = pread(v->from, text, len, s->begin) != (ssize_t)len ||
	    entry_patch(text, len, &edits, &out) != 0 ||
	    file_write_all(v->to, out.data, out.len) != 0;
	edits_free(&edits);
	buf_free(&out);
	free(text);
	return bad ? -1 : 0;
}

static enum outcome write_document(const struct move *v, struct error *error)
{
	off_t at = 0;
	int bad = 0;

	for (size_t i = 0; i < v->count && !bad; i++) {
		bad = copy_bytes(v, at, v->list[i].begin) != 0 ||
		    write_relocated(v, &v->list[i]) != 0;
		at = v->list[i].end;
	}
	if (!bad)
		bad = copy_bytes(v, at, -1);
	return bad ? failed(v, strerror(errno), error) : DONE;
}

enum outcome document_move(const char *name, int from, int to,
    const char *old_root, const char *new_root, struct document_moved *m,
    struct error *error)
{
	struct move v = { .name = name, .from = from, .to = to,
		.old_root = old_root, .new_root = new_root, .m = m };
	enum outcome o;

	*m = (struct document_moved){ 0, 0 };
	o = scan_entries(&v, error);
	if (o == DONE && to >= 0)
		o = write_document(&v, error);
	for (size_t i = 0; i < v.count; i++)
		free(v.list[i].path);
	free(v.list);
	return o;
}
