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

void additions_find(struct additions *a, const struct reading *r,
    const struct catalogue *c)
{
	int64_t ms = clock_wall() * 1000;

	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < c->entries->count; i++) {
		const struct entry *e = &c->entries->items[i];
		struct addition *new;

		if (r->slot_of[i] > 0 || !entry_is_presentable(e))
			continue;
		a->items = grow(a->items, &a->cap, a->count,
		    sizeof(*a->items));
		new = &a->items[a->count++];
		new->e = e;
		new->id[0] = '\0';
		/* An entry that another program dropped gets its id back, which
		 * playlists may refer to. */
		if (e->doc_id == NULL || r->id_in_use[i])
			make_id(new->id, ms++);
	}
}

void additions_free(struct additions *a)
{
	free(a->items);
	memset(a, 0, sizeof(*a));
}

const char *addition_id(const struct addition *a)
{
	return a->id[0] != '\0' ? a->id : a->e->doc_id;
}

/* ---- counting ---- */

bool merge_count(const struct reading *r, const struct additions *a,
    struct document_report *report)
{
	report->entries = report->ours = report->added = a->count;
	report->updated = report->filled = 0;
	report->moved = report->removed = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct slot *s = &r->slots[i];

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
static size_t count_entries(const struct reading *r, const struct additions *a,
    size_t *analyzed)
{
	size_t n = a->count;

	*analyzed = n;
	for (size_t i = 0; i < r->count; i++) {
		n += r->slots[i].action != DROP;
		*analyzed += r->slots[i].action != DROP &&
		    r->slots[i].analyzed;
	}
	return n;
}

/* ---- a copier: bytes in, bytes out, both hashed ---- */

struct copier {
	int from, to;
	int error;		/* errno of the first failure; 0 */
	off_t at;		/* the next byte of `from` */
	char *in;		/* READ_BLOCK bytes of it, and which are left */
	size_t in_begin, in_end;
	struct buf out;		/* not yet written */
	struct fast_hash *read, *written;
};

static void flush(struct copier *c)
{
	if (c->error == 0 &&
	    file_write_all(c->to, c->out.data, c->out.len) != 0)
		c->error = errno;
	fast_hash_add(c->written, buf_str(&c->out), c->out.len);
	buf_clear(&c->out);
}

static void put(struct copier *c, const void *data, size_t len)
{
	buf_append(&c->out, data, len);
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
	const struct catalogue *c;
	struct edits edits;
};

static void find_edits(void *ctx, const struct json *v)
{
	struct patching *p = ctx;

	edits_free(&p->edits);
	entry_edits(v, p->slot->e, p->c->root, p->slot->moved, &p->edits);
}

/* An entry that can't be patched has changed since it was read: it is copied,
 * and the hash at the end differs. */
static void put_patched(struct copier *c, const struct slot *s,
    const struct catalogue *cat)
{
	struct buf old = BUF_INIT, new = BUF_INIT;
	struct patching p = { .slot = s, .c = cat };

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

static void put_additions(struct copier *c, const struct additions *a,
    const struct catalogue *cat, const struct style *style, bool empty)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < a->count; i++) {
		const struct buf *before = empty && i == 0 ? &style->first :
		    &style->gap;

		put(c, buf_str(before), before->len);
		buf_clear(&text);
		entry_render(a->items[i].e, cat->root,
		    addition_id(&a->items[i]), style->indented, &text);
		put_indented(c, text.data, &style->gap);
	}
	buf_free(&text);
}

static bool has_line_break(const struct copier *c, off_t begin)
{
	char two[2] = "";

	return pread(c->from, two, 2, begin) == 2 &&
	    (two[1] == '\n' || two[1] == '\r');
}

/* Imitates the entries that are there; an empty array is indented by two if the
 * document is indented. */
static void complete_style(const struct copier *c, const struct reading *r,
    struct style *style)
{
	bool spaced = r->count > 0 ? style->first.len < MAX_GAP &&
	    memchr(buf_str(&style->first), '\n', style->first.len) != NULL :
	    r->indented;

	style->indented = r->count > 0 ?
	    has_line_break(c, r->slots[r->count - 1].begin) : spaced;
	if (r->count == 0) {
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

/* Writes the gap before slot i: its own, or the first one's where all entries
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

static void put_array(struct copier *c, const struct reading *r,
    const struct catalogue *cat, const struct additions *a)
{
	struct style style = { .first = BUF_INIT, .gap = BUF_INIT };
	bool empty = true;

	advance(c, r->array.begin + 1, COPY, NULL);
	for (size_t i = 0; i < r->count; i++) {
		const struct slot *s = &r->slots[i];

		put_gap(c, i, s, empty, &style);
		if (s->action == PATCH)
			put_patched(c, s, cat);
		else
			advance(c, s->end, s->action == DROP ? SKIP : COPY,
			    NULL);
		empty = empty && s->action == DROP;
	}
	if (a->count > 0) {
		complete_style(c, r, &style);
		put_additions(c, a, cat, &style, empty);
	}
	/* An empty array has no line break before its end to copy. */
	if (r->count == 0 && a->count > 0) {
		advance(c, r->array.end - 1, SKIP, NULL);
		put_text(c, style.indented ? "\n  " : "");
	}
	advance(c, r->array.end, COPY, NULL);
	buf_free(&style.first);
	buf_free(&style.gap);
}

/* ---- the whole ---- */

/* A part of the document that is not copied. */
struct part {
	struct place at;
	char text[ISO_TIME_LEN + 2];	/* the value; "": it is the array */
};

static int by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->at.begin > y->at.begin) - (x->at.begin < y->at.begin);
}

static void write_merged(struct copier *c, const struct reading *r,
    const struct catalogue *cat, const struct additions *a)
{
	struct part parts[4] = { { .at = r->array },
		{ .at = r->generated_at }, { .at = r->total_files },
		{ .at = r->analyzed_tracks } };
	size_t analyzed, total = count_entries(r, a, &analyzed);
	char now[ISO_TIME_LEN];

	time_to_iso(clock_wall(), now);
	snprintf(parts[1].text, sizeof(parts[1].text), "\"%s\"", now);
	snprintf(parts[2].text, sizeof(parts[2].text), "%zu", total);
	snprintf(parts[3].text, sizeof(parts[3].text), "%zu", analyzed);
	qsort(parts, 4, sizeof(parts[0]), by_place);
	for (size_t i = 0; i < 4; i++) {
		if (parts[i].at.end == 0)
			continue;
		advance(c, parts[i].at.begin, COPY, NULL);
		if (parts[i].text[0] == '\0') {
			put_array(c, r, cat, a);
			continue;
		}
		put_text(c, parts[i].text);
		advance(c, parts[i].at.end, SKIP, NULL);
	}
	/* To the end of the file as it is now; the hash tells whether it has
	 * changed since it was read. */
	while (c->error == 0 && refill(c))
		advance(c, c->at + (off_t)(c->in_end - c->in_begin), COPY,
		    NULL);
	if (c->error == EAGAIN)
		c->error = 0;
}

static void write_new(struct copier *c, const struct catalogue *cat,
    const struct additions *a)
{
	struct style style = { .first = BUF_INIT, .gap = BUF_INIT,
		.indented = true };
	char now[ISO_TIME_LEN], top[256];

	time_to_iso(clock_wall(), now);
	snprintf(top, sizeof(top), "{\n  \"generatedAt\": \"%s\",\n"
	    "  \"source\": \"likesync\",\n  \"totalFiles\": %zu,\n"
	    "  \"analyzedTracks\": %zu,\n  \"tracks\": [", now, a->count,
	    a->count);
	put_text(c, top);
	buf_puts(&style.first, "\n    ");
	buf_puts(&style.gap, ",\n    ");
	put_additions(c, a, cat, &style, true);
	put_text(c, a->count > 0 ? "\n  ]\n}\n" : "]\n}\n");
	buf_free(&style.first);
	buf_free(&style.gap);
}

int merge_write(const struct reading *r, const struct catalogue *c,
    const struct additions *a, int to, uint8_t hash[FAST_HASH_LEN])
{
	struct copier copier = { .from = r->fd, .to = to,
		.in = xmalloc(READ_BLOCK), .out = BUF_INIT,
		.read = fast_hash_new(), .written = fast_hash_new() };
	uint8_t read_hash[FAST_HASH_LEN];

	if (r->state == READ_WHOLE)
		write_merged(&copier, r, c, a);
	else
		write_new(&copier, c, a);
	flush(&copier);
	fast_hash_end(copier.read, read_hash);
	fast_hash_end(copier.written, hash);
	if (copier.error == 0 && r->state == READ_WHOLE &&
	    memcmp(read_hash, r->hash, FAST_HASH_LEN) != 0)
		copier.error = EAGAIN;
	buf_free(&copier.out);
	free(copier.in);
	errno = copier.error;
	return copier.error == 0 ? 0 : -1;
}
