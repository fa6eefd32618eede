/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fields: how the index spells a record: a 64-bit hash of the rest, then
 * fields, each a tag with its type and a value. They are read in place, and
 * unknown tags are skipped, so that fields can be added. A field that is 0 or
 * empty is not written, and one that is missing is 0 or empty.
 *
 * A tag keeps its number and type for ever; those of removed fields are not
 * used again. Any bytes are safe to read: what is malformed ends the record.
 * Private to index/.
 */
#ifndef INDEX_FIELDS_H
#define INDEX_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* ---- one field ---- */

enum field_type { FIELD_NUMBER, FIELD_REAL, FIELD_BYTES };

struct field {
	uint32_t tag;		/* 1 .. 2^29 - 1 */
	enum field_type type;
	int64_t number;
	double real;
	const uint8_t *bytes;	/* borrowed from the record */
	size_t len;
};

void field_put_number(struct buf *b, uint32_t tag, int64_t n);
void field_put_real(struct buf *b, uint32_t tag, double d);
void field_put_bytes(struct buf *b, uint32_t tag, const void *data, size_t len);
void field_put_text(struct buf *b, uint32_t tag, const char *text); /* or NULL */

/* The fields that are still to be read. */
struct fields {
	const uint8_t *at, *end;
};

/* The next field; false: there is none, or it is malformed. */
bool fields_next(struct fields *f, struct field *out);
/* The fields within a field of bytes. */
struct fields fields_within(const struct field *f);

/* ---- a whole record ---- */

/* Starts a record at the end of b, and fills in its hash when the fields are
 * written; begin is what the first returned. */
size_t record_begin(struct buf *b);
void record_end(struct buf *b, size_t begin);
/* The fields of a record; none, if its hash is wrong. */
struct fields record_fields(const void *data, size_t len);
/* The hash that it has, right or not; 0: too short. */
uint64_t record_hash(const void *data, size_t len);

/* ---- members of a struct, by a table ---- */

enum record_kind {
	AS_TEXT,		/* char *, owned, NULL or not empty */
	AS_CHARS,		/* char[size] */
	AS_HEX,		/* char[size], lower-case hex digits */
	AS_INT, AS_INT64, AS_BOOL,
	AS_DOUBLE
};

struct record_field {
	uint32_t tag;
	enum record_kind kind;
	size_t offset, size;	/* size: of an array */
};

/* The row of a table for member m of struct s. */
#define RECORD_FIELD(tag, kind, s, m) { tag, kind, offsetof(struct s, m), \
	sizeof(((struct s *)0)->m) }

void record_put(struct buf *b, const struct record_field *table, size_t count,
    const void *record);
/* Stores f in its member; false if the table has no such tag, or f is of
 * another type. A text that was there is freed. */
bool record_set(const struct record_field *table, size_t count,
    const struct field *f, void *record);

#endif
