/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/move.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/entry.h"
#include "document/patch.h"

#define BLOCK (256u << 10)

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
	int arrays;		/* how many members are called tracks */
	const char *fault;
	struct document_moved *m;
};

static enum outcome failed(const struct move *v, const char *what,
    struct error *error)
{
	return error_set(error, RUN_FAILED, "%s: %s", v->name, what);
}

static int find_relocated(void *ctx, const struct json *entry, off_t begin,
    off_t end)
{
	struct move *v = ctx;
	size_t n = v->old_root != NULL ? strlen(v->old_root) : 0;
	char *path = n > 0 ? entry_file_path(entry) : NULL;

	v->m->entries++;
	if (path != NULL && strncmp(path, v->old_root, n) == 0 &&
	    path[n] == '/') {
		v->list = grow(v->list, &v->cap, v->count, sizeof(*v->list));
		v->list[v->count++] = (struct relocated){ begin, end,
			path_join(v->new_root, path + n + 1) };
		v->m->moved++;
	}
	free(path);
	return 0;
}

static int note_array(void *ctx, off_t begin, off_t end)
{
	struct move *v = ctx;

	(void)begin, (void)end;
	if (++v->arrays > 1)
		v->fault = "it has two members called tracks";
	return 0;
}

static int check_member(void *ctx, const char *key, const struct json *value,
    off_t begin, off_t end)
{
	struct move *v = ctx;

	(void)value, (void)begin, (void)end;
	if (strcmp(key, "tracks") == 0)
		v->fault = "its member tracks is not an array";
	return 0;
}

/* The first pass: finds the entries that change, and checks the document. */
static enum outcome scan_entries(struct move *v, struct error *error)
{
	const struct json_stream_handler h = { .array = "tracks",
		.keep_depth = 1, .on_element = find_relocated,
		.on_member = check_member, .on_array = note_array, .ctx = v };
	struct json_stream *s = json_stream_new(&h);
	char *block = xmalloc(BLOCK);
	struct error fault = { .text = "" };
	off_t at = 0;
	int bad = 0;
	ssize_t n;

	while (!bad && (n = pread(v->from, block, BLOCK, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			error_set(&fault, RUN_FAILED, "%s", strerror(errno));
		bad = n < 0 ||
		    json_stream_feed(s, block, (size_t)n, &fault) != 0;
		at += n;
	}
	if (!bad)
		bad = json_stream_finish(s, &fault);
	json_stream_free(s);
	free(block);
	if (bad)
		return failed(v, fault.text, error);
	if (v->arrays == 0 && v->fault == NULL)
		v->fault = "it has no array called tracks";
	return v->fault == NULL ? DONE : failed(v, v->fault, error);
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
