/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading JSON: nodes, the builder that makes them of yajl's events, and the
 * stream. Nodes live in an arena that is dropped as a whole, so that a
 * document of 30,000 entries costs no more memory than its largest.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

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

/* Keeps one ordinary block for the next tree. */
static void arena_reset(struct arena *a)
{
	struct block *b = a->blocks, *next;

	while (b != NULL && b->next != NULL) {
		next = b->next;
		free(b);
		b = next;
	}
	if (b != NULL && b->size > ARENA_BLOCK) {
		free(b);
		b = NULL;
	}
	if (b != NULL)
		b->used = 0;
	a->blocks = b;
}

static void arena_free(struct arena *a)
{
	for (struct block *b = a->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->blocks = NULL;
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
	arena_reset(&b->arena);
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
	struct json *v;

	if (is_left_out(b))
		return 1;
	v = add_node(b, type);
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

/* Lays the children out as an array, so that they can be had by number. */
static void close_container(struct builder *b, struct json *v)
{
	size_t i = 0;

	if (v->count == 0)
		return;
	v->items = arena_take(&b->arena, v->count * sizeof(*v->items));
	for (struct json *c = v->first; c != NULL; c = c->next)
		v->items[i++] = c;
}

static int build_close(struct builder *b)
{
	if (b->skipped > 0)
		b->skipped--;
	else
		close_container(b, b->open[--b->depth]);
	return 1;
}

static int build_key(struct builder *b, const unsigned char *key, size_t len)
{
	if (!is_left_out(b)) {
		b->key = arena_text(&b->arena, key, len);
		b->key_has_nul = memchr(key, '\0', len) != NULL;
	}
	return 1;
}

/* ---- yajl's events, for a tree ---- */

static int tree_null(void *ctx)
{
	return build_scalar(ctx, JSON_NULL, NULL, 0, false);
}

static int tree_bool(void *ctx, int truth)
{
	return build_scalar(ctx, JSON_BOOL, NULL, 0, truth != 0);
}

static int tree_number(void *ctx, const char *text, size_t len)
{
	return build_scalar(ctx, JSON_NUMBER, text, len, false);
}

static int tree_string(void *ctx, const unsigned char *text, size_t len)
{
	return build_scalar(ctx, JSON_STRING, text, len, false);
}

static int tree_open_object(void *ctx)
{
	return build_open(ctx, JSON_OBJECT);
}

static int tree_open_array(void *ctx)
{
	return build_open(ctx, JSON_ARRAY);
}

static int tree_key(void *ctx, const unsigned char *key, size_t len)
{
	return build_key(ctx, key, len);
}

static int tree_close(void *ctx)
{
	return build_close(ctx);
}

static const yajl_callbacks tree_events = {
	.yajl_null = tree_null,
	.yajl_boolean = tree_bool,
	.yajl_number = tree_number,
	.yajl_string = tree_string,
	.yajl_start_map = tree_open_object,
	.yajl_map_key = tree_key,
	.yajl_end_map = tree_close,
	.yajl_start_array = tree_open_array,
	.yajl_end_array = tree_close,
};

/* What is wrong, with its place; exceeded is the builder's, or NULL. */
static void explain(yajl_handle h, const char *exceeded, off_t offset,
    struct error *error)
{
	unsigned char *text;

	if (exceeded != NULL) {
		error_set(error, ITEM_FAILED, "JSON at byte %lld: %s",
		    (long long)offset, exceeded);
		return;
	}
	text = yajl_get_error(h, 0, NULL, 0);
	error_set(error, ITEM_FAILED, "not valid JSON at byte %lld: %.*s",
	    (long long)offset, (int)strcspn((const char *)text, "\n"),
	    (const char *)text);
	yajl_free_error(h, text);
}

/* A byte order mark is no JSON, but exports begin with one. */
static size_t bom_length(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

struct json *json_parse(const char *text, size_t len, struct error *error)
{
	struct builder *b;
	struct json *v = NULL;
	size_t skip = bom_length(text, len);
	yajl_handle h;
	yajl_status status;

	if (len > MAX_TEXT) {
		error_set(error, ITEM_FAILED, "JSON text of %zu bytes is over "
		    "the limit of %u", len, MAX_TEXT);
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	h = yajl_alloc(&tree_events, NULL, b);
	yajl_config(h, yajl_dont_validate_strings, 1);
	status = yajl_parse(h, (const unsigned char *)text + skip,
	    len - skip);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(h);
	if (status == yajl_status_ok && builder_done(b))
		v = b->root;
	else
		explain(h, b->exceeded,
		    (off_t)(yajl_get_bytes_consumed(h) + skip), error);
	yajl_free(h);
	if (v == NULL) {
		arena_free(&b->arena);
		free(b);
		return NULL;
	}
	/* The root has no sibling: its link leads to what must be freed. */
	v->next = (struct json *)(void *)b;
	return v;
}

void json_free(struct json *root)
{
	struct builder *b;

	if (root == NULL)
		return;
	b = (struct builder *)(void *)root->next;
	arena_free(&b->arena);
	free(b);
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
	BEFORE_ROOT, IN_ROOT, IN_ARRAY, AFTER_ROOT
};

struct json_stream {
	struct json_stream_handler h;
	yajl_handle yajl;
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

static off_t token_begin(const struct json_stream *s)
{
	return s->carried >= 0 ? s->carried : find_token(s, token_end(s));
}

/* Called at the end of each event: this token is over. */
static int pass_token(struct json_stream *s, int ok)
{
	s->last_end = token_end(s);
	s->carried = -1;
	return ok;
}

/* Hands the finished member or element to its callback. */
static int deliver(struct json_stream *s)
{
	off_t end = token_end(s);
	int refused = 0;

	if (!builder_done(&s->builder))
		return 1;
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
	if (s->builder.root == NULL)
		s->value_begin = token_begin(s);
	return 1;
}

static int stream_scalar(struct json_stream *s, enum json_type type,
    const void *text, size_t len, bool truth)
{
	return pass_token(s, begin_value(s) &&
	    build_scalar(&s->builder, type, text, len, truth) && deliver(s));
}

static int stream_null(void *ctx)
{
	return stream_scalar(ctx, JSON_NULL, NULL, 0, false);
}

static int stream_bool(void *ctx, int truth)
{
	return stream_scalar(ctx, JSON_BOOL, NULL, 0, truth != 0);
}

static int stream_number(void *ctx, const char *text, size_t len)
{
	return stream_scalar(ctx, JSON_NUMBER, text, len, false);
}

static int stream_string(void *ctx, const unsigned char *text, size_t len)
{
	return stream_scalar(ctx, JSON_STRING, text, len, false);
}

static int stream_open_object(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->place == BEFORE_ROOT) {
		s->place = IN_ROOT;
		return pass_token(s, 1);
	}
	return pass_token(s, begin_value(s) &&
	    build_open(&s->builder, JSON_OBJECT));
}

static int stream_open_array(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->place == IN_ROOT && s->builder.root == NULL &&
	    strcmp(s->key, s->h.array) == 0) {
		s->place = IN_ARRAY;
		s->array_begin = token_end(s) - 1;
		return pass_token(s, 1);
	}
	return pass_token(s, begin_value(s) &&
	    build_open(&s->builder, JSON_ARRAY));
}

static int stream_key(void *ctx, const unsigned char *key, size_t len)
{
	struct json_stream *s = ctx;

	if (s->place == IN_ROOT && s->builder.root == NULL) {
		size_t n = len < MAX_KEY ? len : MAX_KEY - 1;

		/* Not what stands before the NUL: that is another's name. */
		if (memchr(key, '\0', len) != NULL)
			n = 0;
		memcpy(s->key, key, n);
		s->key[n] = '\0';
		return pass_token(s, 1);
	}
	return pass_token(s, build_key(&s->builder, key, len));
}

static int stream_close_object(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->builder.root != NULL)
		return pass_token(s, build_close(&s->builder) && deliver(s));
	s->place = AFTER_ROOT;
	return pass_token(s, 1);
}

static int stream_close_array(void *ctx)
{
	struct json_stream *s = ctx;

	if (s->builder.root != NULL)
		return pass_token(s, build_close(&s->builder) && deliver(s));
	s->place = IN_ROOT;
	if (s->h.on_array != NULL && s->h.on_array(s->h.ctx, s->array_begin,
	    token_end(s)) != 0)
		s->refused = true;
	return pass_token(s, !s->refused);
}

static const yajl_callbacks stream_events = {
	.yajl_null = stream_null,
	.yajl_boolean = stream_bool,
	.yajl_number = stream_number,
	.yajl_string = stream_string,
	.yajl_start_map = stream_open_object,
	.yajl_map_key = stream_key,
	.yajl_end_map = stream_close_object,
	.yajl_start_array = stream_open_array,
	.yajl_end_array = stream_close_array,
};

struct json_stream *json_stream_new(const struct json_stream_handler *h)
{
	struct json_stream *s = xcalloc(1, sizeof(*s));

	s->h = *h;
	s->builder.keep_depth = h->keep_depth;
	s->carried = -1;
	s->yajl = yajl_alloc(&stream_events, NULL, s);
	yajl_config(s->yajl, yajl_dont_validate_strings, 1);
	return s;
}

int json_stream_feed(struct json_stream *s, const char *data, size_t len,
    struct error *error)
{
	yajl_status status;

	/* A mark that is split between pieces is no mark to us; nobody feeds
	 * the first three bytes apart. */
	if (!s->begun && len > 0) {
		size_t skip = bom_length(data, len);

		s->begun = true;
		s->base += (off_t)skip;
		data += skip;
		len -= skip;
	}
	s->chunk = data;
	status = yajl_parse(s->yajl, (const unsigned char *)data, len);
	if (status != yajl_status_ok) {
		if (!s->refused)
			explain(s->yajl, s->builder.exceeded, token_end(s),
			    error);
		return -1;
	}
	if (s->carried < 0)
		s->carried = find_token(s, s->base + (off_t)len);
	s->base += (off_t)len;
	return 0;
}

int json_stream_finish(struct json_stream *s, struct error *error)
{
	if (yajl_complete_parse(s->yajl) != yajl_status_ok) {
		explain(s->yajl, s->builder.exceeded, s->base, error);
		return -1;
	}
	if (s->place == AFTER_ROOT)
		return 0;
	error_set(error, ITEM_FAILED, "JSON is empty");
	return -1;
}

void json_stream_free(struct json_stream *s)
{
	if (s == NULL)
		return;
	yajl_free(s->yajl);
	arena_free(&s->builder.arena);
	free(s);
}
