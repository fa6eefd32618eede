/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/fields.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fast_hash.h"
#include "base/hash.h"
#include "base/mem.h"

#define TYPE_BITS 2		/* of a tag's number */
#define MAX_VARINT 10		/* bytes that 64 bits take */

/* ---- writing ---- */

/* Seven bits a byte, the low ones first; the last byte is below 128. */
static void put_varint(struct buf *b, uint64_t n)
{
	char bytes[MAX_VARINT];
	size_t len = 0;

	for (; n >= 128; n >>= 7)
		bytes[len++] = (char)(n | 128);
	bytes[len++] = (char)n;
	buf_append(b, bytes, len);
}

static void put_tag(struct buf *b, uint32_t tag, enum field_type type)
{
	put_varint(b, (uint64_t)tag << TYPE_BITS | type);
}

/* Small numbers of either sign are short. */
void field_put_number(struct buf *b, uint32_t tag, int64_t n)
{
	if (n == 0)
		return;
	put_tag(b, tag, FIELD_NUMBER);
	put_varint(b, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

void field_put_real(struct buf *b, uint32_t tag, double d)
{
	if (!(d < 0 || d > 0))
		return;
	put_tag(b, tag, FIELD_REAL);
	buf_append(b, &d, sizeof(d));
}

void field_put_bytes(struct buf *b, uint32_t tag, const void *data, size_t len)
{
	if (len == 0)
		return;
	put_tag(b, tag, FIELD_BYTES);
	put_varint(b, len);
	buf_append(b, data, len);
}

void field_put_text(struct buf *b, uint32_t tag, const char *text)
{
	if (text != NULL)
		field_put_bytes(b, tag, text, strlen(text));
}

/* ---- reading ---- */

static bool get_varint(struct fields *f, uint64_t *out)
{
	*out = 0;
	for (int shift = 0; f->at < f->end && shift < 64; shift += 7) {
		uint8_t byte = *f->at++;

		*out |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

static bool get_value(struct fields *f, struct field *out)
{
	uint64_t n;

	if (out->type == FIELD_REAL) {
		if ((size_t)(f->end - f->at) < sizeof(out->real))
			return false;
		memcpy(&out->real, f->at, sizeof(out->real));
		f->at += sizeof(out->real);
		return true;
	}
	if (!get_varint(f, &n))
		return false;
	if (out->type == FIELD_NUMBER) {
		out->number = (int64_t)(n >> 1 ^ -(n & 1));
		return true;
	}
	if (n > (size_t)(f->end - f->at))
		return false;
	out->bytes = f->at;
	out->len = (size_t)n;
	f->at += n;
	return true;
}

bool fields_next(struct fields *f, struct field *out)
{
	uint64_t n;

	memset(out, 0, sizeof(*out));
	if (get_varint(f, &n) && n >> TYPE_BITS <= UINT32_MAX >> TYPE_BITS &&
	    (n & 3) <= FIELD_BYTES) {
		out->tag = (uint32_t)(n >> TYPE_BITS);
		out->type = (enum field_type)(n & 3);
		if (get_value(f, out))
			return true;
	}
	f->at = f->end;
	return false;
}

struct fields fields_within(const struct field *f)
{
	return (struct fields){ .at = f->bytes, .end = f->bytes + f->len };
}

/* ---- records ---- */

size_t record_begin(struct buf *b)
{
	static const uint64_t hash;
	size_t begin = b->len;

	buf_append(b, &hash, sizeof(hash));
	return begin;
}

void record_end(struct buf *b, size_t begin)
{
	char *from = b->data + begin + sizeof(uint64_t);
	uint64_t hash = fast_hash64(from, (size_t)(b->data + b->len - from));

	memcpy(b->data + begin, &hash, sizeof(hash));
}

uint64_t record_hash(const void *data, size_t len)
{
	uint64_t hash = 0;

	if (len >= sizeof(hash))
		memcpy(&hash, data, sizeof(hash));
	return hash;
}

struct fields record_fields(const void *data, size_t len)
{
	const uint8_t *from = data;

	if (len < sizeof(uint64_t) || fast_hash64(from + sizeof(uint64_t),
	    len - sizeof(uint64_t)) != record_hash(data, len))
		return (struct fields){ NULL, NULL };
	return (struct fields){ from + sizeof(uint64_t), from + len };
}

/* ---- members ---- */

static void put_hex(struct buf *b, uint32_t tag, const char *digits)
{
	uint8_t bytes[64];
	size_t len = strlen(digits) / 2;

	if (len <= sizeof(bytes) && hex_decode(digits, bytes, len) == 0)
		field_put_bytes(b, tag, bytes, len);
}

static void put_member(struct buf *b, const struct record_field *m, const void *at)
{
	switch (m->kind) {
	case AS_TEXT:
		field_put_text(b, m->tag, *(char *const *)at);
		break;
	case AS_CHARS:
		field_put_text(b, m->tag, at);
		break;
	case AS_HEX:
		put_hex(b, m->tag, at);
		break;
	case AS_INT:
		field_put_number(b, m->tag, *(const int *)at);
		break;
	case AS_INT64:
		field_put_number(b, m->tag, *(const int64_t *)at);
		break;
	case AS_BOOL:
		field_put_number(b, m->tag, *(const bool *)at);
		break;
	case AS_DOUBLE:
		field_put_real(b, m->tag, *(const double *)at);
		break;
	}
}

void record_put(struct buf *b, const struct record_field *table, size_t count,
    const void *record)
{
	for (size_t i = 0; i < count; i++)
		put_member(b, &table[i],
		    (const char *)record + table[i].offset);
}

static void set_bytes(const struct record_field *m, const struct field *f, void *at)
{
	size_t len = f->len < m->size ? f->len : m->size - 1;
	char **text = at;

	if (m->kind == AS_TEXT) {
		free(*text);
		*text = xstrndup((const char *)f->bytes, f->len);
		return;
	}
	memset(at, 0, m->size);
	if (m->kind == AS_CHARS)
		memcpy(at, f->bytes, len);
	else if (2 * f->len + 1 == m->size)
		hex_encode(f->bytes, f->len, at);
}

static void set_number(const struct record_field *m, int64_t n, void *at)
{
	if (m->kind == AS_INT64)
		*(int64_t *)at = n;
	else if (m->kind == AS_BOOL)
		*(bool *)at = n != 0;
	else if (n >= INT_MIN && n <= INT_MAX)
		*(int *)at = (int)n;
}

bool record_set(const struct record_field *table, size_t count,
    const struct field *f, void *record)
{
	for (size_t i = 0; i < count; i++) {
		const struct record_field *m = &table[i];
		char *at = (char *)record + m->offset;
		enum field_type type = m->kind <= AS_HEX ? FIELD_BYTES :
		    m->kind == AS_DOUBLE ? FIELD_REAL : FIELD_NUMBER;

		if (m->tag != f->tag)
			continue;
		if (type != f->type)
			return false;
		if (type == FIELD_BYTES)
			set_bytes(m, f, at);
		else if (type == FIELD_NUMBER)
			set_number(m, f->number, at);
		else
			*(double *)(void *)at = f->real;
		return true;
	}
	return false;
}
