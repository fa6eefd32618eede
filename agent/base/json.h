/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json: reading and writing JSON with yajl, which only json*.c use:
 *
 *  - json_parse: a small document as a tree;
 *  - json_stream: a document of any size, in pieces of any size, of which each
 *    element of one top-level array arrives as a tree with its place in bytes;
 *  - json_writer: text out, into a buf.
 *
 * Input is from outside: bytes, depth and nodes have limits, beyond which it is
 * an error. Strings are UTF-8 (a lone low surrogate escape, as Python
 * writes the bytes of odd file names, reads as its three-byte form; a lone
 * high one as '?'); bytes that are not valid UTF-8 are passed on. A NUL inside
 * a string ends it for json_string; a member whose name has one is found under
 * no name, and in a stream it is called "". Duplicate keys: the last one
 * counts.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/outcome.h"

enum json_type {
	JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

struct json;		/* a node; freed with its root */

/* Limits of a tree: one parse, or one element of a stream. */
#define JSON_MAX_DEPTH 64
#define JSON_MAX_NODES 1000000
#define JSON_MAX_SKIPPED 1000000	/* levels below keep_depth */

/* The whole text as one value, or NULL with error filled (with the byte offset
 * of what is wrong). */
struct json *json_parse(const char *text, size_t len, struct error *error);
/* A file of ours of at most max bytes. NULL if it can't be read as JSON. */
struct json *json_read(const char *path, size_t max);
void json_free(struct json *root);	/* NULL allowed */

/* All readers take NULL or a node of another type and then give NULL, the
 * fallback or 0: absent, null and mistyped values read alike. */
enum json_type json_type(const struct json *v);	/* NULL: JSON_NULL */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t i);
size_t json_count(const struct json *array_or_object);
const char *json_key_at(const struct json *object, size_t i);
const struct json *json_value_at(const struct json *object, size_t i);

const char *json_string(const struct json *v);
const char *json_whole_string(const struct json *v); /* NULL if cut by a NUL */
/* A number, also one written as a string. */
double json_double(const struct json *v, double fallback);
int64_t json_int(const struct json *v, int64_t fallback); /* truncates */
bool json_bool(const struct json *v, bool fallback);

/* json_string(json_get(object, key)) and so on. */
const char *json_get_string(const struct json *object, const char *key);
double json_get_double(const struct json *object, const char *key,
    double fallback);
int64_t json_get_int(const struct json *object, const char *key,
    int64_t fallback);
bool json_get_bool(const struct json *object, const char *key, bool fallback);

/*
 * The stream. The document must be an object. For each element of its member
 * `array` (if that is an array) on_element is called; for each other
 * top-level member, on_member, with the member's key. begin and end are
 * offsets from the first byte fed, of the value's first byte and of the byte
 * after its last. The tree is freed when the call returns. A callback that
 * returns non-zero ends the parse: json_stream_feed then returns -1 and leaves
 * error untouched.
 *
 * keep_depth bounds memory for entries with long inner lists: containers
 * deeper than that below the element arrive empty (1: the element's own
 * members only, inner objects and arrays empty), and may be nested as deeply
 * as JSON_MAX_SKIPPED says. 0: everything is kept.
 */
struct json_stream_handler {
	const char *array;
	int keep_depth;
	int (*on_element)(void *ctx, const struct json *element, off_t begin,
	    off_t end);
	int (*on_member)(void *ctx, const char *key, const struct json *value,
	    off_t begin, off_t end);	/* may be NULL */
	/* The place of the array's '[' and of the byte after its ']'. May be
	 * NULL. */
	int (*on_array)(void *ctx, off_t begin, off_t end);
	void *ctx;
};

struct json_stream *json_stream_new(const struct json_stream_handler *h);
/* 0, or -1 with error filled if it is not JSON or over a limit. */
int json_stream_feed(struct json_stream *s, const char *data, size_t len,
    struct error *error);
/* After the last byte: -1 if the document is not complete. */
int json_stream_finish(struct json_stream *s, struct error *error);
void json_stream_free(struct json_stream *s);	/* NULL allowed */

/*
 * The writer. Calls nest as the text does; json_writer_end closes what is open,
 * returns the text (caller frees) and frees the writer. key NULL: an array's
 * element or the root. Strings that are not valid UTF-8 are written with U+FFFD
 * in place of each bad byte. A container deeper than JSON_MAX_WRITTEN becomes
 * null.
 */
#define JSON_MAX_WRITTEN 96	/* a tree of JSON_MAX_DEPTH, well inside; what
				   yajl can write ends at 128 */
struct json_writer *json_writer_new(bool indent);
void json_open_object(struct json_writer *w, const char *key);
void json_open_array(struct json_writer *w, const char *key);
void json_close(struct json_writer *w);
void json_put_string(struct json_writer *w, const char *key, const char *v);
						/* v NULL: null */
void json_put_string_if(struct json_writer *w, const char *key,
    const char *v);				/* v NULL or "": nothing */
void json_put_int(struct json_writer *w, const char *key, int64_t v);
/* Rounded to decimals, trailing zeros dropped; not finite: null. */
void json_put_double(struct json_writer *w, const char *key, double v,
    int decimals);
void json_put_bool(struct json_writer *w, const char *key, bool v);
void json_put_null(struct json_writer *w, const char *key);
/* Unix seconds as 2026-11-19T20:15:42Z; null if not positive. */
void json_put_time(struct json_writer *w, const char *key, int64_t t);
void json_put_tree(struct json_writer *w, const char *key,
    const struct json *v);
/* v is JSON text already; it is not checked. */
void json_put_raw(struct json_writer *w, const char *key, const char *v,
    size_t len);
char *json_writer_end(struct json_writer *w, size_t *len /* or NULL */);
/* Ends the text and replaces the file with it (file_write, mode 0600). The
 * error is file_cant_write's, RUN_FAILED or RUN_ACT. */
enum outcome json_write(struct json_writer *w, const char *path,
    struct error *error);

#endif
