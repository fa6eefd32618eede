/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/patch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

/* ---- parsing ---- */

struct entry_callback {
	void (*use)(void *ctx, const struct json *entry);
	void *ctx;
};

static int call_back(void *ctx, const struct json *entry, off_t begin,
    off_t end)
{
	struct entry_callback *v = ctx;

	(void)begin, (void)end;
	v->use(v->ctx, entry);
	return 0;
}

int entry_parse(const char *text, size_t len,
    void (*use)(void *ctx, const struct json *entry), void *ctx)
{
	static const char before[] = "{\"\":[", after[] = "]}";
	struct entry_callback v = { use, ctx };
	const struct json_stream_handler h = { .array = "", .keep_depth = 1,
		.on_element = call_back, .ctx = &v };
	struct json_stream *s = json_stream_new(&h);
	int failed = json_stream_feed(s, before, strlen(before), NULL) != 0 ||
	    json_stream_feed(s, text, len, NULL) != 0 ||
	    json_stream_feed(s, after, strlen(after), NULL) != 0 ||
	    json_stream_finish(s, NULL) != 0;

	json_stream_free(s);
	return failed ? -1 : 0;
}

/* ---- where the members are ---- */

struct member {
	char *name;
	size_t key;		/* offset of its name's first quote */
	size_t begin, end;	/* of its value */
	const char *text;	/* the new value; NULL: unchanged */
	bool removed;
};

struct members {
	const char *text;
	struct member *items;
	size_t count, cap;
	size_t open;		/* after the object's '{' */
};

static int add_member(void *ctx, const char *name, const struct json *value,
    off_t begin, off_t end)
{
	struct members *all = ctx;
	size_t from = all->count > 0 ? all->items[all->count - 1].end :
	    all->open;
	struct member *m;

	(void)value;
	all->items = grow(all->items, &all->cap, all->count,
	    sizeof(*all->items));
	m = &all->items[all->count++];
	*m = (struct member){ .name = xstrdup(name), .begin = (size_t)begin,
		.end = (size_t)end };
	/* Between the value before and this one's name there are only white
	 * space and a comma. */
	m->key = from + strcspn(all->text + from, "\"");
	return 0;
}

/* The stream needs the name of an array: it is given "", so a member of that
 * name is reported here. */
static int add_nameless(void *ctx, off_t begin, off_t end)
{
	return add_member(ctx, "", NULL, begin, end);
}

static int ignore_element(void *ctx, const struct json *element, off_t begin,
    off_t end)
{
	(void)ctx, (void)element, (void)begin, (void)end;
	return 0;
}

static int find_members(struct members *all, const char *text, size_t len)
{
	const struct json_stream_handler h = { .array = "", .keep_depth = 1,
		.on_element = ignore_element, .on_member = add_member,
		.on_array = add_nameless, .ctx = all };
	struct json_stream *s = json_stream_new(&h);
	int failed;

	*all = (struct members){ .text = text,
		.open = strcspn(text, "{") + 1 };
	failed = json_stream_feed(s, text, len, NULL) != 0 ||
	    json_stream_finish(s, NULL) != 0;
	json_stream_free(s);
	return failed ? -1 : 0;
}

static void free_members(struct members *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].name);
	free(all->items);
}

/* ---- changing them ---- */

/* Applies the edit to the last member of its name; false if there is none.
 * Removal applies to all of that name: else an earlier one would be valid. */
static bool apply_edit(struct members *all, const struct edit *e)
{
	bool found = false;

	for (size_t i = all->count; i > 0; i--) {
		struct member *m = &all->items[i - 1];

		if (strcmp(m->name, e->name) != 0)
			continue;
		if (e->text == NULL)
			m->removed = true;
		else if (!found)
			m->text = e->text;
		found = true;
	}
	return found;
}

/* Copies the bytes between member i and the one before it. */
static void put_gap(const struct members *all, size_t i, struct buf *out)
{
	size_t from = i > 0 ? all->items[i - 1].end : all->open;

	buf_append(out, all->text + from, all->items[i].key - from);
}

static void put_members(const struct members *all, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < all->count; i++) {
		const struct member *m = &all->items[i];

		if (m->removed)
			continue;
		put_gap(all, first ? 0 : i, out);
		buf_append(out, all->text + m->key, m->begin - m->key);
		if (m->text != NULL)
			buf_puts(out, m->text);
		else
			buf_append(out, all->text + m->begin,
			    m->end - m->begin);
		first = false;
	}
}

/* Adds a member with the gap and the colon of the last one. */
static void append_member(const struct members *all, const struct edit *e,
    bool first, struct buf *out)
{
	const struct member *last = all->count > 0 ?
	    &all->items[all->count - 1] : NULL;
	size_t colon;

	if (all->count < 2 && !first)
		buf_putc(out, ',');
	if (all->count > 0)
		put_gap(all, first ? 0 : all->count - 1, out);
	buf_printf(out, "\"%s\"", e->name);
	if (last == NULL) {
		buf_putc(out, ':');
	} else {
		/* Backwards from the value, over white space, the colon, and
		 * white space: no quote but the name's stands there. */
		for (colon = last->begin; all->text[colon - 1] != '"';)
			colon--;
		buf_append(out, all->text + colon, last->begin - colon);
	}
	buf_puts(out, e->text);
}

int entry_patch(const char *text, size_t len, const struct edits *edits,
    struct buf *out)
{
	const struct edit *added[MAX_EDITS];
	size_t n_added = 0, tail;
	struct members all;
	bool first;

	if (find_members(&all, text, len) != 0) {
		free_members(&all);
		return -1;
	}
	for (size_t i = 0; i < edits->count; i++)
		if (!apply_edit(&all, &edits->items[i]) &&
		    edits->items[i].text != NULL)
			added[n_added++] = &edits->items[i];
	first = true;
	for (size_t i = 0; i < all.count; i++)
		first = first && all.items[i].removed;
	buf_append(out, text, all.open);
	put_members(&all, out);
	for (size_t i = 0; i < n_added; i++) {
		append_member(&all, added[i], first, out);
		first = false;
	}
	tail = all.count > 0 ? all.items[all.count - 1].end : all.open;
	buf_append(out, text + tail, len - tail);
	free_members(&all);
	return 0;
}
