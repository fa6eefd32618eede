/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing JSON: text out, through yajl's generator, into a buf. */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

struct json_writer {
	yajl_gen gen;
	struct buf out;
	int depth;
	int left_out;		/* levels open beyond the deepest */
	bool is_array[JSON_MAX_WRITTEN];
};

static void append(void *ctx, const char *text, size_t len)
{
	buf_append(ctx, text, len);
}

struct json_writer *json_writer_new(bool indent)
{
	struct json_writer *w = xcalloc(1, sizeof(*w));

	w->gen = yajl_gen_alloc(NULL);
	yajl_gen_config(w->gen, yajl_gen_print_callback, append, &w->out);
	if (indent) {
		yajl_gen_config(w->gen, yajl_gen_beautify, 1);
		yajl_gen_config(w->gen, yajl_gen_indent_string, "  ");
	}
	return w;
}

/* Writes text with U+FFFD for each byte that is no UTF-8. */
static void put_text(struct json_writer *w, const char *text)
{
	size_t len = strlen(text);
	struct buf clean = BUF_INIT;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(text + i, len - i);

		if (n > 0)
			buf_append(&clean, text + i, n);
		else
			buf_puts(&clean, "\xef\xbf\xbd");
		i += n > 0 ? n : 1;
	}
	yajl_gen_string(w->gen, (const unsigned char *)buf_str(&clean),
	    clean.len);
	buf_free(&clean);
}

/* False where nothing is written: within what is left out. */
static bool put_key(struct json_writer *w, const char *key)
{
	if (w->left_out > 0)
		return false;
	if (key != NULL)
		put_text(w, key);
	return true;
}

static void open_container(struct json_writer *w, const char *key,
    bool is_array)
{
	if (w->depth == JSON_MAX_WRITTEN) {
		json_put_null(w, key);
		w->left_out++;
		return;
	}
	put_key(w, key);
	if (is_array)
		yajl_gen_array_open(w->gen);
	else
		yajl_gen_map_open(w->gen);
	w->is_array[w->depth++] = is_array;
}

void json_open_object(struct json_writer *w, const char *key)
{
	open_container(w, key, false);
}

void json_open_array(struct json_writer *w, const char *key)
{
	open_container(w, key, true);
}

void json_close(struct json_writer *w)
{
	if (w->left_out > 0)
		w->left_out--;
	else if (w->is_array[--w->depth])
		yajl_gen_array_close(w->gen);
	else
		yajl_gen_map_close(w->gen);
}

void json_put_string(struct json_writer *w, const char *key, const char *v)
{
	if (v == NULL)
		json_put_null(w, key);
	else if (put_key(w, key))
		put_text(w, v);
}

void json_put_string_if(struct json_writer *w, const char *key,
    const char *v)
{
	if (v != NULL && *v != '\0')
		json_put_string(w, key, v);
}

void json_put_raw(struct json_writer *w, const char *key, const char *v,
    size_t len)
{
	/* yajl writes a number as it is given. */
	if (put_key(w, key))
		yajl_gen_number(w->gen, v, len);
}

void json_put_int(struct json_writer *w, const char *key, int64_t v)
{
	if (put_key(w, key))
		yajl_gen_integer(w->gen, v);
}

#define MAX_FIXED 6		/* decimals */

/* v in out as printf's %f has it, in a tenth of the time: documents have
 * hundreds of numbers an entry. 0: v is too large, or so near to the middle of
 * two results that only an exact computation tells. */
static size_t print_fixed(char *out, double v, int decimals)
{
	static const uint64_t powers[MAX_FIXED + 1] = { 1, 10, 100, 1000,
		10000, 100000, 1000000 };
	char digits[24];
	size_t len = 0, n = 0;
	double scaled, part;
	uint64_t whole;

	if (decimals < 0 || decimals > MAX_FIXED)
		return 0;
	scaled = fabs(v) * (double)powers[decimals];
	if (!(scaled < 1e12))
		return 0;
	whole = (uint64_t)scaled;
	part = scaled - (double)whole;
	/* The product is off by less than 0.0002. */
	if (fabs(part - 0.5) < 1e-3)
		return 0;
	whole += part > 0.5;
	if (signbit(v))
		out[len++] = '-';
	do {
		digits[n++] = (char)('0' + whole % 10);
		whole /= 10;
		if (n == (size_t)decimals)
			digits[n++] = '.';
	} while (whole > 0 || n <= (size_t)decimals + (decimals > 0));
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

void json_put_double(struct json_writer *w, const char *key, double v,
    int decimals)
{
	char text[400];		/* the longest double in %f has 317 */
	size_t len;

	if (!isfinite(v)) {
		json_put_null(w, key);
		return;
	}
	len = print_fixed(text, v, decimals);
	if (len == 0)
		len = (size_t)snprintf(text, sizeof(text), "%.*f", decimals, v);
	while (decimals > 0 && text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	if (len == 2 && memcmp(text, "-0", 2) == 0)
		text[--len - 1] = '0';
	json_put_raw(w, key, text, len);
}

void json_put_bool(struct json_writer *w, const char *key, bool v)
{
	if (put_key(w, key))
		yajl_gen_bool(w->gen, v);
}

void json_put_null(struct json_writer *w, const char *key)
{
	if (put_key(w, key))
		yajl_gen_null(w->gen);
}

void json_put_time(struct json_writer *w, const char *key, int64_t t)
{
	char text[ISO_TIME_LEN];

	time_to_iso(t, text);
	json_put_string(w, key, t > 0 ? text : NULL);
}

void json_put_tree(struct json_writer *w, const char *key,
    const struct json *v)
{
	bool is_object = json_type(v) == JSON_OBJECT;

	switch (json_type(v)) {
	case JSON_NULL:
		json_put_null(w, key);
		break;
	case JSON_BOOL:
		json_put_bool(w, key, json_bool(v, false));
		break;
	case JSON_NUMBER:
		json_put_double(w, key, json_double(v, 0), 9);
		break;
	case JSON_STRING:
		json_put_string(w, key, json_string(v));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		open_container(w, key, !is_object);
		for (size_t i = 0; i < json_count(v); i++)
			json_put_tree(w, json_key_at(v, i), is_object ?
			    json_value_at(v, i) : json_at(v, i));
		json_close(w);
		break;
	}
}

char *json_writer_end(struct json_writer *w, size_t *len)
{
	char *text;

	while (w->depth > 0)
		json_close(w);
	while (w->out.len > 0 && w->out.data[w->out.len - 1] == '\n')
		w->out.data[--w->out.len] = '\0';
	if (len != NULL)
		*len = w->out.len;
	text = buf_take(&w->out);
	yajl_gen_free(w->gen);
	free(w);
	return text;
}

enum outcome json_write(struct json_writer *w, const char *path,
    struct error *error)
{
	size_t len;
	char *text = json_writer_end(w, &len);
	enum outcome o = DONE;

	if (file_write(path, text, len, 0600) != 0)
		o = file_cant_write(path, errno, RUN_FAILED, error);
	free(text);
	return o;
}
