/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "document/document.h"
#include "document/access.h"
#include "document/entry.h"

/* ---- catalogue ---- */

static char *without_slash(char *root)
{
	size_t n = root != NULL ? strlen(root) : 0;

	while (n > 0 && root[n - 1] == '/')
		root[--n] = '\0';
	return root;
}

void catalogue_init(struct catalogue *c, const struct entries *entries,
    const char *root)
{
	memset(c, 0, sizeof(*c));
	c->entries = entries;
	c->root = without_slash(xstrdup(root));
	c->real_root = without_slash(realpath(root, NULL));
	c->by_path = map_new();
	c->by_id = map_new();
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *e = &entries->items[i];

		map_put_str(c->by_path, e->path, e);
		if (e->doc_id != NULL && !map_has_str(c->by_id, e->doc_id))
			map_put_str(c->by_id, e->doc_id, e);
	}
}

void catalogue_free(struct catalogue *c)
{
	free(c->root);
	free(c->real_root);
	map_free(c->by_path, NULL);
	map_free(c->by_id, NULL);
}

static const char *below(const char *root, const char *path)
{
	size_t n = root != NULL ? strlen(root) : 0;

	return root != NULL && strncmp(path, root, n) == 0 &&
	    path[n] == '/' ? path + n + 1 : NULL;
}

static const struct entry *find_by_path(const struct catalogue *c,
    const struct json *v)
{
	char *path = entry_file_path(v);
	const char *rel = path != NULL ? below(c->root, path) : NULL;
	const struct entry *e = NULL;

	if (rel == NULL && path != NULL)
		rel = below(c->real_root, path);
	if (rel != NULL)
		e = map_get_str(c->by_path, rel);
	free(path);
	return e;
}

static size_t number_of(const struct catalogue *c, const struct entry *e)
{
	return (size_t)(e - c->entries->items);
}

/* ---- the pass ---- */

struct pass {
	struct reading *r;
	const struct catalogue *c;
	size_t arrays;		/* how many members are called tracks */
	const char *fault;
};

/* Several entries may have one file: those of others are kept; of ours one is
 * kept, and none beside another program's. */
static void assign_slot(struct pass *p, struct slot *s)
{
	size_t *slot_number = &p->r->slot_of[number_of(p->c, s->e)];
	struct slot *other = *slot_number > 0 ? &p->r->slots[*slot_number - 1] :
	    NULL;

	if (other == NULL || (other->ours && !s->ours)) {
		if (other != NULL)
			other->action = DROP;
		*slot_number = (size_t)(s - p->r->slots) + 1;
	} else if (s->ours) {
		s->action = DROP;
	}
}

static void match_id(struct pass *p, const struct json *v, struct slot *s)
{
	const char *id = json_whole_string(json_get(v, "id"));
	const struct entry *known = id != NULL ? map_get_str(p->c->by_id, id) :
	    NULL;

	if (known != NULL)
		p->r->id_in_use[number_of(p->c, known)] = true;
	/* Its file moved, unless an entry has the new path: resolve_moved(). */
	if (s->e == NULL && known != NULL && !entry_is_protected(v)) {
		s->e = known;
		s->moved = true;
	}
	if (id == NULL || s->e == NULL || strlen(id) > DOC_ID_MAX)
		return;
	s->has_id = true;
	if (s->e->doc_id == NULL || strcmp(s->e->doc_id, id) != 0)
		s->id = xstrdup(id);
}

static bool needs_patch(const struct json *v, const struct slot *s,
    const struct catalogue *c)
{
	struct edits edits;
	bool needs;

	if (s->end - s->begin > MAX_PATCHED)
		return false;
	entry_edits(v, s->e, c->root, false, &edits);
	needs = edits.count > 0;
	edits_free(&edits);
	return needs;
}

static int read_entry(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	struct pass *p = ctx;
	struct reading *r = p->r;
	const char *analyzed = json_get_string(v, "analyzedAt");
	struct slot *s;

	r->slots = grow(r->slots, &r->cap, r->count, sizeof(*r->slots));
	s = &r->slots[r->count++];
	r->ours += entry_is_ours(v);
	*s = (struct slot){ .begin = begin, .end = end, .action = KEEP,
		.ours = entry_is_ours(v),
		.analyzed = analyzed != NULL && *analyzed != '\0' };
	s->e = find_by_path(p->c, v);
	if (p->c->on_entry != NULL)
		p->c->on_entry(p->c->ctx, v, s->e);
	match_id(p, v, s);
	if (s->moved)
		return 0;
	if (s->e == NULL)
		s->action = s->ours ? DROP : KEEP;
	else
		assign_slot(p, s);
	if (s->e != NULL && s->action == KEEP && needs_patch(v, s, p->c))
		s->action = PATCH;
	return 0;
}

static int read_member(void *ctx, const char *key, const struct json *v,
    off_t begin, off_t end)
{
	struct pass *p = ctx;
	struct reading *r = p->r;
	const struct place at = { begin, end };

	(void)v;
	if (strcmp(key, "generatedAt") == 0)
		r->generated_at = at;
	else if (strcmp(key, "totalFiles") == 0)
		r->total_files = at;
	else if (strcmp(key, "analyzedTracks") == 0)
		r->analyzed_tracks = at;
	else if (strcmp(key, "tracks") == 0)
		p->fault = "its member tracks is not an array";
	return 0;
}

static int read_array(void *ctx, off_t begin, off_t end)
{
	struct pass *p = ctx;

	p->r->array = (struct place){ begin, end };
	if (++p->arrays > 1)
		p->fault = "it has two members called tracks";
	return 0;
}

/* After the pass: a moved file's entry gets the new path, unless another entry
 * has it already. */
static void resolve_moved(struct pass *p)
{
	for (size_t i = 0; i < p->r->count; i++) {
		struct slot *s = &p->r->slots[i];

		if (!s->moved)
			continue;
		if (p->r->slot_of[number_of(p->c, s->e)] == 0 &&
		    s->end - s->begin <= MAX_PATCHED) {
			p->r->slot_of[number_of(p->c, s->e)] = i + 1;
			s->action = PATCH;
			continue;
		}
		s->action = s->ours ? DROP : KEEP;
		s->moved = false;
		s->e = NULL;
	}
}

/* A line break before the first member's name. */
static bool looks_indented(const char *text, size_t len)
{
	const char *open = memchr(text, '{', len);
	const char *quote = open != NULL ?
	    memchr(open, '"', len - (size_t)(open - text)) : NULL;

	return quote != NULL &&
	    memchr(open, '\n', (size_t)(quote - open)) != NULL;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

/* Feeds the file to the stream; -1 with r->fault if it can't be read or is no
 * JSON. *blank: nothing but white space. */
static int feed(struct reading *r, struct json_stream *s,
    struct fast_hash *digest, bool *blank)
{
	char *block = xmalloc(READ_BLOCK);
	bool first = true;
	int failed = 0;
	ssize_t n;

	*blank = true;
	while ((n = read(r->fd, block, READ_BLOCK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set(&r->fault, RUN_FAILED, "%s", strerror(errno));
			failed = -1;
			break;
		}
		fast_hash_add(digest, block, (size_t)n);
		*blank = *blank && is_blank(block, (size_t)n);
		if (first)
			r->indented = looks_indented(block, (size_t)n);
		first = false;
		/* After a fault the rest is read for the hash. */
		if (!failed)
			failed = json_stream_feed(s, block, (size_t)n,
			    &r->fault);
	}
	if (!failed)
		failed = json_stream_finish(s, &r->fault);
	free(block);
	return failed;
}

static void clear_slots(struct reading *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->slots[i].id);
	r->count = r->ours = 0;
}

static void read_through(struct reading *r, const struct catalogue *c)
{
	struct pass p = { .r = r, .c = c };
	const struct json_stream_handler h = { .array = "tracks",
		.keep_depth = 1, .on_element = read_entry,
		.on_member = read_member, .on_array = read_array, .ctx = &p };
	struct json_stream *s = json_stream_new(&h);
	struct fast_hash *digest = fast_hash_new();
	bool blank;
	int failed = feed(r, s, digest, &blank);

	fast_hash_end(digest, r->hash);
	json_stream_free(s);
	if (!failed && p.arrays == 0 && p.fault == NULL)
		p.fault = "it has no array called tracks";
	if (p.fault != NULL && !failed)
		error_set(&r->fault, RUN_FAILED, "%s", p.fault);
	r->state = blank ? READ_BLANK : failed || p.fault != NULL ?
	    READ_BROKEN : READ_WHOLE;
	if (r->state == READ_WHOLE)
		resolve_moved(&p);
	else
		clear_slots(r);
}

enum outcome reading_open(struct reading *r, const char *path,
    const struct catalogue *c, struct error *error)
{
	size_t n = c->entries->count;

	memset(r, 0, sizeof(*r));
	r->slot_of = xcalloc(n + 1, sizeof(*r->slot_of));
	r->id_in_use = xcalloc(n + 1, sizeof(*r->id_in_use));
	r->fd = file_open(path);
	if (r->fd < 0 && errno == ENOENT) {
		r->state = READ_ABSENT;
		error_set(&r->fault, RUN_FAILED, "is missing");
		return DONE;
	}
	if (r->fd < 0 && (errno == ENXIO || errno == EISDIR))
		return error_set(error, RUN_CONFIG, "%s: is not a regular "
		    "file: set [library] document to the analysis document",
		    path);
	if (r->fd < 0 || fstat(r->fd, &r->st) != 0)
		return document_error(path, "read", errno, error);
	read_through(r, c);
	return DONE;
}

void reading_close(struct reading *r)
{
	if (r->fd >= 0)
		close(r->fd);
	clear_slots(r);
	free(r->slots);
	free(r->slot_of);
	free(r->id_in_use);
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}
