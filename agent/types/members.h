/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * members: the plain members of a struct as a table, by which it is written to
 * JSON, read back, copied and freed. Anything that is absent from the JSON, of
 * another type or out of range is read as the member's fallback.
 *
 *	static const struct member members[] = {
 *		MEMBER("title", TEXT, candidate, title),
 *		MEMBER("energy", INT, tags, energy, .low = 1, .high = 10),
 *		MEMBERS_END
 *	};
 */
#ifndef TYPES_MEMBERS_H
#define TYPES_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct json;
struct json_writer;

enum member_kind {
	MEMBER_TEXT,	/* char *, owned; "" is read as NULL */
	MEMBER_CHARS,	/* char[N], "" if the text does not fit */
	MEMBER_HEX,	/* char[N], "" if not of exactly N - 1 hex digits */
	MEMBER_BOOL, MEMBER_INT,
	MEMBER_INT64,	/* also uint64_t below 2^63 */
	MEMBER_SIZE, MEMBER_DOUBLE,
	MEMBER_TIME	/* int64_t, Unix seconds; as text */
};

struct member {
	const char *name;	/* in JSON; NULL ends the table */
	enum member_kind kind;
	size_t offset, size;
	double low, high;	/* of a number; high 0: the kind's own limit */
	double fallback;	/* of a number; of others 0, NULL or "" */
	int decimals;		/* of a double, as written */
	bool always;		/* written also if it is the fallback; a text
				   is then "" in place of NULL */
};

#define MEMBER(json_name, type, in, field, ...) { .name = (json_name), \
	.kind = MEMBER_##type, .offset = offsetof(struct in, field), \
	.size = sizeof(((struct in *)NULL)->field), __VA_ARGS__ }
#define MEMBERS_END { .name = NULL }

/* Into an object of w that is open. */
void members_write(const struct member *table, const void *object,
    struct json_writer *w);
/* The same, as an object of their own. */
void members_to_json(const struct member *table, const void *object,
    struct json_writer *w, const char *key);
/* Overwrites all members in the table; frees nothing. */
void members_read(const struct member *table, void *object,
    const struct json *v);
/* After *to = *from: gives to its own copies of the texts. */
void members_own(const struct member *table, void *to);
void members_free(const struct member *table, void *object);

#endif
