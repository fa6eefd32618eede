/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/access.h"
#include "document/entry.h"
#include "document/map.h"
#include "document/patch.h"

#define RELEASE_EVERY 4096	/* slots, until large tables are released */

struct slot *reading_slot(const struct reading *r, size_t i)
{
	return (struct slot *)(void *)r->list.data + i;
}

struct slot *reading_add_slot(struct reading *r)
{
	r->count++;
	return mapped_add(&r->list, sizeof(struct slot));
}

/* ---- what happens to an entry ---- */

struct pass {
	struct reading *r;
	const struct read_options *how;
	size_t arrays;		/* how many members are called tracks */
	const char *fault;
};

/* Several entries may have one file: those of others are kept; of ours one is
 * kept, and none beside another program's. */
static void assign_slot(struct reading *r, struct slot *s,
    struct file_row *row)
{
	struct slot *other = row->slot > 0 ? reading_slot(r, row->slot - 1) :
	    NULL;

	if (other == NULL || (other->ours && !s->ours)) {
		if (other != NULL)
			other->action = DROP;
		row->slot = (uint32_t)(s - reading_slot(r, 0)) + 1;
	} else {
		s->id_is_news = false;
		if (s->ours)
			s->action = DROP;
	}
}

/* Brings s, the entry v of a file, up to date with the file. */
static void settle(const struct file_table *files, const struct json *v,
    struct slot *s)
{
	struct file_row *row = table_row(files, s->file);
	const struct entry *e = files->source->get != NULL ?
	    table_get(files, row) : NULL;
	struct edits edits;

	if (e == NULL)
		return;
	s->digest = row->digest;
	if (s->end - s->begin > MAX_PATCHED)
		return;
	entry_edits(v, e, files->root, false, &edits);
	if (edits.count > 0)
		s->action = PATCH;
	edits_free(&edits);
}

struct settling {
	const struct file_table *files;
	struct slot *slot;
	bool fits;		/* the text is what the map says it is */
};

static void settle_parsed(void *ctx, const struct json *v)
{
	struct settling *t = ctx;
	char *path = entry_file_path(v);

	t->fits = path != NULL && table_hash(t->files, path) == t->slot->path;
	free(path);
	if (t->fits)
		settle(t->files, v, t->slot);
}

/* The same for an entry that was not read. -1: the map does not fit. */
static int settle_unread(const struct reading *r,
    const struct file_table *files, struct slot *s)
{
	size_t len = (size_t)(s->end - s->begin);
	struct settling t = { .files = files, .slot = s };
	char *text;

	if (len > MAX_PATCHED)
		return 0;
	text = xmalloc(len);
	if (pread(r->fd, text, len, s->begin) == (ssize_t)len)
		entry_parse(text, len, settle_parsed, &t);
	free(text);
	return t.fits ? 0 : -1;
}

/* Finds the entry's file and decides. v: the entry, or NULL if it was not read:
 * then -1 if the map does not fit. */
static int decide(struct reading *r, const struct file_table *files,
    const struct json *v, struct slot *s)
{
	struct file_row *row;
	const char *id;

	s->file = s->path != 0 ? table_find(files, s->path) : 0;
	if (s->file == 0) {
		s->action = s->ours && !files->is_partial ? DROP : KEEP;
		return 0;
	}
	row = table_row(files, s->file);
	id = table_id(files, row);
	s->id_is_news = s->id != 0 && (id == NULL || id_hash(id) != s->id);
	assign_slot(r, s, row);
	if (s->action == DROP || (s->digest == row->digest && s->digest != 0))
		return 0;
	r->unknown_to_map = true;
	if (v == NULL)
		return settle_unread(r, files, s);
	settle(files, v, s);
	return 0;
}

/* ---- moved files ---- */

/* A file that no entry names by its path, but that has been in the document. */
struct lost_file {
	uint64_t id;
	uint32_t file;
};

static int by_id(const void *a, const void *b)
{
	const struct lost_file *x = a, *y = b;

	return x->id != y->id ? (x->id > y->id) - (x->id < y->id) :
	    (x->file > y->file) - (x->file < y->file);
}

static size_t find_lost(const struct file_table *files, struct lost_file **out)
{
	size_t count = 0, cap = 0;

	*out = NULL;
	for (uint32_t i = 1; i <= files->count; i++) {
		const struct file_row *row = table_row(files, i);
		const char *id = table_id(files, row);

		if (row->slot != 0 || id == NULL)
			continue;
		*out = grow(*out, &cap, count, sizeof(**out));
		(*out)[count++] = (struct lost_file){ id_hash(id), i };
	}
	if (count > 0)
		qsort(*out, count, sizeof(**out), by_id);
	/* Of two files with one id only one can keep it. */
	for (size_t i = 1; i < count; i++)
		if ((*out)[i].id == (*out)[i - 1].id)
			table_row(files, (*out)[i].file)->id_in_use = true;
	return count;
}

/* The entry has the id of a file that has no entry: its file moved there. Mixed
 * In Key's is not changed, so its file gets another entry and another id. */
static void follow(const struct file_table *files, uint32_t file, size_t number,
    struct slot *s)
{
	struct file_row *row = table_row(files, file);

	bool is_free = s->file == 0 && !s->is_protected && row->slot == 0 &&
	    s->end - s->begin <= MAX_PATCHED;

	row->id_in_use = true;
	if (!is_free)
		return;
	row->slot = (uint32_t)number;
	s->file = file;
	s->path = row->hash;
	s->digest = row->digest;
	s->action = PATCH;
	s->moved = true;
}

/* Then its entry may be any of those whose file is in no partial table. */
static bool any_is_lost(const struct file_table *files)
{
	bool lost = false;

	for (size_t i = 1; i <= files->count && !lost; i++) {
		const struct file_row *row = table_row(files, i);

		lost = row->slot == 0 && table_id(files, row) != NULL;
	}
	return lost;
}

static void follow_moved(struct reading *r, const struct file_table *files)
{
	struct lost_file *lost;
	size_t count = find_lost(files, &lost);

	for (size_t i = 0; count > 0 && i < r->count; i++) {
		struct slot *s = reading_slot(r, i);
		size_t low = 0, high = count;

		while (s->id != 0 && low < high) {
			size_t mid = (low + high) / 2;

			if (lost[mid].id < s->id)
				low = mid + 1;
			else
				high = mid;
		}
		for (; low < count && s->id != 0 && lost[low].id == s->id;
		    low++)
			follow(files, lost[low].file, i + 1, s);
	}
	free(lost);
}

/* ---- by the map ---- */

/* False if there is no map that fits, or the table of files does not suffice. */
static bool read_from_map(struct reading *r, const struct read_options *how)
{
	bool fits = how->map != NULL &&
	    map_load(how->map, how->files, r) == 0;

	for (size_t i = 0; fits && i < r->count; i++) {
		fits = decide(r, how->files, NULL, reading_slot(r, i)) == 0;
		if (i % RELEASE_EVERY == 0)
			mapped_release(&r->list);
	}
	fits = fits && !(how->files->is_partial && any_is_lost(how->files));
	r->mapped = fits;
	if (!fits) {
		mapped_close(&r->list);
		mapped_open(&r->list, how->folder);
		r->count = r->ours = 0;
		memset(r->places, 0, sizeof(r->places));
		table_reset(how->files);
	}
	return fits;
}

/* ---- as a stream ---- */

static int read_entry(void *ctx, const struct json *v, off_t begin,
    off_t end)
{
	struct pass *p = ctx;
	struct reading *r = p->r;
	const char *analyzed = json_get_string(v, "analyzedAt");
	const char *id = json_whole_string(json_get(v, "id"));
	char *path = entry_file_path(v);
	struct slot *s = reading_add_slot(r);

	*s = (struct slot){ .begin = begin, .end = end, .action = KEEP,
		.ours = entry_is_ours(v), .is_protected = entry_is_protected(v),
		.analyzed = analyzed != NULL && *analyzed != '\0' };
	if (path != NULL)
		s->path = table_hash(p->how->files, path);
	if (id != NULL && strlen(id) <= DOC_ID_MAX)
		s->id = id_hash(id);
	r->ours += s->ours;
	free(path);
	if (p->how->on_entry != NULL)
		p->how->on_entry(p->how->ctx, v, s);
	if (r->count % RELEASE_EVERY == 0)
		mapped_release(&r->list);
	return decide(r, p->how->files, v, reading_slot(r, r->count - 1));
}

static int read_member(void *ctx, const char *key, const struct json *v,
    off_t begin, off_t end)
{
	static const char *const names[N_PLACES] = { [GENERATED_AT] =
		"generatedAt", [TOTAL_FILES] = "totalFiles",
		[ANALYZED_TRACKS] = "analyzedTracks", [TRACKS] = "tracks" };
	struct pass *p = ctx;

	(void)v;
	for (size_t i = 0; i < TRACKS; i++)
		if (strcmp(key, names[i]) == 0)
			p->r->places[i] = (struct place){ begin, end };
	if (strcmp(key, names[TRACKS]) == 0)
		p->fault = "its member tracks is not an array";
	return 0;
}

static int read_array(void *ctx, off_t begin, off_t end)
{
	struct pass *p = ctx;

	p->r->places[TRACKS] = (struct place){ begin, end };
	if (++p->arrays > 1)
		p->fault = "it has two members called tracks";
	return 0;
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

static void read_through(struct reading *r, const struct read_options *how)
{
	struct pass p = { .r = r, .how = how };
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
	r->unknown_to_map = true;
	if (r->state != READ_WHOLE)
		r->count = r->ours = 0;
}

/* ---- the whole ---- */

/* r->fd is open, or -1: then the document is absent. */
static void read_document(struct reading *r, const struct read_options *given)
{
	static uint32_t no_index[1];
	static struct file_table none = { .index = no_index };
	struct read_options how = *given;
	bool done;

	if (how.files == NULL)
		how.files = &none;
	mapped_open(&r->list, how.folder);
	table_reset(how.files);
	done = r->fd >= 0 && read_from_map(r, &how);
	if (!done && how.files->is_partial) {
		table_complete(how.files, how.folder);
		done = r->fd >= 0 && read_from_map(r, &how);
	}
	if (r->fd < 0) {
		r->state = READ_ABSENT;
		error_set(&r->fault, RUN_FAILED, "is missing");
	} else if (!done) {
		read_through(r, &how);
	}
	if (r->state != READ_WHOLE)
		table_reset(how.files);
	follow_moved(r, how.files);
}

enum outcome reading_open(struct reading *r, const char *path,
    const struct read_options *how, struct error *error)
{
	*r = (struct reading){ .fd = file_open(path), .list = { .fd = -1 } };
	if (r->fd < 0 && (errno == ENXIO || errno == EISDIR))
		return error_set(error, RUN_CONFIG, "%s: is not a regular "
		    "file: set [library] document to the analysis document",
		    path);
	if (r->fd < 0 ? errno != ENOENT : fstat(r->fd, &r->st) != 0)
		return document_error(path, "read", errno, error);
	read_document(r, how);
	return DONE;
}

void reading_of(struct reading *r, int fd, const struct read_options *how)
{
	*r = (struct reading){ .fd = fd, .list = { .fd = -1 } };
	lseek(fd, 0, SEEK_SET);
	read_document(r, how);
	r->fd = -1;
}

void reading_close(struct reading *r)
{
	if (r->fd >= 0)
		close(r->fd);
	mapped_close(&r->list);
}
