/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading JSON: nodes, the builder that makes them of yajl's events, and the
 * stream, which a small document passes through as well. Nodes live in an arena
 * that is dropped as a whole, so that a document of 30,000 entries costs no
 * more memory than its largest.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "base/file.h"
#include "base/integer.h"
#include "base/mem.h"

#define MAX_TEXT (64u << 20)	/* for json_parse; larger ones are streamed */
#define ARENA_BLOCK (64u << 10)
#define MAX_KEY 256		/* of a top-level member of a stream */

struct json {
	enum json_type type;
	bool truth;
	bool key_has_nul;	/* then it is no name that anybody asks for */
	bool text_has_nul;
	size_t count;
	const char *key;	/* as a member of an object */
	const char *text;	/* a string, or a number as it was spelt */
	struct json **items;	/* a closed container's children */
	struct json *first, *last, *next;	/* while it is open */
};

/* ---- arena ---- */

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct arena {
	struct block *blocks;	/* the newest first */
};

static void *arena_take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	size = (size + _Alignof(max_align_t) - 1) &
	    ~(_Alignof(max_align_t) - 1);
	if (b == NULL || b->size - b->used < size) {
		size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		b = xmalloc(sizeof(*b) + room);
		b->next = a->blocks;
		b->used = 0;
		b->size = room;
		a->blocks = b;
	}
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

static char *arena_text(struct arena *a, const void *s, size_t len)
{
	char *copy = arena_take(a, len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/* keep_one: an ordinary block is kept, for the next tree. */
static void arena_free(struct arena *a, bool keep_one)
{
	struct block *kept = NULL;

	for (struct block *b = a->blocks, *next; b != NULL; b = next) {
		next = b->next;
		if (keep_one && kept == NULL && b->size == ARENA_BLOCK)
			kept = b;
		else
			free(b);
	}
	if (kept != NULL)
		*kept = (struct block){ .size = kept->size };
	a->blocks = kept;
}

/* ---- builder: one value, from events ---- */

struct builder {
	struct arena arena;
	struct json *root;
	struct json *open[JSON_MAX_DEPTH];	/* containers not yet closed */
	int depth;		/* of them */
	int keep_depth;		/* 0: keep everything */
	int skipped;		/* depth inside a container that is left out */
	size_t nodes;
	const char *key;	/* of the member that comes next */
	bool key_has_nul;
	const char *exceeded;	/* what was beyond a limit, or NULL */
};

static void builder_reset(struct builder *b)
{
	arena_free(&b->arena, true);
	b->root = NULL;
	b->depth = 0;
	b->skipped = 0;
	b->nodes = 0;
	b->key = NULL;
}

/* A whole value has come. */
static bool builder_done(const struct builder *b)
{
	return b->root != NULL && b->depth == 0 && b->skipped == 0;
}

static struct json *add_node(struct builder *b, enum json_type type)
{
	struct json *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;
	struct json *v;

	if (++b->nodes > JSON_MAX_NODES) {
		b->exceeded = "too many values";
		return NULL;
	}
	v = arena_take(&b->arena, sizeof(*v));
	memset(v, 0, sizeof(*v));
	v->type = type;
	v->key = b->key;
	v->key_has_nul = b->key != NULL && b->key_has_nul;
	b->key = NULL;
	if (parent == NULL) {
		b->root = v;
		return v;
	}
	if (parent->last != NULL)
		parent->last->next = v;
	else
		parent->first = v;
	parent->last = v;
	parent->count++;
	return v;
}

/* The container at this depth is to arrive empty, so its content is not even
 * looked at. */
static bool is_left_out(const struct builder *b)
{
	return b->skipped > 0 || (b->keep_depth > 0 &&
	    b->depth > b->keep_depth);
}

static int build_scalar(struct builder *b, enum json_type type,
    const void *text, size_t len, bool truth)
{
	struct json *v = add_node(b, type);

	if (v == NULL)
		return 0;
	v->truth = truth;
	if (text != NULL) {
		v->text = arena_text(&b->arena, text, len);
		v->text_has_nul = memchr(text, '\0', len) != NULL;
	}
	return 1;
}

static int build_open(struct builder *b, enum json_type type)
{
	struct json *v;

	/* What is left out takes a byte a level, in yajl. */
	if (is_left_out(b) && b->skipped < JSON_MAX_SKIPPED) {
		b->skipped++;
		return 1;
	}
	if (is_left_out(b) || b->depth >= JSON_MAX_DEPTH) {
		b->exceeded = "nested too deeply";
		return 0;
	}
	v = add_node(b, type);
	if (v == NULL)
		return 0;
	b->open[b->depth++] = v;
	return 1;
}

static void build_close(struct builder *b)
{
	struct json *v = b->open[--b->depth];
	size_t i = 0;

	/* As an array, so that the children can be had by number. */
	if (v->count > 0)
		v->items = arena_take(&b->arena, v->count *
		    sizeof(*v->items));
	for (struct json *c = v->first; c != NULL; c = c->next)
		v->items[i++] = c;
}

/* ---- readers ---- */

enum json_type json_type(const struct json *v)
{
	return v != NULL ? v->type : JSON_NULL;
}

size_t json_count(const struct json *v)
{
	return v != NULL ? v->count : 0;
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (json_type(object) != JSON_OBJECT)
		return NULL;
	for (size_t i = object->count; i > 0; i--)
		if (!object->items[i - 1]->key_has_nul &&
		    strcmp(object->items[i - 1]->key, key) == 0)
			return object->items[i - 1];
	return NULL;
}

const struct json *json_at(const struct json *array, size_t i)
{
	return json_type(array) == JSON_ARRAY && i < array->count ?
	    array->items[i] : NULL;
}

const char *json_key_at(const struct json *object, size_t i)
{
	return json_type(object) == JSON_OBJECT && i < object->count ?
	    object->items[i]->key : NULL;
}

const struct json *json_value_at(const struct json *object, size_t i)
{
	return json_type(object) == JSON_OBJECT && i < object->count ?
	    object->items[i] : NULL;
}

const char *json_string(const struct json *v)
{
	return json_type(v) == JSON_STRING ? v->text : NULL;
}

const char *json_whole_string(const struct json *v)
{
	return json_type(v) == JSON_STRING && !v->text_has_nul ? v->text :
	    NULL;
}

double json_double(const struct json *v, double fallback)
{
	double n;
	char *end;

	if (json_type(v) != JSON_NUMBER && json_type(v) != JSON_STRING)
		return fallback;
	n = strtod(v->text, &end);
	return end != v->text && *end == '\0' ? n : fallback;
}

int64_t json_int(const struct json *v, int64_t fallback)
{
	double n = json_double(v, NAN);
	int64_t exact;

	if ((json_type(v) == JSON_NUMBER || json_type(v) == JSON_STRING) &&
	    int_parse(v->text, INT64_MIN, INT64_MAX, &exact))
		return exact;
	return n > -9e18 && n < 9e18 ? (int64_t)n : fallback;
}

bool json_bool(const struct json *v, bool fallback)
{
	return json_type(v) == JSON_BOOL ? v->truth : fallback;
}

const char *json_get_string(const struct json *object, const char *key)
{
	return json_string(json_get(object, key));
}

double json_get_double(const struct json *object, const char *key,
    double fallback)
{
	return json_double(json_get(object, key), fallback);
}

int64_t json_get_int(const struct json *object, const char *key,
    int64_t fallback)
{
	return json_int(json_get(object, key), fallback);
}

bool json_get_bool(const struct json *object, const char *key, bool fallback)
{
	return json_bool(json_get(object, key), fallback);
}

/* ---- stream ---- */

enum stream_place {
	WHOLE,			/* the text is one value: json_parse */
	BEFORE_ROOT, IN_ROOT, IN_ARRAY, AFTER_ROOT
};

struct json_stream {
	struct json_stream_handler h;
	yajl_handle yajl;
	yajl_callbacks events;	/* those that are wanted now */
	struct builder builder;
	enum stream_place place;
	char key[MAX_KEY];	/* of the top-level member under way */
	off_t value_begin;	/* of the member or element under way */
	off_t array_begin;
	off_t base;		/* offset of the chunk under way */
	off_t last_end;		/* of the token before */
	off_t carried;		/* begin of a token that an earlier chunk
				   ended in; -1: none */
	const char *chunk;
	bool begun;
	bool refused;		/* a callback ended the parse */
};

static off_t token_end(const struct json_stream *s)
{
	return s->base + (off_t)yajl_get_bytes_consumed(s->yajl);
}

/* The first byte at or after last_end, up to limit, that begins a token; -1
 * if there are only separators. */
static off_t find_token(const struct json_stream *s, off_t limit)
{
	off_t at = s->last_end > s->base ? s->last_end : s->base;

	for (; at < limit; at++) {
		char c = s->chunk[at - s->base];

		if (strchr(" \t\r\n,:", c) == NULL || c == '\0')
			return at;
	}
	return -1;
}

/* Called at the end of an event: this token is over. Within a value nobody asks
 * where tokens begin. */
static int pass_token(struct json_stream *s, int ok)
{
	if (s->place != WHOLE && s->builder.root == NULL) {
		s->last_end = token_end(s);
		s->carried = -1;
	}
	return ok;
}

/* Calls the callback for a member or element once it is finished. */
static int deliver(struct json_stream *s)
{
	int refused = 0;
	off_t end;

	if (s->place == WHOLE || !builder_done(&s->builder))
		return 1;
	end = token_end(s);
	if (s->place == IN_ARRAY)
		refused = s->h.on_element(s->h.ctx, s->builder.root,
		    s->value_begin, end);
	else if (s->h.on_member != NULL)
		refused = s->h.on_member(s->h.ctx, s->key, s->builder.root,
		    s->value_begin, end);
	builder_reset(&s->builder);
	s->refused = refused != 0;
	return !s->refused;
}

/* Before a value's first event: notes where it begins. */
static int begin_value(struct json_stream *s)
{
	if (s->place == BEFORE_ROOT || s->place == AFTER_ROOT) {
		s->builder.exceeded = "the document is not an object";
		return 0;
	}
	if (s->place != WHOLE && s->builder.root == NULL)
		s->value_begin = s->carried >= 0 ? s->carried :
		    find_token(s, token_end(s));
	return 1;
}

static int on_scalar(struct json_stream *s, enum json_type type,
    const void *text, size_t len, bool truth)
{
	return pass_token(s, begin_value(s) &&
	    build_scalar(&s->builder, type, text, len, truth) && deliver(s));
}

static int on_null(void *ctx)
{
	return on_scalar(ctx, JSON_NULL, NULL, 0, false);
}

static int on_bool(void *ctx, int truth)
{
	return on_scalar(ctx, JSON_BOOL, NULL, 0, truth != 0);
}

static int on_number(void *ctx, const char *text, size_t len)
{
	return on_scalar(ctx, JSON_NUMBER, text, len, false);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	return on_scalar(ctx, JSON_STRING, text, len, false);
}

static void choose_events(struct json_stream *s);

static int open_value(struct json_stream *s, enum json_type type)
{
	int ok = begin_value(s) && build_open(&s->builder, type);

	if (s->builder.skipped == 0)
		choose_events(s);
	return pass_token(s, ok);
}

static int on_open_object(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->place == BEFORE_ROOT) {
		s->place = IN_ROOT;
		return pass_token(s, 1);
	}
	return open_value(s, JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->place == IN_ROOT && s->builder.root == NULL &&
	    strcmp(s->key, s->h.array) == 0) {
		s->place = IN_ARRAY;
		s->array_begin = token_end(s) - 1;
		return pass_token(s, 1);
	}
	return open_value(s, JSON_ARRAY);
}

static int on_key(void *ctx, const unsigned char *key, size_t len)
{
	struct json_stream *s = ctx;
	size_t n = len < MAX_KEY ? len : MAX_KEY - 1;

	if (s->place == IN_ROOT && s->builder.root == NULL) {
		/* Not the part before a NUL: that is another's name. */
		if (memchr(key, '\0', len) != NULL)
			n = 0;
		memcpy(s->key, key, n);
		s->key[n] = '\0';
	} else {
		s->builder.key = arena_text(&s->builder.arena, key, len);
		s->builder.key_has_nul = memchr(key, '\0', len) != NULL;
	}
	return pass_token(s, 1);
}

/* Of a value, of the array of elements, or of the root. */
static int on_close(void *ctx)
{
	struct json_stream *s = ctx;
	bool ok = true;

	if (s->builder.skipped > 0) {
		s->builder.skipped--;
		return 1;
	}
	if (s->builder.root != NULL) {
		build_close(&s->builder);
		choose_events(s);
		ok = deliver(s);
	} else if (s->place == IN_ARRAY) {
		s->place = IN_ROOT;
		s->refused = s->h.on_array != NULL && s->h.on_array(s->h.ctx,
		    s->array_begin, token_end(s)) != 0;
		ok = !s->refused;
	} else {
		s->place = AFTER_ROOT;
	}
	return pass_token(s, ok);
}

/* Of what is left out only containers are counted: in a document of 300 MB that
 * is nearly everything. */
static void choose_events(struct json_stream *s)
{
	static const yajl_callbacks all = {
		.yajl_null = on_null,
		.yajl_boolean = on_bool,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_open_object,
		.yajl_map_key = on_key,
		.yajl_end_map = on_close,
		.yajl_start_array = on_open_array,
		.yajl_end_array = on_close,
	}, containers = {
		.yajl_start_map = on_open_object,
		.yajl_end_map = on_close,
		.yajl_start_array = on_open_array,
		.yajl_end_array = on_close,
	};

	s->events = is_left_out(&s->builder) ? containers : all;
}

static struct json_stream *stream_new(enum stream_place place)
{
	struct json_stream *s = xcalloc(1, sizeof(*s));

	s->place = place;
	s->carried = -1;
	choose_events(s);
	s->yajl = yajl_alloc(&s->events, NULL, s);
	yajl_config(s->yajl, yajl_dont_validate_strings, 1);
	return s;
}

struct json_stream *json_stream_new(const struct json_stream_handler *h)
{
	struct json_stream *s = stream_new(BEFORE_ROOT);

	s->h = *h;
	s->builder.keep_depth = h->keep_depth;
	return s;
}

/* What is wrong, with its place; nothing if a callback ended the parse. */
static int explain(const struct json_stream *s, long long at,
    struct error *error)
{
	unsigned char *text;

	if (s->refused)
		return -1;
	if (s->builder.exceeded != NULL) {
		error_set(error, ITEM_FAILED, "JSON at byte %lld: %s", at,
		    s->builder.exceeded);
		return -1;
	}
	text = yajl_get_error(s->yajl, 0, NULL, 0);
	error_set(error, ITEM_FAILED, "not valid JSON at byte %lld: %.*s", at,
	    (int)strcspn((const char *)text, "\n"), (const char *)text);
	yajl_free_error(s->yajl, text);
	return -1;
}

/* A byte order mark is no JSON, but exports begin with one. */
static size_t bom_length(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

int json_stream_feed(struct json_stream *s, const char *data, size_t len,
    struct error *error)
{
	/* Nobody feeds the first three bytes apart. */
	if (!s->begun && len > 0) {
		size_t skip = bom_length(data, len);

		s->begun = true;
		s->base += (off_t)skip;
		data += skip;
		len -= skip;
	}
	s->chunk = data;
	if (yajl_parse(s->yajl, (const unsigned char *)data, len) !=
	    yajl_status_ok)
		return explain(s, token_end(s), error);
	if (s->carried < 0 && s->builder.root == NULL)
		s->carried = find_token(s, s->base + (off_t)len);
	s->base += (off_t)len;
	return 0;
}

int json_stream_finish(struct json_stream *s, struct error *error)
{
	if (yajl_complete_parse(s->yajl) != yajl_status_ok)
		return explain(s, s->base, error);
	if (s->place == AFTER_ROOT || s->place == WHOLE)
		return 0;
	error_set(error, ITEM_FAILED, "JSON is empty");
	return -1;
}

void json_stream_free(struct json_stream *s)
{
	if (s == NULL)
		return;
	yajl_free(s->yajl);
	arena_free(&s->builder.arena, false);
	free(s);
}

struct json *json_parse(const char *text, size_t len, struct error *error)
{
	struct json_stream *s;
	struct json *root;

	if (len > MAX_TEXT) {
		error_set(error, ITEM_FAILED, "JSON text of %zu bytes is over "
		    "the limit of %u", len, MAX_TEXT);
		return NULL;
	}
	s = stream_new(WHOLE);
	if (json_stream_feed(s, text, len, error) != 0 ||
	    json_stream_finish(s, error) != 0) {
		json_stream_free(s);
		return NULL;
	}
	/* The root has no sibling: its link leads to what must be freed. */
	root = s->builder.root;
	root->next = (struct json *)(void *)s;
	return root;
}

struct json *json_read(const char *path, size_t max)
{
	struct buf text = BUF_INIT;
	struct json *v = NULL;

	if (file_read(path, max, &text) == 0)
		v = json_parse(buf_str(&text), text.len, NULL);
	buf_free(&text);
	return v;
}

void json_free(struct json *root)
{
	if (root != NULL)
		json_stream_free((struct json_stream *)(void *)root->next);
}
