/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/entry.h"
#include "document/patch.h"

#define NEW_ID_MAX 48
#define MAX_GAP 256		/* longest white space that is imitated */

/* ---- additions ---- */

/* Milliseconds and six random characters, as the web application's own ids; the
 * caller counts ms up, so ids made at once differ in any case. */
static void make_id(char out[NEW_ID_MAX], int64_t ms)
{
	static const char signs[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char tail[7] = "";

	for (int i = 0; i < 6; i++)
		tail[i] = signs[random_below(sizeof(signs) - 1)];
	snprintf(out, NEW_ID_MAX, "track_%lld_%s", (long long)ms, tail);
}

/* ---- counting ---- */

/* New entries of files that have none yet. */
static size_t find_additions(const struct file_table *files)
{
	size_t count = 0;

	for (size_t i = 1; i <= files->count; i++) {
		struct file_row *row = table_row(files, i);
		const struct entry *e = row->slot == 0 ?
		    table_get(files, row) : NULL;

		row->is_added = e != NULL && entry_is_presentable(e);
		count += row->is_added;
	}
	return count;
}

bool merge_count(const struct reading *r, const struct file_table *files,
    struct document_report *report)
{
	report->added = find_additions(files);
	report->entries = report->ours = report->added;
	report->updated = report->filled = 0;
	report->moved = report->removed = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct slot *s = reading_slot(r, i);

		if (s->action == DROP) {
			report->removed++;
			continue;
		}
		report->entries++;
		report->ours += s->ours;
		if (s->action == KEEP)
			continue;
		if (s->moved)
			report->moved++;
		else if (s->ours)
			report->updated++;
		else
			report->filled++;
	}
	return report->added + report->updated + report->filled +
	    report->moved + report->removed > 0;
}

/* Entries that stay or come new, and those of them that are analyzed. */
static size_t count_entries(const struct reading *r,
    const struct file_table *files, size_t *analyzed)
{
	size_t n = 0;

	*analyzed = 0;
	for (size_t i = 1; i <= files->count; i++)
		n += table_row(files, i)->is_added;
	*analyzed = n;
	for (size_t i = 0; i < r->count; i++) {
		const struct slot *s = reading_slot(r, i);

		n += s->action != DROP;
		*analyzed += s->action != DROP && s->analyzed;
	}
	return n;
}

/* ---- a copier: bytes in, bytes out, both hashed ---- */

struct copier {
	struct reading *r;	/* of the old document; becomes the new one's */
	const struct file_table *files;
	int from, to;
	struct copy *copy;
	int error;		/* errno of the first failure; 0 */
	off_t at;		/* the next byte of `from` */
	char *in;		/* READ_BLOCK bytes of it, and which are left */
	size_t in_begin, in_end;
	struct buf out;		/* not yet written */
	off_t out_at;		/* the next byte of `to`, after out */
	struct fast_hash *read, *written;
};

static void flush(struct copier *c)
{
	if (c->error == 0 &&
	    file_write_all(c->to, c->out.data, c->out.len) != 0)
		c->error = errno;
	if (c->copy->fd >= 0 && c->copy->error == 0 &&
	    file_write_all(c->copy->fd, c->out.data, c->out.len) != 0)
		c->copy->error = errno;
	fast_hash_add(c->written, buf_str(&c->out), c->out.len);
	buf_clear(&c->out);
}

static void put(struct copier *c, const void *data, size_t len)
{
	buf_append(&c->out, data, len);
	c->out_at += (off_t)len;
	if (c->out.len >= READ_BLOCK)
		flush(c);
}

static void put_text(struct copier *c, const char *text)
{
	put(c, text, strlen(text));
}

/* Makes at least one byte available; false with c->error at the end of the file
 * (EAGAIN: it is shorter than it was) or if it can't be read. */
static bool refill(struct copier *c)
{
	ssize_t n;

	if (c->in_begin < c->in_end)
		return true;
	do
		n = pread(c->from, c->in, READ_BLOCK, c->at);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		if (c->error == 0)
			c->error = n < 0 ? errno : EAGAIN;
		return false;
	}
	fast_hash_add(c->read, c->in, (size_t)n);
	c->in_begin = 0;
	c->in_end = (size_t)n;
	return true;
}

enum mode { COPY, SKIP };

/* Copies or skips the bytes up to `end`; appends them to keep unless NULL. */
static void advance(struct copier *c, off_t end, enum mode mode,
    struct buf *keep)
{
	while (c->at < end && c->error == 0 && refill(c)) {
		size_t n = c->in_end - c->in_begin;

		if ((off_t)n > end - c->at)
			n = (size_t)(end - c->at);
		if (mode == COPY)
			put(c, c->in + c->in_begin, n);
		if (keep != NULL)
			buf_append(keep, c->in + c->in_begin, n);
		c->in_begin += n;
		c->at += (off_t)n;
	}
}

/* ---- entries ---- */

struct patching {
	const struct slot *slot;
	const struct file_table *files;
	struct edits edits;
};

static void find_edits(void *ctx, const struct json *v)
{
	struct patching *p = ctx;
	const struct entry *e = table_get(p->files,
	    table_row(p->files, p->slot->file));

	edits_free(&p->edits);
	if (e != NULL)
		entry_edits(v, e, p->files->root, p->slot->moved, &p->edits);
}

/* An entry that can't be patched has changed since it was read: it is copied,
 * and the hash at the end differs. */
static void put_patched(struct copier *c, const struct slot *s)
{
	struct buf old = BUF_INIT, new = BUF_INIT;
	struct patching p = { .slot = s, .files = c->files };

	advance(c, s->end, SKIP, &old);
	if (c->error == 0 && old.len > 0 &&
	    entry_parse(old.data, old.len, find_edits, &p) == 0 &&
	    entry_patch(old.data, old.len, &p.edits, &new) == 0)
		put(c, new.data, new.len);
	else
		put(c, buf_str(&old), old.len);
	edits_free(&p.edits);
	buf_free(&old);
	buf_free(&new);
}

/* White space around the entries of the array. */
struct style {
	struct buf first;	/* between '[' and the first entry */
	struct buf gap;		/* between two entries, the comma included */
	bool indented;		/* an entry has a line for each member */
};

/* Puts text, indenting each line as far as the entry: by the end of the gap
 * before it. */
static void put_indented(struct copier *c, const char *text,
    const struct buf *gap)
{
	const char *end = buf_str(gap) + gap->len, *margin = end;
	const char *line = text;

	while (margin > buf_str(gap) && (margin[-1] == ' ' ||
	    margin[-1] == '\t'))
		margin--;
	for (;;) {
		size_t n = strcspn(line, "\n");

		put(c, line, n);
		if (line[n] == '\0')
			return;
		put_text(c, "\n");
		put(c, margin, (size_t)(end - margin));
		line += n + 1;
	}
}

/* A new entry. One that another program dropped gets its id back, which
 * playlists may refer to; ms: of a new id, counted up. */
static void put_addition(struct copier *c, uint32_t file,
    const struct style *style, int64_t *ms)
{
	const struct file_row *row = table_row(c->files, file);
	const struct entry *e = table_get(c->files, row);
	bool has_id = table_id(c->files, row) != NULL && !row->id_in_use;
	const char *id = has_id ? table_id(c->files, row) : NULL;
	struct buf text = BUF_INIT;
	char new_id[NEW_ID_MAX];
	struct slot *s;

	if (!has_id) {
		make_id(new_id, (*ms)++);
		id = new_id;
	}
	s = reading_add_slot(c->r);
	*s = (struct slot){ .begin = c->out_at, .path = row->hash,
		.id = id_hash(id), .digest = row->digest, .file = file,
		.ours = true, .analyzed = true, .id_is_news = !has_id };
	c->r->ours++;
	entry_render(e, c->files->root, id, style->indented, &text);
	put_indented(c, text.data, &style->gap);
	s->end = c->out_at;
	buf_free(&text);
}

/* empty: no entry stands before them. */
static void put_additions(struct copier *c, const struct style *style,
    bool empty)
{
	int64_t ms = clock_wall() * 1000;

	for (size_t i = 1; i <= c->files->count; i++) {
		const struct buf *before = empty ? &style->first : &style->gap;

		if (!table_row(c->files, i)->is_added)
			continue;
		put(c, buf_str(before), before->len);
		put_addition(c, (uint32_t)i, style, &ms);
		empty = false;
	}
}

static bool has_line_break(const struct copier *c, off_t begin)
{
	char two[2] = "";

	return pread(c->from, two, 2, begin) == 2 &&
	    (two[1] == '\n' || two[1] == '\r');
}

/* Imitates the entries that are there, of which the last began at last_begin;
 * an empty array is indented by two if the document is indented. */
static void complete_style(const struct copier *c, size_t count,
    off_t last_begin, struct style *style)
{
	bool spaced = count > 0 ? style->first.len < MAX_GAP &&
	    memchr(buf_str(&style->first), '\n', style->first.len) != NULL :
	    c->r->indented;

	style->indented = count > 0 ? has_line_break(c, last_begin) : spaced;
	if (count == 0) {
		buf_clear(&style->first);
		buf_puts(&style->first, spaced ? "\n    " : "");
	}
	if (style->gap.len > 0 && style->gap.len < MAX_GAP)
		return;
	buf_clear(&style->gap);
	buf_putc(&style->gap, ',');
	if (style->first.len < MAX_GAP)
		buf_append(&style->gap, buf_str(&style->first),
		    style->first.len);
}

/* Writes the gap before entry i: its own, or the first one's where all entries
 * before it were dropped. */
static void put_gap(struct copier *c, size_t i, const struct slot *s,
    bool empty, struct style *style)
{
	struct buf *gap = i == 0 ? &style->first : &style->gap;

	buf_clear(gap);
	advance(c, s->begin, SKIP, gap);
	if (s->action == DROP)
		return;
	if (empty)
		gap = &style->first;
	put(c, buf_str(gap), gap->len);
}

/* The entries that are there; c->r is left with those that stay. */
static void put_entries(struct copier *c, struct style *style)
{
	size_t count = c->r->count, kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct slot s = *reading_slot(c->r, i);
		off_t begin;

		put_gap(c, i, &s, kept == 0, style);
		begin = c->out_at;
		if (s.action == PATCH)
			put_patched(c, &s);
		else
			advance(c, s.end, s.action == DROP ? SKIP : COPY,
			    NULL);
		c->r->ours -= s.action == DROP && s.ours;
		if (s.action == DROP)
			continue;
		s.begin = begin;
		s.end = c->out_at;
		*reading_slot(c->r, kept++) = s;
	}
	c->r->count = kept;
	c->r->list.used = kept * sizeof(struct slot);
}

static void put_array(struct copier *c, const struct place *array, bool adds)
{
	struct style style = { .first = BUF_INIT, .gap = BUF_INIT };
	size_t count = c->r->count;
	off_t last_begin = count > 0 ? reading_slot(c->r, count - 1)->begin :
	    0;

	advance(c, array->begin + 1, COPY, NULL);
	put_entries(c, &style);
	if (adds) {
		complete_style(c, count, last_begin, &style);
		put_additions(c, &style, c->r->count == 0);
	}
	/* An empty array has no line break before its end to copy. */
	if (count == 0 && adds) {
		advance(c, array->end - 1, SKIP, NULL);
		put_text(c, style.indented ? "\n  " : "");
	}
	advance(c, array->end, COPY, NULL);
	buf_free(&style.first);
	buf_free(&style.gap);
}

/* ---- the whole ---- */

/* A part of the document that is not copied. */
struct part {
	enum place_name name;
	struct place at;
	char text[ISO_TIME_LEN + 2];	/* the value; of TRACKS: "" */
};

static int by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->at.begin > y->at.begin) - (x->at.begin < y->at.begin);
}

static void list_parts(const struct reading *r, size_t total,
    size_t analyzed, struct part parts[N_PLACES])
{
	char now[ISO_TIME_LEN];

	time_to_iso(clock_wall(), now);
	for (size_t i = 0; i < N_PLACES; i++)
		parts[i] = (struct part){ .name = (enum place_name)i,
			.at = r->places[i] };
	snprintf(parts[GENERATED_AT].text, sizeof(parts[0].text), "\"%s\"",
	    now);
	snprintf(parts[TOTAL_FILES].text, sizeof(parts[0].text), "%zu", total);
	snprintf(parts[ANALYZED_TRACKS].text, sizeof(parts[0].text), "%zu",
	    analyzed);
}

static void put_value(struct copier *c, const char *text, struct place *at)
{
	at->begin = c->out_at;
	put_text(c, text);
	at->end = c->out_at;
}

static void write_merged(struct copier *c)
{
	struct part parts[N_PLACES];
	size_t analyzed, total = count_entries(c->r, c->files, &analyzed);
	bool adds = false;

	for (size_t i = 1; i <= c->files->count && !adds; i++)
		adds = table_row(c->files, i)->is_added;
	list_parts(c->r, total, analyzed, parts);
	qsort(parts, N_PLACES, sizeof(parts[0]), by_place);
	for (size_t i = 0; i < N_PLACES; i++) {
		struct place *new = &c->r->places[parts[i].name];

		if (parts[i].at.end == 0)
			continue;
		advance(c, parts[i].at.begin, COPY, NULL);
		if (parts[i].name == TRACKS) {
			new->begin = c->out_at;
			put_array(c, &parts[i].at, adds);
			new->end = c->out_at;
		} else {
			put_value(c, parts[i].text, new);
			advance(c, parts[i].at.end, SKIP, NULL);
		}
	}
	/* To the end of the file as it is now; the hash tells whether it has
	 * changed since it was read. */
	while (c->error == 0 && refill(c))
		advance(c, c->at + (off_t)(c->in_end - c->in_begin), COPY,
		    NULL);
	if (c->error == EAGAIN)
		c->error = 0;
}

static void write_new(struct copier *c)
{
	struct style style = { .first = BUF_INIT, .gap = BUF_INIT,
		.indented = true };
	size_t analyzed, total = count_entries(c->r, c->files, &analyzed);
	struct part parts[N_PLACES];
	struct place *places = c->r->places;

	list_parts(c->r, total, total, parts);
	put_text(c, "{\n  \"generatedAt\": ");
	put_value(c, parts[GENERATED_AT].text, &places[GENERATED_AT]);
	put_text(c, ",\n  \"source\": \"likesync\",\n  \"totalFiles\": ");
	put_value(c, parts[TOTAL_FILES].text, &places[TOTAL_FILES]);
	put_text(c, ",\n  \"analyzedTracks\": ");
	put_value(c, parts[ANALYZED_TRACKS].text, &places[ANALYZED_TRACKS]);
	put_text(c, ",\n  \"tracks\": ");
	places[TRACKS].begin = c->out_at;
	put_text(c, "[");
	buf_puts(&style.first, "\n    ");
	buf_puts(&style.gap, ",\n    ");
	put_additions(c, &style, true);
	put_text(c, total > 0 ? "\n  ]" : "]");
	places[TRACKS].end = c->out_at;
	put_text(c, "\n}\n");
	buf_free(&style.first);
	buf_free(&style.gap);
}

int merge_write(struct reading *r, const struct file_table *files, int to,
    struct copy *copy)
{
	struct copier c = { .r = r, .files = files, .from = r->fd, .to = to,
		.copy = copy, .in = xmalloc(READ_BLOCK), .out = BUF_INIT,
		.read = fast_hash_new(), .written = fast_hash_new() };
	uint8_t read_hash[FAST_HASH_LEN], old_hash[FAST_HASH_LEN];
	bool is_new = r->state != READ_WHOLE;

	memcpy(old_hash, r->hash, sizeof(old_hash));
	if (is_new)
		write_new(&c);
	else
		write_merged(&c);
	flush(&c);
	fast_hash_end(c.read, read_hash);
	fast_hash_end(c.written, r->hash);
	if (c.error == 0 && !is_new &&
	    memcmp(read_hash, old_hash, FAST_HASH_LEN) != 0)
		c.error = EAGAIN;
	buf_free(&c.out);
	free(c.in);
	errno = c.error;
	return c.error == 0 ? 0 : -1;
}
