/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/members.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_INTEGER 9e18	/* that int64_t holds for certain */

/* One member of any kind, apart from its struct. */
union value {
	char *text;
	bool yes;
	int number;
	int64_t integer;
	size_t size;
	double real;
};

static union value value_of(const struct member *m, const void *object)
{
	union value v = { .integer = 0 };

	memcpy(&v, (const char *)object + m->offset, m->size < sizeof(v) ?
	    m->size : sizeof(v));
	return v;
}

void members_write(const struct member *m, const void *object,
    struct json_writer *w)
{
	for (; m->name != NULL; m++) {
		union value v = value_of(m, object);
		const char *text = m->kind == MEMBER_TEXT ? v.text :
		    (const char *)object + m->offset;
		int64_t n = m->kind == MEMBER_INT ? v.number :
		    m->kind == MEMBER_SIZE ? (int64_t)v.size : v.integer;

		switch (m->kind) {
		case MEMBER_TEXT:
		case MEMBER_CHARS:
		case MEMBER_HEX:
			if (m->always || (text != NULL && *text != '\0'))
				json_put_string(w, m->name, text != NULL ?
				    text : "");
			break;
		case MEMBER_BOOL:
			if (m->always || v.yes)
				json_put_bool(w, m->name, v.yes);
			break;
		case MEMBER_TIME:
			if (m->always || n > 0)
				json_put_time(w, m->name, n);
			break;
		case MEMBER_DOUBLE:
			if (m->always || fabs(v.real - m->fallback) > 0)
				json_put_double(w, m->name, v.real,
				    m->decimals);
			break;
		default:
			if (m->always || n != (int64_t)m->fallback)
				json_put_int(w, m->name, n);
		}
	}
}

void members_to_json(const struct member *table, const void *object,
    struct json_writer *w, const char *key)
{
	json_open_object(w, key);
	members_write(table, object, w);
	json_close(w);
}

/* Copies text into the array if it is what the member may hold. */
static void read_chars(const struct member *m, char *out, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	out[0] = '\0';
	if (len < m->size && (m->kind == MEMBER_CHARS || (len + 1 == m->size &&
	    strspn(text, "0123456789abcdef") == len)))
		memcpy(out, text != NULL ? text : "", len + 1);
}

static union value read_value(const struct member *m, const struct json *v)
{
	const char *text = json_string(v);
	int64_t integer = json_int(v, (int64_t)m->fallback);
	double high = m->high > 0 ? m->high :
	    m->kind == MEMBER_INT ? INT_MAX : MAX_INTEGER;
	double real = json_double(v, m->fallback);

	if (!((double)integer >= m->low && (double)integer <= high))
		integer = (int64_t)m->fallback;
	switch (m->kind) {
	case MEMBER_TEXT:
		return (union value){ .text = text != NULL && *text != '\0' ?
		    xstrdup(text) : m->always ? xstrdup("") : NULL };
	case MEMBER_BOOL:
		return (union value){ .yes = json_bool(v, false) };
	case MEMBER_INT:
		return (union value){ .number = (int)integer };
	case MEMBER_SIZE:
		return (union value){ .size = (size_t)integer };
	case MEMBER_DOUBLE:
		return (union value){ .real = real >= m->low &&
		    real <= high ? real : m->fallback };
	case MEMBER_TIME:
		if (text == NULL || time_from_iso(text, &integer) != 0)
			integer = 0;
		/* fall through */
	default:
		return (union value){ .integer = integer };
	}
}

void members_read(const struct member *m, void *object, const struct json *v)
{
	for (; m->name != NULL; m++) {
		const struct json *member = json_get(v, m->name);
		char *at = (char *)object + m->offset;
		union value value;

		if (m->kind == MEMBER_CHARS || m->kind == MEMBER_HEX) {
			read_chars(m, at, json_string(member));
			continue;
		}
		value = read_value(m, member);
		memcpy(at, &value, m->size);
	}
}

/* Each text is replaced by a copy, or freed. */
static void replace_texts(const struct member *m, void *object, bool copy)
{
	for (; m->name != NULL; m++) {
		char *text = value_of(m, object).text, *new;

		if (m->kind != MEMBER_TEXT)
			continue;
		new = copy ? xstrdup(text) : NULL;
		if (!copy)
			free(text);
		memcpy((char *)object + m->offset, &new, sizeof(new));
	}
}

void members_own(const struct member *table, void *to)
{
	replace_texts(table, to, true);
}

void members_free(const struct member *table, void *object)
{
	replace_texts(table, object, false);
}
